import { Queue } from 'bullmq';
import { JOB_CATALOG } from '#contracts';
import type { QueueState, QueueSurvey } from '#domain';
import { systemClock, systemTimers, withDeadline } from '#foundation';
import type { Service } from '#foundation';
import type { QueueOptions } from './job-sender.ts';
import { PREFIX } from './bull-names.ts';
import { QueueUnreachableError } from './queue-unreachable-error.ts';
import { IMPATIENT, RedisLink } from './redis-link.ts';

const ANSWER_TIMEOUT_MS = 1_900;

/** Looks at every queue of the job catalog; connects when it is asked for the first time. */
export class BullQueueSurvey implements QueueSurvey, Service {
  readonly #link: RedisLink;
  #queues: readonly Queue[] | undefined;

  constructor({ redisUrl, logger }: QueueOptions) {
    this.#link = new RedisLink({ redisUrl, logger, purpose: 'survey', redis: IMPATIENT });
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    const queues = this.#queues ?? [];
    this.#queues = undefined;
    const closing = Promise.all(queues.map((queue) => queue.close()));
    await withDeadline(systemTimers, ANSWER_TIMEOUT_MS, 'closing', closing).catch(() => undefined);
    await this.#link.close();
  }

  async survey(): Promise<readonly QueueState[]> {
    try {
      const work = this.#opened().then((queues) => Promise.all(queues.map(stateOf)));
      return await withDeadline(systemTimers, ANSWER_TIMEOUT_MS, 'the survey', work);
    } catch (error) {
      throw new QueueUnreachableError('the survey', error);
    }
  }

  async #opened(): Promise<readonly Queue[]> {
    await this.#link.open();
    const names = [...new Set(Object.values(JOB_CATALOG).map(({ queue }) => queue))];
    this.#queues ??= names.map((name) => this.#open(name));
    return this.#queues;
  }

  #open(name: string): Queue {
    const queue = new Queue(name, { connection: this.#link.redis, prefix: PREFIX });
    queue.on('error', (error) => this.#link.noticeError(error));
    return queue;
  }
}

/** Jobs that fail are not kept: workers count them in Redis. */
async function stateOf(queue: Queue): Promise<QueueState> {
  const [counts, [first], [urgent], { meta }] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active'),
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, true),
    queue.getMetrics('failed', 0, 0),
  ]);
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = counts;
  const now = systemClock.wallMs();
  const waitedMs = [first, urgent].map((job) => now - (job?.timestamp ?? now));
  return {
    store: 'redis',
    queue: queue.name,
    waiting: waiting + prioritized,
    delayed,
    active,
    oldestSeconds: Math.max(0, ...waitedMs) / 1000,
    failed: meta.count,
  };
}

/** Opens the view of all queues. */
export const openQueueSurvey = (options: QueueOptions): BullQueueSurvey =>
  new BullQueueSurvey(options);
