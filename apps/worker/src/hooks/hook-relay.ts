import type { Announcements, DeliveryPlan, HookStore } from '#domain';
import type { Logger, Service, Timer, Timers } from '#foundation';

/**
 * Events of the first transaction, so that what it stores is sent soon; while there is more each reads twice as many, up to
 * the last: the fewer a backlog takes, the more of a call is told in one go.
 */
const FIRST_BATCH = 250;
const LAST_BATCH = 4_000;
const POLL_MS = 500;
/** An event can be read when all older transactions have ended; most have by then. */
const SECOND_LOOK_MS = 50;

/** What the relay works with. */
export interface HookRelayOptions {
  readonly store: Pick<HookStore, 'relay'>;
  readonly plan: DeliveryPlan;
  readonly announcements: Pick<Announcements, 'onEvents'>;
  /** There is something to deliver. */
  readonly onStored: () => void;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Turns events into deliveries, in the order of the outbox. Every worker with the role runs one; the store lets one of them
 * read at a time.
 */
export class HookRelay implements Service {
  readonly #options: HookRelayOptions;
  #poll: Timer | undefined;
  #secondLook: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #isAsked = false;
  #isStopped = true;

  constructor(options: HookRelayOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { timers, announcements } = this.#options;
    this.#isStopped = false;
    this.#poll = timers.every(POLL_MS, () => this.#look());
    this.#unsubscribe = announcements.onEvents(() => {
      this.#look();
      this.#secondLook ??= timers.after(SECOND_LOOK_MS, () => {
        this.#secondLook = undefined;
        this.#look();
      });
    });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#poll?.cancel();
    this.#secondLook?.cancel();
    this.#unsubscribe?.();
    await this.#reading;
  }

  #look(): void {
    this.#isAsked = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readAll(): Promise<void> {
    const { store, plan, onStored, logger } = this.#options;
    let batch = FIRST_BATCH;
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false;
        const outcome = await store.relay(batch, plan);
        if (outcome === null) return;
        if (outcome.deliveries > 0) onStored();
        if (outcome.hasMore) this.#isAsked = true;
        batch = outcome.hasMore ? Math.min(2 * batch, LAST_BATCH) : FIRST_BATCH;
      }
    } catch (error) {
      // The place is where it was: the next look begins there.
      logger.warn('hooks.relay_failed', { error: String(error) });
    }
  }
}
