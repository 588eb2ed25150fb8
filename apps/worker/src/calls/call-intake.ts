import type { Service, Tracer } from '#foundation';
import { Fault } from '#domain';
import type { CallJobs, DialJob, Dialer } from '#domain';
import type { TrunkPacer } from '../trunks/trunk-pacer.ts';
import type { CallRoster } from './call-roster.ts';

/** What an intake works with. */
export interface CallIntakeOptions {
  readonly jobs: CallJobs;
  readonly roster: CallRoster;
  readonly dialer: Pick<Dialer, 'isConnected'>;
  /** Calls of trunks are taken in the order of their trunks. */
  readonly pacer: Pick<TrunkPacer, 'offer'>;
  /** Undefined where nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** Takes dial jobs while the node has room. */
export class CallIntake implements Service {
  readonly #jobs: CallJobs;
  readonly #roster: CallRoster;
  readonly #dialer: Pick<Dialer, 'isConnected'>;
  readonly #pacer: Pick<TrunkPacer, 'offer'>;
  readonly #tracer: Tracer | undefined;
  #isTaking = false;

  constructor({ jobs, roster, dialer, pacer, tracer }: CallIntakeOptions) {
    this.#jobs = jobs;
    this.#roster = roster;
    this.#dialer = dialer;
    this.#pacer = pacer;
    this.#tracer = tracer;
  }

  start(): Promise<void> {
    this.#roster.onChange(() => this.#adjust());
    this.#jobs.consume((job) => this.#trace(job));
    this.#isTaking = true;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#roster.onChange(() => undefined);
    await this.#jobs.pause();
  }

  async #trace(job: DialJob): Promise<void> {
    const facts = { 'callcast.call': job.callId };
    const { traceparent: parent } = job;
    // Jobs that the reconciler brings belong to no request.
    const span =
      parent === undefined
        ? undefined
        : this.#tracer?.begin('calls take', { kind: 'consumer', parent, facts });
    try {
      await this.#take(job);
      span?.end();
    } catch (error) {
      span?.end({ failure: error instanceof Fault ? error.code : 'failed' });
      throw error;
    }
  }

  async #take(job: DialJob): Promise<void> {
    // Given back: another node may be able to; else the reconciler brings the job again.
    if (this.#roster.refusal !== undefined) throw new Fault('CAPACITY_FULL');
    // A call that is claimed now would end at once, though it could wait for the signalling server.
    if (!this.#dialer.isConnected) throw new Fault('SIP_SIGNALLING_LOST');
    const { callId, epoch, trunkId } = job;
    if (trunkId === undefined) await this.#roster.take(callId, epoch);
    else await this.#pacer.offer(trunkId, callId);
  }

  #adjust(): void {
    const hasRoom = this.#roster.refusal === undefined;
    if (hasRoom === this.#isTaking) return;
    this.#isTaking = hasRoom;
    if (hasRoom) this.#jobs.resume();
    else void this.#jobs.pause();
  }
}
