const ZEROS = 6;

/** Saturated to 16 bits, as all sums of the recommendation are. */
export const saturate = (value: number): number => Math.min(32_767, Math.max(-32_768, value));

/**
 * Guesses the next sample of one sub-band from those before it, by two poles and six zeros that learn as they go.
 *
 * @see ITU-T G.722 (09/2012) section 6.2.1.4, "block 4"
 */
export class Predictor {
  /** The guess: `sl` or `sh`. */
  guess = 0;
  /** The part of it that the zeros make. */
  #zeroPart = 0;
  #a1 = 0;
  #a2 = 0;
  /** What was reconstructed one and two samples ago. */
  #r1 = 0;
  #r2 = 0;
  /** Whether the partial reconstructions one and two samples ago were negative. */
  #isNegative1 = false;
  #isNegative2 = false;
  readonly #b = new Int32Array(ZEROS);
  /** Twice the last differences, from `#at` on the latest first; each is written twice, so that reading never has to wrap. */
  readonly #d = new Int32Array(2 * ZEROS);
  #at = 0;

  /** Learns how far the last guess was off. @param difference The quantized difference, 16 bits. */
  learn(difference: number): void {
    const reconstructed = saturate(this.guess + difference);
    this.#adaptPoles(saturate(this.#zeroPart + difference) < 0);
    this.#adaptZeros(difference);
    this.#at = (this.#at === 0 ? ZEROS : this.#at) - 1;
    this.#d[this.#at] = this.#d[this.#at + ZEROS] = saturate(2 * difference);
    this.#r2 = this.#r1;
    this.#r1 = reconstructed;
    this.#predict();
  }

  /** Blocks UPPOL2 and UPPOL1. */
  #adaptPoles(isNegative: boolean): void {
    const isLikeLast = isNegative === this.#isNegative1;
    const isLikeLastButOne = isNegative === this.#isNegative2;
    const a1 = saturate(this.#a1 << 2);
    const turned = isLikeLast ? Math.min(32_767, -a1) : a1;
    const pushed = (turned >> 7) + (isLikeLastButOne ? 128 : -128) + ((this.#a2 * 32_512) >> 15);
    this.#a2 = Math.min(12_288, Math.max(-12_288, pushed));
    const limit = 15_360 - this.#a2;
    const next = saturate((isLikeLast ? 192 : -192) + ((this.#a1 * 32_640) >> 15));
    this.#a1 = Math.min(limit, Math.max(-limit, next));
    this.#isNegative2 = this.#isNegative1;
    this.#isNegative1 = isNegative;
  }

  /** Block UPZERO. */
  #adaptZeros(difference: number): void {
    const b = this.#b;
    const d = this.#d;
    const from = this.#at;
    const step = difference === 0 ? 0 : 128;
    for (let zero = 0; zero < ZEROS; zero += 1) {
      const leaked = ((b[zero] ?? 0) * 32_640) >> 15;
      const isSameSign = ((d[from + zero] ?? 0) ^ difference) >= 0;
      // Cannot leave 16 bits: at their ends the leak is as large as the step.
      b[zero] = leaked + (isSameSign ? step : -step);
    }
  }

  /** Blocks FILTEP, FILTEZ and PREDIC. */
  #predict(): void {
    const pole1 = (this.#a1 * saturate(this.#r1 * 2)) >> 15;
    const pole2 = (this.#a2 * saturate(this.#r2 * 2)) >> 15;
    const b = this.#b;
    const d = this.#d;
    const from = this.#at;
    let zeroPart = 0;
    for (let zero = 0; zero < ZEROS; zero += 1) {
      zeroPart += ((b[zero] ?? 0) * (d[from + zero] ?? 0)) >> 15;
    }
    this.#zeroPart = saturate(zeroPart);
    this.guess = saturate(saturate(pole1 + pole2) + this.#zeroPart);
  }
}
