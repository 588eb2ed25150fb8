import type { Service } from '#foundation';
import { Fault } from '#domain';
import type { CallJobs, DialJob } from '#domain';
import type { CallRoster } from './call-roster.ts';

/** Takes dial jobs while the node has room. */
export class CallIntake implements Service {
  readonly #jobs: CallJobs;
  readonly #roster: CallRoster;
  #isTaking = false;

  constructor(jobs: CallJobs, roster: CallRoster) {
    this.#jobs = jobs;
    this.#roster = roster;
  }

  start(): Promise<void> {
    this.#roster.onChange(() => this.#adjust());
    this.#jobs.consume((job) => this.#take(job));
    this.#isTaking = true;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#roster.onChange(() => undefined);
    await this.#jobs.pause();
  }

  async #take(job: DialJob): Promise<void> {
    // Given back: another node may have room; else the reconciler brings the job again.
    if (!this.#roster.hasRoom) throw new Fault('CAPACITY_FULL');
    await this.#roster.take(job.callId, job.epoch);
  }

  #adjust(): void {
    const hasRoom = this.#roster.hasRoom;
    if (hasRoom === this.#isTaking) return;
    this.#isTaking = hasRoom;
    if (hasRoom) this.#jobs.resume();
    else void this.#jobs.pause();
  }
}
