import type { CallQueue, DialJob } from '#domain';

/** A queue that only remembers; the same call and epoch twice is one job. */
export class FakeCallQueue implements CallQueue {
  readonly #jobs = new Map<string, DialJob>();
  #failure: Error | undefined;

  get jobs(): readonly DialJob[] {
    return [...this.#jobs.values()];
  }

  clear(): void {
    this.#jobs.clear();
  }

  /** From now on the queue cannot be reached; undefined repairs it. */
  failWith(failure: Error | undefined): void {
    this.#failure = failure;
  }

  enqueueDial(job: DialJob): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#jobs.set(`${job.callId}:${job.epoch}`, job);
    return Promise.resolve();
  }
}
