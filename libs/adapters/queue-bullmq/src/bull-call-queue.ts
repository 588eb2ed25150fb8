import { Queue } from 'bullmq';
import type { CallQueue, DialJob } from '#domain';
import { JOB_CATALOG } from '#contracts';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { PREFIX, dialJobId } from './bull-names.ts';
import { openForQueue } from './eviction-policy.ts';
import { QueueUnreachableError } from './queue-unreachable-error.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

/** What a queue is opened with. */
export interface QueueOptions {
  readonly redisUrl: string;
  readonly logger: Logger;
}

const ANSWER_TIMEOUT_MS = 1_900;

/** Of a call of priority 0. */
const LEAST_URGENT = 10;

const { queue, payload, attempts, backoffMs } = JOB_CATALOG.dial;

/** BullMQ takes jobs without a priority first, then the lowest number. */
const urgencyOf = ({ priority }: DialJob): { readonly priority?: number } =>
  priority === undefined ? {} : { priority: LEAST_URGENT - priority };

/** Brings jobs to workers through BullMQ. Fails within 2 s, or at once while Redis is known to be away. */
export class BullCallQueue implements CallQueue, Service {
  readonly #link: RedisLink;
  #queue: Queue | undefined;

  constructor({ redisUrl, logger }: QueueOptions) {
    this.#link = new RedisLink({ redisUrl, logger, purpose: 'queue', redis: IMPATIENT });
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    if (this.#queue !== undefined) return;
    await openForQueue(this.#link);
    const opened = new Queue(queue, {
      connection: this.#link.redis,
      prefix: PREFIX,
      // Nothing reads BullMQ's own events.
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: {
        attempts,
        backoff: { type: 'exponential', delay: backoffMs },
        // A job that is kept would hold its id, and the reconciler could not add it again.
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

  async enqueueDial(job: DialJob): Promise<void> {
    const { callId, epoch, trunkId } = job;
    const data = payload.parse({ callId, epoch, ...(trunkId === undefined ? {} : { trunkId }) });
    // While Redis is away, an add would wait for it without bound.
    if (this.#queue === undefined || !this.#link.isReady) {
      throw new QueueUnreachableError('there is no connection');
    }
    const added = this.#queue.add('dial', data, { jobId: dialJobId(job), ...urgencyOf(job) });
    await this.#answer('adding a job', added);
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

/** Opens the queue for those who add jobs; nothing is connected before start(). */
export const openQueue = (options: QueueOptions): BullCallQueue => new BullCallQueue(options);
