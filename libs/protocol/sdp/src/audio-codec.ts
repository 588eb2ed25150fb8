/** The name of an audio codec as written in `a=rtpmap`. */
export type AudioCodec = 'PCMU' | 'PCMA';

/** What SDP has to know about a codec. */
export interface CodecEntry {
  readonly codec: AudioCodec;
  /** Payload type assigned once and for all (RFC 3551 section 6, table 4). */
  readonly payloadType: number;
  /** RTP clock in Hz. */
  readonly clockRate: number;
}

/** The codecs that can be offered. */
export const AUDIO_CODECS: Readonly<Record<AudioCodec, CodecEntry>> = {
  PCMU: { codec: 'PCMU', payloadType: 0, clockRate: 8000 },
  PCMA: { codec: 'PCMA', payloadType: 8, clockRate: 8000 },
};

/** Key presses as RTP packets (RFC 4733); the number is ours to choose from 96 to 127. */
export const TELEPHONE_EVENT = {
  name: 'telephone-event',
  payloadType: 101,
  events: '0-16',
} as const;

/** The codec that a static payload type stands for when the peer sends no `a=rtpmap` for it. */
export function codecOfStaticType(payloadType: number): CodecEntry | undefined {
  return Object.values(AUDIO_CODECS).find((entry) => entry.payloadType === payloadType);
}

/** The codec of an `a=rtpmap` name; names are case-insensitive (RFC 8866 section 6.6). */
export function codecOfName(name: string, clockRate: number): CodecEntry | undefined {
  const wanted = name.toUpperCase();
  return Object.values(AUDIO_CODECS).find(
    (entry) => entry.codec === wanted && entry.clockRate === clockRate,
  );
}
