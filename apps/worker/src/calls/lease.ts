import type { Clock } from '#foundation';

/** The database grants 6 s; the node trusts only 5 s from the moment it has sent the request. */
const TRUST_MICROS = 5_000_000;

/** The right of this node to run one call, on the monotonic clock. */
export class Lease {
  #deadlineMicros: number;
  #revoked = false;

  /** @param sentMicros When the claim was sent, not when it was answered: a slow success must not extend the lease. */
  constructor(
    private readonly clock: Clock,
    sentMicros: number,
  ) {
    this.#deadlineMicros = sentMicros + TRUST_MICROS;
  }

  /** A renewal that was sent at `sentMicros` has succeeded. */
  extend(sentMicros: number): void {
    this.#deadlineMicros = Math.max(this.#deadlineMicros, sentMicros + TRUST_MICROS);
  }

  /** Another node owns the call now. */
  revoke(): void {
    this.#revoked = true;
  }

  /** Whether it was taken away, and not only run out. */
  get isRevoked(): boolean {
    return this.#revoked;
  }

  /** Whether this node may still act for the call. Asked at every point of effect. */
  readonly isHeld = (): boolean => !this.#revoked && this.clock.nowMicros() < this.#deadlineMicros;
}
