import { UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import type { CallId, CallJobs, DialJob, TrunkId } from '#domain';
import { JOB_CATALOG } from '#contracts';
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

/** Handling a job takes milliseconds; the job of a killed worker is free again after lock and check. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 1_000;
/** How many workers may die with the same job in hand; the lease decides who runs the call, not the job. */
const MAX_STALLS = 10;
const CLOSE_TIMEOUT_MS = 5_000;

const { queue, payload } = JOB_CATALOG.dial;

type Handle = (job: DialJob) => Promise<void>;

/** The job in a payload; one that is none is failed for good. */
function readJob(job: Job, logger: Logger): DialJob {
  const parsed = payload.safeParse(job.data);
  if (parsed.success) {
    const { callId, epoch, trunkId } = parsed.data;
    const trunk = trunkId === undefined ? {} : { trunkId: trunkId as TrunkId };
    return { callId: callId as CallId, epoch, ...trunk };
  }
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  logger.error('queue.job_unreadable', { jobId: job.id, problems });
  throw new UnrecoverableError(`unreadable payload: ${problems.join('; ')}`);
}

/** Takes jobs from BullMQ. Nothing is taken before consume(). */
export class BullCallJobs implements CallJobs, Service {
  readonly #options: JobsOptions;
  readonly #link: RedisLink;
  #worker: Worker | undefined;
  #handle: Handle | undefined;
  #isTaking = true;

  constructor(options: JobsOptions) {
    this.#options = options;
    const { redisUrl, logger } = options;
    this.#link = new RedisLink({ redisUrl, logger, purpose: 'jobs', redis: PATIENT });
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    if (this.#worker !== undefined) return;
    await openForQueue(this.#link);
    const worker = new Worker(queue, (job, token) => this.#process(job, token), {
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

  consume(handle: Handle): void {
    const worker = this.#worker;
    invariant(worker, 'jobs are consumed after start()');
    invariant(this.#handle === undefined, 'jobs have one consumer');
    this.#handle = handle;
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
    await this.#handle?.(readJob(job, this.#options.logger));
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

/** Opens the taking of jobs; nothing is connected before start(). */
export const openJobs = (options: JobsOptions): BullCallJobs => new BullCallJobs(options);
