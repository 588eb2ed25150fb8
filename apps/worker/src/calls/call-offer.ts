import { Fault } from '#domain';
import type { CallSpec } from '#domain';
import { SdpError, buildAnswer, buildNextOffer, buildOffer, readAnswer } from '#protocol/sdp';
import type { Answer, LocalAudio, NegotiatedAudio } from '#protocol/sdp';
import type { CallMedia } from './ports.ts';

const PTIME_MS = 20;

/** Our side of the session of one leg: says what we offer and reads what comes back (RFC 3264). */
export class CallOffer {
  readonly #local: LocalAudio;
  #lastSdp = '';

  /** @param sessionId The `o=` session id, a number of up to 19 digits. */
  constructor(options: { spec: CallSpec; media: CallMedia; sessionId: string }) {
    const { spec, media } = options;
    this.#local = {
      address: media.localAddress,
      port: media.localPort,
      rtcpPort: media.localRtcpPort,
      codecs: spec.media.audio.codecs,
      direction: spec.media.direction,
      ptimeMs: PTIME_MS,
      sessionId: options.sessionId,
      version: 1,
    };
  }

  /** The text of the offer. */
  text(): string {
    this.#lastSdp = buildOffer(this.#local);
    return this.#lastSdp;
  }

  /** The offer for a peer that asks for one within the call. */
  nextText(): string {
    this.#lastSdp = buildNextOffer(this.#local, this.#lastSdp);
    return this.#lastSdp;
  }

  /** Reads the peer's answer to our offer. @throws Fault SDP_INVALID, SDP_NO_COMMON_CODEC. */
  accept(answer: string): NegotiatedAudio {
    try {
      return readAnswer(answer, this.#local);
    } catch (error) {
      throw faultOfSdp(error);
    }
  }

  /** Our answer to a new offer of the peer. @throws Fault SDP_INVALID, SDP_NO_COMMON_CODEC. */
  answer(offer: string): Answer {
    try {
      const answer = buildAnswer(offer, this.#local, this.#lastSdp);
      this.#lastSdp = answer.sdp;
      return answer;
    } catch (error) {
      throw faultOfSdp(error);
    }
  }
}

function faultOfSdp(error: unknown): Fault {
  if (!(error instanceof SdpError)) return new Fault('SDP_INVALID', { cause: error });
  const code = error.code === 'noCommonCodec' ? 'SDP_NO_COMMON_CODEC' : 'SDP_INVALID';
  return new Fault(code, { detail: error.message, cause: error });
}
