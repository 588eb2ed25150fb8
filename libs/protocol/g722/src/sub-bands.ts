import { Predictor } from './predictor.ts';
import { HIGH_SCALE_STEPS, ILB, LOW_SCALE_STEPS, QM2, QM4, QM6 } from './tables.ts';

/** The samples of a band have 15 bits. */
const limited = (value: number): number => Math.min(16_383, Math.max(-16_384, value));

interface BandTraits {
  /** The highest logarithm of the scale. */
  readonly maxLogScale: number;
  /** Where the exponent of the scale begins. */
  readonly exponent: number;
  readonly firstScale: number;
}

const LOW: BandTraits = { maxLogScale: 18_432, exponent: 8, firstScale: 32 };
const HIGH: BandTraits = { maxLogScale: 22_528, exponent: 10, firstScale: 8 };

/** One sub-band: how large its steps are, and what it is expected to do next. */
class Band {
  readonly predictor = new Predictor();
  /** The size of the quantizer's steps: `detl` or `deth`. */
  scale: number;
  readonly #traits: BandTraits;
  #logScale = 0;

  constructor(traits: BandTraits) {
    this.#traits = traits;
    this.scale = traits.firstScale;
  }

  /** Follows the loudness (blocks 3L and 3H). */
  rescale(step: number): void {
    const { maxLogScale, exponent } = this.#traits;
    const leaked = (this.#logScale * 127) >> 7;
    this.#logScale = Math.min(maxLogScale, Math.max(0, leaked + step));
    const mantissa = ILB[(this.#logScale >> 6) & 31] ?? 0;
    const shift = exponent - (this.#logScale >> 11);
    this.scale = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  }
}

/**
 * Decodes the codes of both sub-bands, 8000 samples a second each. The bits are shared out as in mode 1: 6 for the low
 * band, 2 for the high one.
 *
 * @see ITU-T G.722 (09/2012) sections 3 and 6.2
 */
export class SubBandDecoder {
  /** The last samples, 15 bits. */
  low = 0;
  high = 0;
  readonly #low = new Band(LOW);
  readonly #high = new Band(HIGH);

  /** Takes the next byte of a stream. */
  take(byte: number): void {
    this.#takeLow(byte & 63);
    this.#takeHigh(byte >> 6);
  }

  #takeLow(code: number): void {
    const { scale, predictor } = this.#low;
    this.low = limited(predictor.guess + ((scale * (QM6[code] ?? 0)) >> 15));
    // The predictor learns from 4 bits alone, so that a network may steal the others.
    const core = code >> 2;
    const difference = (scale * (QM4[core] ?? 0)) >> 15;
    this.#low.rescale(LOW_SCALE_STEPS[core] ?? 0);
    predictor.learn(difference);
  }

  #takeHigh(code: number): void {
    const { scale, predictor } = this.#high;
    const difference = (scale * (QM2[code] ?? 0)) >> 15;
    this.high = limited(predictor.guess + difference);
    this.#high.rescale(HIGH_SCALE_STEPS[code] ?? 0);
    predictor.learn(difference);
  }
}
