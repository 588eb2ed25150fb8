import type { Clock } from '#foundation';

/** How much may pass. */
export interface BucketSize {
  readonly perSecond: number;
  /** How much may pass at once after a rest. */
  readonly burst: number;
}

/** Lets so much pass per second, and a burst after a rest. */
export class TokenBucket {
  readonly #size: BucketSize;
  readonly #clock: Clock;
  #tokens: number;
  #atMicros: number;

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
    this.#tokens = size.burst;
    this.#atMicros = clock.nowMicros();
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether nothing of the burst is used: the same as new. */
  get isFull(): boolean {
    this.#refill();
    return this.#tokens >= this.#size.burst;
  }

  #refill(): void {
    const nowMicros = this.#clock.nowMicros();
    const { perSecond, burst } = this.#size;
    const grown = ((nowMicros - this.#atMicros) / 1e6) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + grown);
    this.#atMicros = nowMicros;
  }
}
