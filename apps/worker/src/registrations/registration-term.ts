import type { Clock, RandomSource } from '#foundation';
import { refreshDelayMs, registerRetryMs } from '#domain';

/** When what a registrar has granted ends and is to be refreshed, and when to try again after a failure. */
export class RegistrationTerm {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  #grantedUntilMicros = 0;
  #refreshAtMicros = 0;
  #retryAtMicros = 0;
  /** In a row. */
  #failures = 0;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: RandomSource }) {
    this.#clock = clock;
    this.#random = random;
  }

  get isGranted(): boolean {
    return this.#clock.nowMicros() < this.#grantedUntilMicros;
  }

  /** Until the refresh of what is granted. */
  get refreshInMs(): number {
    return this.#msUntil(this.#refreshAtMicros);
  }

  /** Until the next try. */
  get retryInMs(): number {
    return this.#msUntil(this.#retryAtMicros);
  }

  /** @param sentMicros When it was asked for: the registrar counts from then at the earliest. */
  grant(expiresSeconds: number, sentMicros: number): void {
    this.#failures = 0;
    this.#grantedUntilMicros = sentMicros + expiresSeconds * 1_000_000;
    this.#refreshAtMicros = sentMicros + refreshDelayMs(expiresSeconds, this.#random) * 1000;
  }

  /** Nothing is granted to this node. */
  end(): void {
    this.#grantedUntilMicros = 0;
  }

  /** The registrar could not do it now. */
  postpone(retryAfterSeconds: number): void {
    this.#failures += 1;
    const delayMs = registerRetryMs(this.#failures, this.#random, retryAfterSeconds);
    this.#retryAtMicros = this.#clock.nowMicros() + delayMs * 1000;
  }

  /** Refreshes at a random time within `withinMs`, and tries again at once. */
  hurry(withinMs: number): void {
    const soonMicros = this.#clock.nowMicros() + this.#random.below(withinMs) * 1000;
    this.#refreshAtMicros = Math.min(this.#refreshAtMicros, soonMicros);
    this.#retryAtMicros = 0;
  }

  #msUntil(micros: number): number {
    return Math.max(0, Math.ceil((micros - this.#clock.nowMicros()) / 1000));
  }
}
