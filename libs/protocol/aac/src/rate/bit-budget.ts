import type { RatePlan } from './rate-plan.ts';
import { TUNING } from './tuning.ts';

/** What one frame may cost, in bits. */
export interface Allowance {
  /** The mean, a whole number: over the frames it adds up to the bitrate exactly. */
  readonly mean: number;
  /** What the frame should cost. */
  readonly wanted: number;
  /** What it must not exceed: the mean and all that was saved. */
  readonly limit: number;
}

/**
 * The bits saved by short frames for longer ones: the buffer of a decoder which gets a constant rate and takes a
 * frame out of it every 1024 samples. It holds 6144 bits per channel; a frame waits there as a whole, so no frame is
 * longer than what is in the buffer (no underrun), and what would run over is not saved.
 *
 * @see ISO/IEC 14496-3 section 4.5.3 (decoder buffer)
 */
export class BitBudget {
  readonly #plan: RatePlan;
  #saved: number;
  #rest = 0;

  constructor(plan: RatePlan) {
    this.#plan = plan;
    this.#saved = plan.target;
  }

  /** Bits saved, 0 to the plan's capacity. */
  get saved(): number {
    return this.#saved;
  }

  /** What the next frame may cost; once for each frame. */
  next(attack: number): Allowance {
    const mean = this.#nextMean();
    const { sharePercent, leastPercent } = TUNING.reservoir;
    const share = Math.trunc(((this.#saved - this.#plan.target) * sharePercent) / 100);
    const boost = Math.floor((mean * TUNING.attackPercent * attack * attack) / 100);
    const least = Math.floor((mean * leastPercent) / 100);
    const limit = (mean + this.#saved) & ~7;
    return { mean, wanted: Math.min(limit, Math.max(least, mean + share) + boost), limit };
  }

  /**
   * Takes what the frame cost, not more than its limit.
   *
   * @returns Bytes by which the frame must be made longer: 0 unless the rate is to be constant.
   */
  spend({ mean }: Allowance, bytes: number): number {
    this.#saved += mean - 8 * bytes;
    const surplus = this.#saved - this.#plan.capacity;
    if (surplus <= 0) return 0;
    const fillBytes = this.#plan.constantRate ? Math.ceil(surplus / 8) : 0;
    this.#saved = this.#plan.constantRate ? this.#saved - 8 * fillBytes : this.#plan.capacity;
    return fillBytes;
  }

  #nextMean(): number {
    const { whole, rest, outOf } = this.#plan.mean;
    this.#rest += rest;
    if (this.#rest < outOf) return whole;
    this.#rest -= outOf;
    return whole + 1;
  }
}
