import type { HookId, HookJobs } from '#domain';
import { JOB_CATALOG } from '#contracts';
import type { Service } from '#foundation';
import { JobTaker } from './job-taker.ts';
import type { JobsOptions } from './job-taker.ts';

/** Takes work on hooks from BullMQ. Nothing is taken before consume(). */
class BullHookJobs implements HookJobs, Service {
  readonly #taker: JobTaker<typeof JOB_CATALOG.deliver.payload>;

  constructor(options: JobsOptions) {
    this.#taker = new JobTaker(JOB_CATALOG.deliver, options);
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    await this.#taker.start();
  }

  consume(handle: (id: HookId) => Promise<void>, onGone: () => void): void {
    this.#taker.consume(({ hookId }) => handle(hookId as HookId), onGone);
  }

  async stop(): Promise<void> {
    await this.#taker.stop();
  }
}

/** Opens the taking of work on hooks; nothing is connected before start(). */
export const openHookJobs = (options: JobsOptions): HookJobs & Service => new BullHookJobs(options);
