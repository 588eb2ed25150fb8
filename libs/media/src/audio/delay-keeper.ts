/** Ticks over which the delay is judged: 2 s. */
const WINDOW_TICKS = 100;
/** Late packets in a window that are too many: 5 % at 20 ms each. */
const TOO_MANY_LATE = 5;

interface DelayLimits {
  /** What should always be in store, in samples. */
  readonly targetSamples: number;
  /** Samples of one tick. */
  readonly tickSamples: number;
  /** How much longer than the target the delay may be made, in samples. */
  readonly maxStretchSamples: number;
}

/**
 * Watches how much audio is in store when the clock asks for it and says when to correct the delay: the
 * clocks of sender and receiver drift apart, and networks change their delay for good.
 */
export class DelayKeeper {
  readonly #limits: DelayLimits;
  #ticks = 0;
  #lateCount = 0;
  #lowestDepth = Infinity;
  #stretchedSamples = 0;

  constructor(limits: DelayLimits) {
    this.#limits = limits;
  }

  /** A packet came after its turn. */
  countLate(): void {
    this.#lateCount += 1;
  }

  /** Starts a new judgement: playout has been set anew. */
  reset(): void {
    this.#beginWindow();
    this.#stretchedSamples = 0;
  }

  /**
   * Judges one tick in which audio was played.
   *
   * @param depthSamples Audio in store behind what was played.
   * @returns Samples to change the delay by: negative to skip, positive to wait, 0 nearly always.
   */
  judge(depthSamples: number): number {
    this.#lowestDepth = Math.min(this.#lowestDepth, depthSamples);
    this.#ticks += 1;
    if (this.#ticks < WINDOW_TICKS) return 0;
    const correction = this.#correction();
    this.#beginWindow();
    return correction;
  }

  #correction(): number {
    const { targetSamples, tickSamples, maxStretchSamples } = this.#limits;
    if (this.#lateCount >= TOO_MANY_LATE) {
      if (this.#stretchedSamples >= maxStretchSamples) return 0;
      this.#stretchedSamples += tickSamples;
      return tickSamples;
    }
    const excessTicks = Math.floor((this.#lowestDepth - targetSamples) / tickSamples);
    // One tick above the target is the play between two clocks, not a delay that has grown.
    if (excessTicks < 2) return 0;
    this.#stretchedSamples = Math.max(0, this.#stretchedSamples - excessTicks * tickSamples);
    return -excessTicks * tickSamples;
  }

  #beginWindow(): void {
    this.#ticks = 0;
    this.#lateCount = 0;
    this.#lowestDepth = Infinity;
  }
}
