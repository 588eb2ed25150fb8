import { DeadlineError, withDeadline } from '#foundation';
import type { Service } from '#foundation';
import type { HookId, HookJobs } from '#domain';
import { HookRun } from './hook-run.ts';
import type { HookRunTools } from './hook-run.ts';

/** Requests of this process at the same time. */
const MAX_IN_WORK = 1_024;
/** Every hook may have so many, however many the others have: no endpoint waits for another one. */
const EACH_AT_LEAST = 4;
/** What is under way at a stop; what is not answered then is cut, and told again elsewhere. */
const STOP_MS = 5_000;

/** What the deliverer works with. */
export type HookDelivererOptions = Omit<HookRunTools, 'room'> & {
  readonly jobs: HookJobs;
  /** Cuts the requests that are under way. */
  readonly cut: () => Promise<void>;
  /** Something was delivered, and what has come up since the last look at its hook has no job yet. */
  readonly onFree: () => void;
};

/** Delivers what is due, hook by hook: each has one run of this process at a time. */
export class HookDeliverer implements Service {
  readonly #options: HookDelivererOptions;
  readonly #runs = new Map<HookId, { readonly run: HookRun; readonly done: Promise<void> }>();
  /** Since the last job that has left the queue. */
  #hasDelivered = false;
  #isStopped = false;

  constructor(options: HookDelivererOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#isStopped = false;
    this.#options.jobs.consume(
      (id) => this.deliver(id),
      () => this.#noteGone(),
    );
    return Promise.resolve();
  }

  /** Lets requests that are under way come to their end for a while. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const runs = [...this.#runs.values()];
    for (const { run } of runs) run.stop();
    const done = Promise.all(runs.map((each) => each.done));
    const { timers, logger, cut } = this.#options;
    await withDeadline(timers, STOP_MS, 'hooks', done).catch((error: unknown) => {
      if (!(error instanceof DeadlineError)) throw error;
      logger.warn('hooks.cut', { hooks: this.#runs.size });
      return cut();
    });
    await done;
  }

  /** Delivers what is due for a hook. One that is being delivered already is not begun twice. Never rejects. */
  async deliver(id: HookId): Promise<void> {
    if (this.#isStopped || this.#runs.has(id)) return;
    const run: HookRun = new HookRun(id, { ...this.#options, room: () => this.#roomOf(run) });
    const done = this.#runOf(id, run);
    this.#runs.set(id, { run, done });
    await done;
  }

  /** Not after a job that found nothing: what is due and cannot be had would be looked for without a pause. */
  #noteGone(): void {
    if (!this.#hasDelivered) return;
    this.#hasDelivered = false;
    this.#options.onFree();
  }

  async #runOf(id: HookId, run: HookRun): Promise<void> {
    try {
      await run.run();
    } catch (error) {
      this.#options.logger.warn('hooks.run_failed', { hookId: id, error: String(error) });
    } finally {
      if (run.hasClaimed) this.#hasDelivered = true;
      this.#runs.delete(id);
    }
  }

  #roomOf(run: HookRun): number {
    let inWork = 0;
    for (const each of this.#runs.values()) inWork += each.run.inWork;
    return Math.max(MAX_IN_WORK - inWork, EACH_AT_LEAST - run.inWork);
  }
}
