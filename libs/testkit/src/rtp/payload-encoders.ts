import { PCMA, PCMU } from '#protocol/g711';
import type { G711Law } from '#protocol/g711';

/** Turns samples into the payload of one packet; a source needs one for a codec that is not built in. */
export interface PayloadEncoder {
  /** Where it is sent unless told otherwise. */
  readonly payloadType: number;
  /** Samples a second and channel that `encode` takes. */
  readonly sampleRate: number;
  /** Of RTP; G.722 says 8000 and means 16,000. */
  readonly clockRate: number;
  readonly channels: number;
  /** @param pcm One packet; channels are interleaved. */
  encode(pcm: Int16Array): Uint8Array;
}

const NARROWBAND = { sampleRate: 8000, clockRate: 8000, channels: 1 };

function g711(payloadType: number, law: G711Law): PayloadEncoder {
  return {
    ...NARROWBAND,
    payloadType,
    encode: (pcm) => {
      const payload = new Uint8Array(pcm.length);
      law.encode(pcm, payload);
      return payload;
    },
  };
}

/** G.711, as its payload types of RFC 3551. */
export const G711_ENCODERS = { PCMU: g711(0, PCMU), PCMA: g711(8, PCMA) } as const;

interface L16Options {
  /** Default: 44100. */
  readonly sampleRate?: number;
  /** Default: 1. */
  readonly channels?: number;
  /** Default: 11, or 10 for two channels. */
  readonly payloadType?: number;
}

/** Plain samples in network order (RFC 3551 section 4.5.11); types 10 and 11 are those of 44.1 kHz. */
export function l16Encoder(options: L16Options = {}): PayloadEncoder {
  const { sampleRate = 44_100, channels = 1 } = options;
  const { payloadType = channels === 2 ? 10 : 11 } = options;
  return {
    payloadType,
    sampleRate,
    clockRate: sampleRate,
    channels,
    encode: (pcm) => {
      const payload = new Uint8Array(pcm.length * 2);
      const view = new DataView(payload.buffer);
      for (const [index, sample] of pcm.entries()) view.setInt16(index * 2, sample);
      return payload;
    },
  };
}
