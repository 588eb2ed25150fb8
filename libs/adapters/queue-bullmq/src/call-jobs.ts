import { UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { JOB_CATALOG } from '#contracts';
import type { CallId, CallJobs, DialJob } from '#domain';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { KEY_PREFIX, openRedis, refuseEviction } from './connection.ts';

/** What the taking side is opened with. */
export interface JobsOptions {
  readonly redisUrl: string;
  /** Jobs handled at the same time. */
  readonly concurrency: number;
  readonly logger: Logger;
}

const { dial } = JOB_CATALOG;
/** Jobs are short; a worker that dies with one in hand must not keep it from the others for long. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 1_000;
/** A job outlives this many deaths of workers; the lease in Postgres decides who runs the call. */
const MAX_STALLS = 10;
const STOP_MS = 3_000;

/** The taking side of the queue: takes nothing before `consume`. */
export class BullCallJobs implements CallJobs, Service {
  readonly #options: JobsOptions;
  readonly #redis: Redis;
  #worker: Worker | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#redis = openRedis(options.redisUrl, options.logger, { maxRetriesPerRequest: null });
  }

  /** @throws Fault CONFIG_INVALID when Redis may evict keys. */
  async start(): Promise<void> {
    if (this.#redis.status === 'wait') await this.#redis.connect();
    await refuseEviction(this.#redis);
  }

  consume(handle: (job: DialJob) => Promise<void>): void {
    const { concurrency, logger } = this.#options;
    const worker = new Worker(
      dial.queue,
      async ({ id, data }: { id?: string; data: unknown }) => {
        const parsed = dial.payload.safeParse(data);
        if (!parsed.success) {
          logger.error('job.unreadable', { jobId: id, problem: parsed.error.message });
          throw new UnrecoverableError('the payload does not fit its schema');
        }
        await handle({ callId: parsed.data.callId as CallId, epoch: parsed.data.epoch });
      },
      {
        connection: this.#redis,
        prefix: KEY_PREFIX,
        concurrency,
        autorun: false,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_CHECK_MS,
        maxStalledCount: MAX_STALLS,
        skipVersionCheck: true,
      },
    );
    worker.on('error', (error) => logger.warn('queue.error', { error: error.message }));
    this.#worker = worker;
    worker.run().catch((error: unknown) => {
      logger.error('queue.stopped', { error: String(error) });
    });
  }

  async pause(): Promise<void> {
    await this.#worker?.pause(true);
  }

  resume(): void {
    void this.#worker?.resume();
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) {
      const closing = worker.close();
      // A Redis that is away must not keep the process.
      await withDeadline(systemTimers, STOP_MS, 'closing the queue', closing).catch(
        () => undefined,
      );
    }
    this.#redis.disconnect();
  }
}
