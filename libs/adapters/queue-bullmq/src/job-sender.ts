import { Queue } from 'bullmq';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { PREFIX } from './bull-names.ts';
import { openForQueue } from './eviction-policy.ts';
import { QueueUnreachableError } from './queue-unreachable-error.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

/** What a queue is opened with. */
export interface QueueOptions {
  readonly redisUrl: string;
  readonly logger: Logger;
}

/** What the jobs of a queue have in common. */
interface JobKind {
  readonly queue: string;
  readonly attempts: number;
  readonly backoffMs: number;
}

/** A job to be added; one of an id that is there is not added again. */
interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly data: object;
  /** Jobs without one first, then the lowest. */
  readonly priority?: number;
}

const ANSWER_TIMEOUT_MS = 1_900;

/** Adds jobs to one queue. Fails within 2 s, or at once while Redis is known to be away. */
export class JobSender implements Service {
  readonly #kind: JobKind;
  readonly #link: RedisLink;
  #queue: Queue | undefined;

  constructor(kind: JobKind, { redisUrl, logger }: QueueOptions) {
    this.#kind = kind;
    this.#link = new RedisLink({ redisUrl, logger, purpose: kind.queue, redis: IMPATIENT });
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    if (this.#queue !== undefined) return;
    await openForQueue(this.#link);
    const { queue, attempts, backoffMs } = this.#kind;
    const opened = new Queue(queue, {
      connection: this.#link.redis,
      prefix: PREFIX,
      // Nothing reads BullMQ's own events.
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts,
        backoff: { type: 'exponential', delay: backoffMs },
        // A job that is kept would hold its id, and could not be added again.
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    opened.on('error', (error) => this.#link.noticeError(error));
    this.#queue = opened;
    await this.#answer('opening the queue', opened.waitUntilReady());
  }

  async stop(): Promise<void> {
    const opened = this.#queue;
    this.#queue = undefined;
    if (opened !== undefined) {
      await this.#answer('closing the queue', opened.close()).catch(() => undefined);
    }
    await this.#link.close();
  }

  /** @throws QueueUnreachableError when Redis did not answer within 2 s. */
  async add(jobs: readonly NewJob[]): Promise<void> {
    // While Redis is away, an add would wait for it without bound.
    if (this.#queue === undefined || !this.#link.isReady) {
      throw new QueueUnreachableError('there is no connection');
    }
    const [only, ...more] = jobs.map(({ id, name, data, priority }) => ({
      ...{ name, data },
      opts: { jobId: id, ...(priority === undefined ? {} : { priority }) },
    }));
    if (only === undefined) return;
    const added =
      more.length === 0
        ? this.#queue.add(only.name, only.data, only.opts)
        : this.#queue.addBulk([only, ...more]);
    await this.#answer('adding jobs', added);
  }

  /** @throws QueueUnreachableError when Redis did not answer within 2 s. */
  async ping(): Promise<void> {
    await this.#answer('ping', this.#link.redis.ping());
  }

  async #answer(what: string, work: Promise<unknown>): Promise<void> {
    try {
      await withDeadline(systemTimers, ANSWER_TIMEOUT_MS, what, work);
    } catch (error) {
      throw new QueueUnreachableError(what, error);
    }
  }
}
