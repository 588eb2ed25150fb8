import type { HookId } from '../ids.ts';

/** Brings work on hooks to workers. Jobs may be lost or come twice: Postgres is the record. */
export interface HookQueue {
  /** A hook that has a job gets no second one. @throws When the queue cannot be reached within 2 s. */
  enqueueHooks(ids: readonly HookId[]): Promise<void>;
}

/** Takes jobs from the queue. */
export interface HookJobs {
  /**
   * Starts to take jobs.
   * @param onGone A job that was handled has left the queue: only from then on its hook may have another one.
   */
  consume(handle: (id: HookId) => Promise<void>, onGone: () => void): void;
}
