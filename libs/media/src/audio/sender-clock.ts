/** Holes are measured in steps that are whole samples at every rate: clocks are multiples of this, or sample rates. */
const FINEST_STEP_HZ = 8000;

/** The units in which a sender counts its time. */
export class SenderClock {
  readonly unitsPerMs: number;
  readonly #stepUnits: number;

  /** @param clockRate RTP clock, in Hz. */
  constructor(clockRate: number) {
    this.unitsPerMs = clockRate / 1000;
    this.#stepUnits = clockRate % FINEST_STEP_HZ === 0 ? clockRate / FINEST_STEP_HZ : 1;
  }

  /** Units that last for at least so long and are whole samples. */
  wholeSteps(ms: number): number {
    // A product that is whole but for the rounding of its factors is meant to be whole.
    return Math.ceil((ms * this.unitsPerMs) / this.#stepUnits - 1e-6) * this.#stepUnits;
  }
}
