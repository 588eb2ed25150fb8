import type { Timer, Timers } from '#foundation';

/** When to repeat a message that has not been answered. */
export interface RepetitionOptions {
  readonly timers: Timers;
  /** Wait before the first repetition, in milliseconds; doubles with each one. */
  readonly firstMs: number;
  /** The interval never grows beyond this, in milliseconds. */
  readonly capMs: number;
  readonly repeat: () => void;
}

/** Repeats a message at growing intervals until stopped: timers A, E and G, and the 2xx of RFC 3261 13.3.1.4. */
export class Repetition {
  readonly #options: RepetitionOptions;
  #nextMs: number;
  #timer: Timer | undefined;

  constructor(options: RepetitionOptions) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  start(): void {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(waitMs * 2, this.#options.capMs);
    this.#timer = this.#options.timers.after(waitMs, () => {
      this.start();
      this.#options.repeat();
    });
  }

  /** From the next repetition on, waits the longest interval each time. */
  slowDown(): void {
    this.#nextMs = this.#options.capMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
