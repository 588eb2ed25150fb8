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
  /** The last differences, the latest first. */
  readonly #d = new Int32Array(ZEROS);

  /** Learns how far the last guess was off. @param difference The quantized difference, 16 bits. */
  learn(difference: number): void {
    const reconstructed = saturate(this.guess + difference);
    this.#adaptPoles(saturate(this.#zeroPart + difference) < 0);
    this.#adaptZeros(difference);
    this.#d.copyWithin(1, 0);
    this.#d[0] = difference;
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
    const step = difference === 0 ? 0 : 128;
    const isNegative = difference < 0;
    for (let at = 0; at < ZEROS; at += 1) {
      const leaked = ((this.#b[at] ?? 0) * 32_640) >> 15;
      this.#b[at] = saturate(leaked + ((this.#d[at] ?? 0) < 0 === isNegative ? step : -step));
    }
  }

  /** Blocks FILTEP, FILTEZ and PREDIC. */
  #predict(): void {
    const pole1 = (this.#a1 * saturate(this.#r1 * 2)) >> 15;
    const pole2 = (this.#a2 * saturate(this.#r2 * 2)) >> 15;
    let zeroPart = 0;
    for (let at = ZEROS - 1; at >= 0; at -= 1) {
      zeroPart += ((this.#b[at] ?? 0) * saturate((this.#d[at] ?? 0) * 2)) >> 15;
    }
    this.#zeroPart = saturate(zeroPart);
    this.guess = saturate(saturate(pole1 + pole2) + this.#zeroPart);
  }
}
