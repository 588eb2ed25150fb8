import type { ResamplingPlan } from './resampling-plan.ts';

/** Source samples of one channel that {@link Resampler.process} takes at most. */
export const RESAMPLER_INPUT = 512;
/** Samples of the grid that {@link Resampler.process} gives at most: the grid has less than twice the source's rate. */
export const RESAMPLER_OUTPUT = 2 * RESAMPLER_INPUT;

/** Resamples one channel to the grid of its plan. */
export class Resampler {
  readonly #plan: ResamplingPlan;
  /** The last `taps` samples of the source, then those that came. */
  readonly #samples: Float64Array;
  /** Newest source sample that the next sample of the grid needs, counted from the first that comes next. */
  #newest: number;
  #phase: number;

  constructor(plan: ResamplingPlan) {
    this.#plan = plan;
    this.#samples = new Float64Array(plan.taps + RESAMPLER_INPUT);
    this.#newest = plan.firstNewest;
    this.#phase = plan.firstPhase;
  }

  /**
   * Takes every `stride`-th sample from `first` on, at most {@link RESAMPLER_INPUT}.
   *
   * @param output Room for {@link RESAMPLER_OUTPUT} samples of the grid.
   * @returns How many it got.
   */
  process({ pcm, first, stride, count }: ResamplerInput, output: Float64Array): number {
    const { taps } = this.#plan;
    for (let index = 0; index < count; index += 1) {
      this.#samples[taps + index] = pcm[first + index * stride] ?? 0;
    }
    if (taps === 0) {
      output.set(this.#samples.subarray(0, count));
      return count;
    }
    let made = 0;
    while (this.#newest < count) {
      output[made] = this.#sample();
      made += 1;
      this.#step();
    }
    this.#newest -= count;
    this.#samples.copyWithin(0, count, count + taps);
    return made;
  }

  #sample(): number {
    const { taps, bank } = this.#plan;
    const row = this.#phase * taps;
    const oldest = this.#newest + 1;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      sum += (bank[row + tap] ?? 0) * (this.#samples[oldest + tap] ?? 0);
    }
    return sum;
  }

  #step(): void {
    const { up, down } = this.#plan;
    const phase = this.#phase + down;
    const whole = Math.floor(phase / up);
    this.#newest += whole;
    this.#phase = phase - whole * up;
  }
}

/** Samples of one channel among those of others. */
export interface ResamplerInput {
  readonly pcm: Int16Array;
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}
