import { PCMA, PCMU } from '#protocol/g711';
import type { G711Law } from '#protocol/g711';

/** Turns the payload of one packet into samples. */
export interface AudioDecoder {
  /** As it stands in the description of a path. */
  readonly name: string;
  /** Samples that a payload holds; 0 for a payload that is never heard. */
  sampleCount(payloadLength: number): number;
  /** Writes the samples to the front of `out`, which takes at least `sampleCount` of them. */
  decode(payload: Uint8Array, out: Int16Array): void;
}

/**
 * What a payload type stands for. `inaudible` is for payloads that belong to the stream but not to the
 * sound (telephone events, comfort noise): they keep the sequence complete and are played as silence.
 */
export type AudioCodec = 'PCMU' | 'PCMA' | 'inaudible';

/** Samples per second of every codec here. */
export const NARROWBAND_RATE = 8000;

/** The decoder of payloads that are never heard. */
export const inaudible: AudioDecoder = {
  name: 'inaudible',
  sampleCount: () => 0,
  decode: () => undefined,
};

const DECODERS: Readonly<Record<AudioCodec, AudioDecoder>> = {
  PCMU: g711Decoder('pcmu', PCMU),
  PCMA: g711Decoder('pcma', PCMA),
  inaudible,
};

function g711Decoder(name: string, law: G711Law): AudioDecoder {
  return {
    name,
    sampleCount: (payloadLength) => payloadLength,
    decode: (payload, out) => law.decode(payload, out),
  };
}

const PAYLOAD_TYPE_COUNT = 128;

/** The payload types that were negotiated, and how to decode them. Changed by a renegotiation. */
export class PayloadTable {
  #decoders: (AudioDecoder | undefined)[] = [];

  constructor(payloadTypes: ReadonlyMap<number, AudioCodec>) {
    this.replace(payloadTypes);
  }

  /** @param payloadTypes From RTP payload type, 0 to 127, to codec. */
  replace(payloadTypes: ReadonlyMap<number, AudioCodec>): void {
    this.#decoders = Array.from({ length: PAYLOAD_TYPE_COUNT }, (_, payloadType) => {
      const codec = payloadTypes.get(payloadType);
      return codec === undefined ? undefined : DECODERS[codec];
    });
  }

  /** The decoder of a payload type, or undefined if it was not negotiated. */
  decoderOf(payloadType: number): AudioDecoder | undefined {
    return this.#decoders[payloadType];
  }

  /** `0:pcmu 8:pcma`. */
  describe(): string {
    return this.#decoders
      .map((decoder, payloadType) =>
        decoder === undefined ? '' : `${payloadType}:${decoder.name}`,
      )
      .filter((entry) => entry !== '')
      .join(' ');
  }
}
