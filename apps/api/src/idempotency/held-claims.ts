import type { IdempotencyBook, KeyClaim } from '#domain';
import type { Logger, Timer, Timers } from '#foundation';

/** A claim lasts 10 s: one renewal may fail. */
const RENEWAL_MS = 3_000;
/** A request that takes longer is lost: its key is left to the next attempt. */
const LONGEST_MS = 10 * 60_000;
const MOST_RENEWALS = Math.ceil(LONGEST_MS / RENEWAL_MS);

/** The claims of the requests that are under way here, kept alive. */
export class HeldClaims {
  /** With the renewals so far. */
  readonly #held = new Map<KeyClaim, number>();
  #timer: Timer | undefined;

  constructor(
    private readonly book: Pick<IdempotencyBook, 'renew'>,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  add(claim: KeyClaim): void {
    this.#held.set(claim, 0);
    this.#timer ??= this.timers.every(RENEWAL_MS, () => void this.#renew());
  }

  delete(claim: KeyClaim): void {
    this.#held.delete(claim);
    if (this.#held.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #renew(): Promise<void> {
    for (const [claim, count] of this.#held) {
      if (count >= MOST_RENEWALS) this.delete(claim);
      else this.#held.set(claim, count + 1);
    }
    if (this.#held.size === 0) return;
    try {
      await this.book.renew([...this.#held.keys()]);
    } catch (error) {
      this.logger.warn('idempotency.renew_failed', { error });
    }
  }
}
