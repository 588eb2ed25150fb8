import { INAUDIBLE } from '#media';
import type { AudioFormat, SilenceTerms } from '#media';
import type { NegotiatedAudio, RtpFormat } from '#protocol/sdp';

/** Comfort noise (RFC 3389): static payload type of RFC 3551, sent by many without a word in SDP. */
const COMFORT_NOISE = 13;

const heardFormat = ({ codec, clockRate, channels }: RtpFormat): AudioFormat =>
  codec === 'telephone-event' ? INAUDIBLE : { codec, clockRate, channels };

/**
 * What may arrive: the codecs, and what takes a place in the sequence but is never heard.
 *
 * @param before What was agreed until now: packets of it are still on their way (RFC 3264 section 8.3.2).
 */
export function heardTypes(
  audio: NegotiatedAudio,
  before?: NegotiatedAudio,
): Map<number, AudioFormat> {
  const types = new Map<number, AudioFormat>();
  for (const { payloadTypes } of [audio, before ?? audio]) {
    for (const [type, format] of payloadTypes) {
      if (!types.has(type)) types.set(type, heardFormat(format));
    }
  }
  if (!types.has(COMFORT_NOISE)) {
    types.set(COMFORT_NOISE, { codec: 'CN', clockRate: 8000, channels: 1 });
  }
  return types;
}

/** Most offers within a call only refresh the session. */
export function isSameSession(one: NegotiatedAudio, other: NegotiatedAudio | undefined): boolean {
  const facts = (audio: NegotiatedAudio | undefined): string =>
    JSON.stringify([
      audio?.codec,
      audio?.payloadType,
      [...(audio?.payloadTypes ?? [])],
      audio?.direction,
      audio?.remote,
      audio?.isHeld,
      audio?.telephoneEvent,
      audio?.rtcpMux,
      audio?.security?.suite,
      audio?.security?.localKeySalt.reveal(),
      audio?.security?.remoteKeySalt.reveal(),
    ]);
  return facts(one) === facts(other);
}

/** The payload type for keys; undefined while none can be pressed: not agreed, on hold, or no address to send to. */
export const keyTypeOf = ({
  telephoneEvent,
  isHeld,
  remote,
}: NegotiatedAudio): number | undefined =>
  isHeld || remote === undefined ? undefined : telephoneEvent;

/** The silence that is to be sent; undefined when the peer wants nothing. */
export function silenceTermsOf(audio: NegotiatedAudio): SilenceTerms | undefined {
  const { direction, payloadType, payloadTypes } = audio;
  const format = payloadTypes.get(payloadType);
  const weSend = direction === 'sendrecv' || direction === 'sendonly';
  return weSend && format !== undefined ? { format: heardFormat(format), payloadType } : undefined;
}

/** The codec of a payload type as figures tell it: a peer may use any of the agreement, and change it at any time. */
export function codecOf(
  audio: NegotiatedAudio | undefined,
  payloadType: number | undefined,
): string {
  const { payloadTypes, codec: agreed = '' } = audio ?? {};
  const heard = payloadTypes?.get(payloadType ?? -1)?.codec ?? agreed;
  return heard === 'CN' ? agreed : heard;
}

/** What is left of an agreement with a peer that is gone. */
export const silenced = (audio: NegotiatedAudio): NegotiatedAudio => ({
  ...audio,
  remote: undefined,
  direction: 'inactive',
  isHeld: true,
});
