import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { JOB_CATALOG } from '#contracts';
import type { CallQueue, DialJob } from '#domain';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { KEY_PREFIX, openRedis, refuseEviction } from './connection.ts';

/** What a queue is opened with. */
export interface QueueOptions {
  readonly redisUrl: string;
  readonly logger: Logger;
}

const { dial } = JOB_CATALOG;
/** A request must not hang on a queue: the reconciler brings the job later. */
const TIMEOUT_MS = 2_000;

/** The one id of a call in an epoch: adding it twice is one job. BullMQ allows no colon. */
const jobIdOf = ({ callId, epoch }: DialJob): string => `${callId}-${epoch}`;

/** The adding side of the queue. Fails fast while Redis is away. */
export class BullCallQueue implements CallQueue, Service {
  readonly #redis: Redis;
  readonly #queue: Queue;

  constructor({ redisUrl, logger }: QueueOptions) {
    this.#redis = openRedis(redisUrl, logger, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: TIMEOUT_MS,
    });
    this.#queue = new Queue(dial.queue, {
      connection: this.#redis,
      prefix: KEY_PREFIX,
      skipVersionCheck: true,
      defaultJobOptions: {
        attempts: dial.attempts,
        backoff: { type: 'exponential', delay: dial.backoffMs },
        // A job that is done must not block the next one of its name.
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    this.#queue.on('error', () => undefined); // The connection has logged it.
  }

  /** @throws Fault CONFIG_INVALID when Redis may evict keys. */
  async start(): Promise<void> {
    if (this.#redis.status === 'wait') await this.#redis.connect();
    await refuseEviction(this.#redis);
  }

  async enqueueDial(job: DialJob): Promise<void> {
    const payload = dial.payload.parse(job);
    const adding = this.#queue.add('dial', payload, { jobId: jobIdOf(job) });
    await withDeadline(systemTimers, TIMEOUT_MS, 'adding a job', adding);
  }

  /** @throws When Redis does not answer. */
  async ping(): Promise<void> {
    await withDeadline(systemTimers, TIMEOUT_MS, 'the ping of Redis', this.#redis.ping());
  }

  async stop(): Promise<void> {
    await this.#queue.close();
    this.#redis.disconnect();
  }
}
