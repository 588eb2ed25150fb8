import { saturate } from './predictor.ts';
import { SubBandDecoder } from './sub-bands.ts';
import { QMF } from './tables.ts';

const TAPS = QMF.length;
/** The history is kept twice, one behind the other, so that the filter never has to wrap. */
const RING = 2 * TAPS;

/**
 * Decodes 64 kbit/s G.722: 2 samples at 16 kHz from every byte. Remembers the stream; every byte is good for something.
 *
 * @see ITU-T G.722 (09/2012) section 4, mode 1
 */
export class G722Decoder {
  #bands = new SubBandDecoder();
  readonly #sums = new Int32Array(RING);
  readonly #differences = new Int32Array(RING);
  #at = 0;

  /** What follows is another stream. */
  reset(): void {
    this.#bands = new SubBandDecoder();
    this.#sums.fill(0);
    this.#differences.fill(0);
    this.#at = 0;
  }

  /**
   * Decodes the next bytes.
   *
   * @param out Takes 2 samples for each byte.
   * @returns Samples written.
   */
  decode(bytes: Uint8Array, out: Int16Array): number {
    const bands = this.#bands;
    for (let index = 0; index < bytes.length; index += 1) {
      bands.take(bytes[index] ?? 0);
      this.#remember(bands.low + bands.high, bands.low - bands.high);
      this.#join(out, 2 * index);
    }
    return 2 * bytes.length;
  }

  #remember(sum: number, difference: number): void {
    const at = this.#at;
    this.#sums[at] = this.#sums[at + TAPS] = sum;
    this.#differences[at] = this.#differences[at + TAPS] = difference;
    this.#at = (at + 1) % TAPS;
  }

  /** The mirror filter: two samples from the last twelve of both bands. */
  #join(out: Int16Array, index: number): void {
    const sums = this.#sums;
    const differences = this.#differences;
    const start = this.#at;
    const last = start + TAPS - 1;
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < TAPS; tap += 1) {
      const weight = QMF[tap] ?? 0;
      odd += (sums[start + tap] ?? 0) * weight;
      even += (differences[last - tap] ?? 0) * weight;
    }
    out[index] = saturate(even >> 11);
    out[index + 1] = saturate(odd >> 11);
  }
}
