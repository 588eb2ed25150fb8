import type { AudioDecoder, AudioDecoderFactory } from '#media';
import {
  MAX_OPUS_PACKET_SAMPLES,
  OPUS_RATE,
  opusFrameSamples,
  opusPacketSamples,
} from '#protocol/opus';
import { MAX_PAYLOAD_BYTES, OpusLibrary, compileOpus, startOpus } from './opus-library.ts';
import type { OpusState } from './opus-library.ts';

/** libopus extrapolates in steps of 2.5 ms. */
const STEP_SAMPLES = 120;

class OpusDecoder implements AudioDecoder {
  readonly name: string;
  readonly clockRate = OPUS_RATE;
  readonly sampleRate = OPUS_RATE;
  readonly isOpus = true;
  readonly channels: 1 | 2;
  readonly #library: OpusLibrary;
  #state: OpusState | undefined;

  constructor(library: OpusLibrary, channels: 1 | 2) {
    this.channels = channels;
    this.name = channels === 2 ? 'opus(stereo)' : 'opus';
    this.#library = library;
    this.#state = library.open(channels);
  }

  duration(bytes: Uint8Array, offset: number, length: number): number {
    return opusPacketSamples(bytes, offset, length);
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    if (this.#state === undefined || !isBounded(payload)) return 0;
    const got = this.#library.decode(this.#state, payload);
    if (got <= 0) return 0;
    this.#library.take(out, 0, got * this.channels);
    return got;
  }

  conceal(out: Int16Array, sampleCount: number, next: Uint8Array | undefined): void {
    const copied = next === undefined ? 0 : copiedSamples(next);
    // Only whole frames join what is around them.
    const recovered = copied <= sampleCount ? copied : 0;
    this.#extrapolate(out, sampleCount - recovered);
    if (next !== undefined && recovered > 0) {
      this.#recover(out.subarray((sampleCount - recovered) * this.channels), recovered, next);
    }
  }

  reset(): void {
    if (this.#state !== undefined) this.#library.reset(this.#state);
  }

  close(): void {
    if (this.#state === undefined) return;
    this.#library.free(this.#state);
    this.#state = undefined;
  }

  #extrapolate(out: Int16Array, sampleCount: number): void {
    for (let at = 0; at < sampleCount;) {
      const count = Math.min(sampleCount - at, MAX_OPUS_PACKET_SAMPLES);
      const steps = Math.ceil(count / STEP_SAMPLES) * STEP_SAMPLES;
      const got = this.#state === undefined ? 0 : this.#library.extrapolate(this.#state, steps);
      this.#give(out.subarray(at * this.channels), count, got);
      at += count;
    }
  }

  #recover(out: Int16Array, sampleCount: number, next: Uint8Array): void {
    const got =
      this.#state === undefined ? 0 : this.#library.recover(this.#state, next, sampleCount);
    this.#give(out, sampleCount, got);
  }

  /** What could not be made is silence. */
  #give(out: Int16Array, sampleCount: number, got: number): void {
    const count = Math.min(Math.max(got, 0), sampleCount) * this.channels;
    if (count > 0) this.#library.take(out, 0, count);
    out.fill(0, count, sampleCount * this.channels);
  }
}

/** For libopus no bytes are a lost packet, not an empty one. */
function isBounded({ length }: Uint8Array): boolean {
  return length > 0 && length <= MAX_PAYLOAD_BYTES;
}

/** How much of what was sent before it a packet may hold a copy of: as long as its first frame. */
function copiedSamples(next: Uint8Array): number {
  return isBounded(next) ? opusFrameSamples(next[0] ?? 0) : 0;
}

/**
 * Starts libopus once for all decoders that the factory then makes. They decode to as many channels as
 * the format says, whatever was sent.
 *
 * @throws OpusMissingError if libopus is not installed.
 */
export function loadOpusDecoders(): AudioDecoderFactory {
  const module = compileOpus();
  const library = new OpusLibrary((onGrown) => startOpus(module, onGrown));
  return ({ codec, channels }) =>
    codec === 'opus' ? new OpusDecoder(library, channels) : undefined;
}
