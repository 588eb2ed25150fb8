/** Ticks over which the delay is judged: 2 s. */
const WINDOW_TICKS = 100;
/** Late packets in a window that are too many: 5 % at 20 ms each. */
const TOO_MANY_LATE = 5;

interface DelayLimits {
  /** What should always be in store, in units of the RTP clock. */
  readonly targetUnits: number;
  /** Units of one tick. */
  readonly tickUnits: number;
  /** How much longer than the target the delay may be made, in units of the RTP clock. */
  readonly maxStretchUnits: number;
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
  #stretchedUnits = 0;

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
    this.#stretchedUnits = 0;
  }

  /**
   * Judges one tick in which audio was played.
   *
   * @param depthUnits Audio in store behind what was played.
   * @returns Units to change the delay by: negative to skip, positive to wait, 0 nearly always.
   */
  judge(depthUnits: number): number {
    this.#lowestDepth = Math.min(this.#lowestDepth, depthUnits);
    this.#ticks += 1;
    if (this.#ticks < WINDOW_TICKS) return 0;
    const correction = this.#correction();
    this.#beginWindow();
    return correction;
  }

  #correction(): number {
    const { targetUnits, tickUnits, maxStretchUnits } = this.#limits;
    if (this.#lateCount >= TOO_MANY_LATE) {
      if (this.#stretchedUnits >= maxStretchUnits) return 0;
      this.#stretchedUnits += tickUnits;
      return tickUnits;
    }
    const excessTicks = Math.floor((this.#lowestDepth - targetUnits) / tickUnits);
    // One tick above the target is the play between two clocks, not a delay that has grown.
    if (excessTicks < 2) return 0;
    this.#stretchedUnits = Math.max(0, this.#stretchedUnits - excessTicks * tickUnits);
    return -excessTicks * tickUnits;
  }

  #beginWindow(): void {
    this.#ticks = 0;
    this.#lateCount = 0;
    this.#lowestDepth = Infinity;
  }
}
