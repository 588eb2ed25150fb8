import { PCMU_DECODER } from './audio-decoder.ts';
import type { AudioDecoder, AudioDecoderFactory } from './audio-decoder.ts';
import type { AudioFormat } from './audio-format.ts';

const PAYLOAD_TYPE_COUNT = 128;

const keyOf = ({ codec, clockRate, channels }: AudioFormat): string =>
  `${codec}/${clockRate}/${channels}`;

/**
 * The payload types that were negotiated, and how to decode them. Changed by a renegotiation; formats that stay keep
 * their decoders. The only owner of the decoders of a path.
 */
export class PayloadTable {
  readonly #createDecoder: AudioDecoderFactory;
  #formats = new Map<string, AudioDecoder>();
  #decoders: (AudioDecoder | undefined)[] = [];
  #main: AudioDecoder = PCMU_DECODER;

  constructor(payloadTypes: ReadonlyMap<number, AudioFormat>, createDecoder: AudioDecoderFactory) {
    this.#createDecoder = createDecoder;
    this.replace(payloadTypes);
  }

  /**
   * Follows an agreement. A format without a decoder is treated as one that was not negotiated.
   *
   * @param payloadTypes From RTP payload type, 0 to 127, to what it carries; what is expected to come first.
   */
  replace(payloadTypes: ReadonlyMap<number, AudioFormat>): void {
    const before = this.#formats;
    this.#formats = new Map();
    this.#decoders = new Array<undefined>(PAYLOAD_TYPE_COUNT);
    for (const [payloadType, format] of payloadTypes) {
      this.#decoders[payloadType] = this.#decoderFor(format, before);
    }
    this.#main = [...this.#formats.values()].find(({ clockRate }) => clockRate > 0) ?? this.#main;
    for (const [key, decoder] of before) if (!this.#formats.has(key)) decoder.close();
  }

  /** The first of the agreement that can be heard: what is expected to come. */
  get main(): AudioDecoder {
    return this.#main;
  }

  /** The decoder of a payload type, or undefined if it was not negotiated. */
  decoderOf(payloadType: number): AudioDecoder | undefined {
    return this.#decoders[payloadType];
  }

  /** Frees all decoders. */
  close(): void {
    this.replace(new Map());
  }

  /** `0:pcmu 8:pcma`. */
  describe(): string {
    const entries: string[] = [];
    for (const [payloadType, decoder] of this.#decoders.entries()) {
      if (decoder !== undefined) entries.push(`${payloadType}:${decoder.name}`);
    }
    return entries.join(' ');
  }

  /** Two payload types of one format share a decoder, for they are one stream. */
  #decoderFor(
    format: AudioFormat,
    before: ReadonlyMap<string, AudioDecoder>,
  ): AudioDecoder | undefined {
    const key = keyOf(format);
    const decoder = this.#formats.get(key) ?? before.get(key) ?? this.#createDecoder(format);
    if (decoder !== undefined) this.#formats.set(key, decoder);
    return decoder;
  }
}
