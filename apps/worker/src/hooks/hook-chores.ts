import type { HookStore } from '#domain';
import type { Logger, Service, Timer, Timers } from '#foundation';

const PERIOD_MS = 5 * 60_000;

/** What the chores work with. */
export interface HookChoresOptions {
  readonly store: Pick<HookStore, 'forgetSettled'>;
  /** How long settled deliveries are kept. */
  readonly keepDays: number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Forgets deliveries that were settled long ago. */
export class HookChores implements Service {
  readonly #options: HookChoresOptions;
  #timer: Timer | undefined;
  #work: Promise<void> | undefined;

  constructor(options: HookChoresOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#timer = this.#options.timers.every(PERIOD_MS, () => {
      this.#work ??= this.#forget().finally(() => {
        this.#work = undefined;
      });
    });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#work;
  }

  /** In batches, so that no transaction lasts. */
  async #forget(): Promise<void> {
    const { store, keepDays, logger } = this.#options;
    try {
      while (this.#timer !== undefined && (await store.forgetSettled(keepDays)) > 0);
    } catch (error) {
      logger.warn('hooks.chores_failed', { error: String(error) });
    }
  }
}
