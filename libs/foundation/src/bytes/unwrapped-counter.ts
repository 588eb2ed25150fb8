/**
 * Turns a counter that wraps (16-bit sequence numbers, 32-bit timestamps) into a plain growing number.
 * A step of up to half the range is taken as forward or backward, whichever is nearer (RFC 1982 section 3.2).
 */
export class UnwrappedCounter {
  readonly #range: number;
  #last: number | undefined;

  /** @param bits Width of the counter, 1 to 48. */
  constructor(bits: number) {
    this.#range = 2 ** bits;
  }

  /** The plain number that stands for `wrapped`; the first one is returned as it is. */
  unwrap(wrapped: number): number {
    if (this.#last === undefined) {
      this.#last = wrapped;
      return wrapped;
    }
    const range = this.#range;
    const lastWrapped = ((this.#last % range) + range) % range;
    let delta = wrapped - lastWrapped;
    if (delta >= range / 2) delta -= range;
    else if (delta < -range / 2) delta += range;
    this.#last += delta;
    return this.#last;
  }

  /** Forgets what was seen; the next number starts anew. */
  reset(): void {
    this.#last = undefined;
  }
}
