import type { HookId, HookQueue, HookStore } from '#domain';
import type { Logger, Service, Timer, Timers } from '#foundation';

const POLL_MS = 500;
const BATCH = 1_000;

/** What the dispatch works with. */
export interface HookDispatchOptions {
  readonly store: Pick<HookStore, 'dueHooks'>;
  readonly queue: HookQueue;
  /** Delivers in this process, which never rejects: while the queue is away. */
  readonly deliver: (id: HookId) => Promise<void>;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Gives every hook for which something is due a job. What got lost in the queue gets another one by the next look. */
export class HookDispatch implements Service {
  readonly #options: HookDispatchOptions;
  #poll: Timer | undefined;
  #looking: Promise<void> | undefined;
  #isAsked = false;
  #isQueueAway = false;

  constructor(options: HookDispatchOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#poll = this.#options.timers.every(POLL_MS, () => this.wake());
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#poll?.cancel();
    this.#poll = undefined;
    await this.#looking;
  }

  /** Looks at once. */
  wake(): void {
    if (this.#poll === undefined) return;
    this.#isAsked = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookAll(): Promise<void> {
    while (this.#isAsked && this.#poll !== undefined) {
      this.#isAsked = false;
      try {
        const due = await this.#options.store.dueHooks(BATCH);
        if (due.length > 0) await this.#send(due);
      } catch (error) {
        this.#options.logger.warn('hooks.dispatch_failed', { error: String(error) });
      }
    }
  }

  async #send(due: readonly HookId[]): Promise<void> {
    const { queue, deliver, logger } = this.#options;
    try {
      await queue.enqueueHooks(due);
      this.#isQueueAway = false;
    } catch (error) {
      if (!this.#isQueueAway) logger.warn('hooks.queue_away', { error: String(error) });
      this.#isQueueAway = true;
      for (const id of due) void deliver(id);
    }
  }
}
