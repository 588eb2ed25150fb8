import type { CallId, CallJobs, DialJob, TrunkId } from '#domain';
import { JOB_CATALOG } from '#contracts';
import type { Service } from '#foundation';
import { JobTaker } from './job-taker.ts';
import type { JobsOptions } from './job-taker.ts';

/** Takes dial jobs from BullMQ. Nothing is taken before consume(). */
export class BullCallJobs implements CallJobs, Service {
  readonly #taker: JobTaker<typeof JOB_CATALOG.dial.payload>;

  constructor(options: JobsOptions) {
    this.#taker = new JobTaker(JOB_CATALOG.dial, options);
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    await this.#taker.start();
  }

  consume(handle: (job: DialJob) => Promise<void>): void {
    this.#taker.consume(async ({ callId, epoch, trunkId, traceparent }) => {
      const trunk = trunkId === undefined ? {} : { trunkId: trunkId as TrunkId };
      const traced = traceparent === undefined ? {} : { traceparent };
      await handle({ callId: callId as CallId, epoch, ...trunk, ...traced });
    });
  }

  async pause(): Promise<void> {
    await this.#taker.pause();
  }

  resume(): void {
    this.#taker.resume();
  }

  async stop(): Promise<void> {
    await this.#taker.stop();
  }
}

/** Opens the taking of dial jobs; nothing is connected before start(). */
export const openJobs = (options: JobsOptions): BullCallJobs => new BullCallJobs(options);
