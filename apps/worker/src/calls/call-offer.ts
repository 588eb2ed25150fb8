import { Secret } from '#foundation';
import type { RandomSource } from '#foundation';
import { Fault } from '#domain';
import type { CallSpec, ErrorCode } from '#domain';
import { SdpError, buildAnswer, buildNextOffer, buildOffer, readAnswer } from '#protocol/sdp';
import type {
  Answer,
  CryptoSuite,
  LocalAudio,
  NegotiatedAudio,
  OfferedSecurity,
  SdpErrorCode,
} from '#protocol/sdp';
import { SRTP_KEY_BYTES } from '#protocol/srtp';
import type { CallMedia } from './ports.ts';

const PTIME_MS = 20;
/** The preferred one first. */
const SUITES: readonly CryptoSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'];

interface CallOfferOptions {
  readonly spec: CallSpec;
  readonly media: CallMedia;
  readonly random: RandomSource;
}

/** Our side of the session of one leg: says what we offer and reads what comes back (RFC 3264). */
export class CallOffer {
  readonly #local: LocalAudio;
  #lastSdp = '';
  /** We hold the peer. */
  #isHolding = false;

  constructor({ spec, media, random }: CallOfferOptions) {
    const security = securityOf(spec, random);
    this.#local = {
      address: media.localAddress,
      port: media.localPort,
      rtcpPort: media.localRtcpPort,
      codecs: media.codecs,
      channels: spec.media.audio.channels ?? 1,
      direction: spec.media.direction,
      rtcpMux: true,
      ptimeMs: PTIME_MS,
      sessionId: String(random.below(2 ** 31)),
      version: 1,
      ...(security === undefined ? {} : { security }),
    };
  }

  /** The text of the offer. */
  text(): string {
    this.#lastSdp = buildOffer(this.#local);
    return this.#lastSdp;
  }

  /**
   * The offer within the call.
   * @param isHolding Whether it holds the peer. Default: as was agreed last.
   */
  nextText(isHolding = this.#isHolding): string {
    this.#lastSdp = buildNextOffer(this.#localWhile(isHolding), this.#lastSdp);
    return this.#lastSdp;
  }

  /** Whether we hold the peer from now on: it has agreed. */
  hold(isHolding: boolean): void {
    this.#isHolding = isHolding;
  }

  /** Held is who is not listened to; what we sent before we go on sending (RFC 3264 section 8.4). */
  #localWhile(isHolding: boolean): LocalAudio {
    if (!isHolding) return this.#local;
    const direction = this.#local.direction === 'sendrecv' ? 'sendonly' : 'inactive';
    return { ...this.#local, direction };
  }

  /** Reads the peer's answer to our offer. @throws Fault SDP_INVALID, SDP_NO_COMMON_CODEC, SDP_NOT_SECURE. */
  accept(answer: string): NegotiatedAudio {
    try {
      return readAnswer(answer, this.#local);
    } catch (error) {
      throw faultOfSdp(error);
    }
  }

  /** Our answer to a new offer of the peer. @throws Fault as `accept`. */
  answer(offer: string): Answer {
    try {
      const answer = buildAnswer(offer, this.#localWhile(this.#isHolding), this.#lastSdp);
      this.#lastSdp = answer.sdp;
      return answer;
    } catch (error) {
      throw faultOfSdp(error);
    }
  }
}

/**
 * Keys for one leg, drawn once: a description that is repeated stays the same, and packets go on under the same counter.
 */
function securityOf({ media }: CallSpec, random: RandomSource): OfferedSecurity | undefined {
  const policy = media.srtp ?? 'off';
  if (policy === 'off') return undefined;
  const drawKey = (): Secret =>
    new Secret(Buffer.from(random.bytes(SRTP_KEY_BYTES)).toString('base64'));
  const keys = SUITES.map((suite) => ({ suite, keySalt: drawKey() }));
  return { isRequired: policy === 'required', keys };
}

const CODES: Readonly<Partial<Record<SdpErrorCode, ErrorCode>>> = {
  noCommonCodec: 'SDP_NO_COMMON_CODEC',
  notSecure: 'SDP_NOT_SECURE',
};

function faultOfSdp(error: unknown): Fault {
  if (!(error instanceof SdpError)) return new Fault('SDP_INVALID', { cause: error });
  const code = CODES[error.code] ?? 'SDP_INVALID';
  return new Fault(code, { detail: error.message, cause: error });
}
