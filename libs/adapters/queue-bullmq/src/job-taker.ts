import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import type { z } from 'zod';
import { invariant, systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { JOB_COUNTS, PREFIX } from './bull-names.ts';
import { openForQueue } from './eviction-policy.ts';
import { PATIENT, RedisLink } from './redis-link.ts';

/** What the taking of jobs is opened with. */
export interface JobsOptions {
  readonly redisUrl: string;
  /** How many jobs are handled at once. */
  readonly concurrency: number;
  readonly logger: Logger;
}

/** Which jobs: their queue, and what is in them. */
interface JobKind<Payload extends z.ZodType> {
  readonly queue: string;
  readonly payload: Payload;
}

/** The job of a killed worker is free again after lock and check; that of a living one is locked anew, however long it takes. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 1_000;
/** How many workers may die with the same job in hand: a job is a hint, which nobody may hold up by dying. */
const MAX_STALLS = 10;
const CLOSE_TIMEOUT_MS = 5_000;

/** Takes the jobs of one queue from BullMQ. Nothing is taken before consume(). */
export class JobTaker<Payload extends z.ZodType> implements Service {
  readonly #kind: JobKind<Payload>;
  readonly #options: JobsOptions;
  readonly #link: RedisLink;
  #worker: Worker | undefined;
  #handle: ((data: z.output<Payload>) => Promise<void>) | undefined;
  #isTaking = true;

  constructor(kind: JobKind<Payload>, options: JobsOptions) {
    this.#kind = kind;
    this.#options = options;
    const { redisUrl, logger } = options;
    const purpose = `${kind.queue} jobs`;
    this.#link = new RedisLink({ redisUrl, logger, purpose, redis: PATIENT });
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    if (this.#worker !== undefined) return;
    await openForQueue(this.#link);
    const worker = new Worker(this.#kind.queue, (job, token) => this.#process(job, token), {
      connection: this.#link.redis,
      prefix: PREFIX,
      autorun: false,
      concurrency: this.#options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLS,
      metrics: JOB_COUNTS,
    });
    worker.on('error', (error) => this.#link.noticeError(error));
    worker.on('failed', (job, error) => {
      this.#options.logger.warn('queue.job_failed', {
        jobId: job?.id,
        attempt: job?.attemptsMade,
        reason: error.message,
      });
    });
    this.#worker = worker;
    await worker.waitUntilReady();
  }

  /**
   * Starts to take jobs. A throw of `handle` gives the job back.
   * @param onGone One that was handled has left the queue.
   */
  consume(handle: (data: z.output<Payload>) => Promise<void>, onGone?: () => void): void {
    const worker = this.#worker;
    invariant(worker, 'jobs are consumed after start()');
    invariant(this.#handle === undefined, 'jobs have one consumer');
    this.#handle = handle;
    if (onGone !== undefined) worker.on('completed', onGone);
    if (this.#isTaking) this.#run(worker);
  }

  #run(worker: Worker): void {
    worker.run().catch((error: unknown) => {
      this.#options.logger.error('queue.worker_ended', { reason: String(error) });
    });
  }

  /** A job that is taken in the very moment is given back, and loses no attempt. */
  async pause(): Promise<void> {
    this.#isTaking = false;
    await this.#worker?.pause(true);
  }

  resume(): void {
    this.#isTaking = true;
    const worker = this.#worker;
    if (worker === undefined || this.#handle === undefined) return;
    if (worker.isPaused()) void worker.resume();
    else if (!worker.isRunning()) this.#run(worker);
  }

  async #process(job: Job, token: string | undefined): Promise<void> {
    if (!this.#isTaking) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await this.#handle?.(this.#read(job));
  }

  /** What is in a job; one that cannot be read is failed for good. */
  #read(job: Job): z.output<Payload> {
    const parsed = this.#kind.payload.safeParse(job.data);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.')}: ${issue.message}`,
    );
    this.#options.logger.error('queue.job_unreadable', { jobId: job.id, problems });
    throw new UnrecoverableError(`unreadable payload: ${problems.join('; ')}`);
  }

  /** Waits 5 s at most for jobs that are being handled, and not at all while Redis is away. */
  async stop(): Promise<void> {
    this.#isTaking = false;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#handle = undefined;
    if (worker !== undefined) await this.#close(worker);
    await this.#link.close();
  }

  async #close(worker: Worker): Promise<void> {
    // A polite close would wait for the lost connection to end, which it never does.
    const { isReady } = this.#link;
    const closing = worker.close(!isReady);
    const closed = isReady ? Promise.race([closing, this.#link.untilLost()]) : closing;
    try {
      await withDeadline(systemTimers, CLOSE_TIMEOUT_MS, 'closing', closed);
    } catch (error) {
      this.#options.logger.warn('queue.close_forced', { reason: String(error) });
      // A Redis that says nothing lets even this wait: let it end when it can.
      worker
        .getBackend()
        .close(true)
        .catch(() => undefined);
    }
  }
}
