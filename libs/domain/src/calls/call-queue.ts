import type { CallId, TrunkId } from '../ids.ts';

/** A short command to a worker: dial this call, if it still waits in this epoch. */
export interface DialJob {
  readonly callId: CallId;
  readonly epoch: number;
  /** Of a call that has one: the trunk decides whose turn it is. */
  readonly trunkId?: TrunkId;
  /** Of the work that has put it there, where that is traced (W3C Trace Context). */
  readonly traceparent?: string;
  /** 0 to 9, the highest first. Default: before all others. */
  readonly priority?: number;
}

/** Brings jobs to workers. Jobs may be lost or come twice: Postgres is the record. */
export interface CallQueue {
  /** The same call and epoch twice is one job. @throws When the queue cannot be reached within 2 s. */
  enqueueDial(job: DialJob): Promise<void>;
}

/** Takes jobs from the queue. */
export interface CallJobs {
  /** Starts to take jobs. `handle` is short; a throw gives the job back. */
  consume(handle: (job: DialJob) => Promise<void>): void;
  /** Stops taking; jobs stay for other workers. */
  pause(): Promise<void>;
  resume(): void;
}

/** Tells other processes that something has changed. A hint: it may be lost. */
export interface Announcer {
  announceEvents(): void;
  announceCommand(): void;
}

/** Hears the hints of other processes. */
export interface Announcements {
  onEvents(hear: () => void): () => void;
  onCommand(hear: () => void): () => void;
}
