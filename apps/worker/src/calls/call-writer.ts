import type { Logger, Timers } from '#foundation';
import { Fault } from '#domain';
import type {
  Announcer,
  CallId,
  CallLedger,
  CallPatch,
  NewEvent,
  OutputId,
  OutputPatch,
  Transition,
} from '#domain';
import type { Lease } from './lease.ts';

/** One step of a call, to be written and then acted upon. */
export interface Step {
  readonly transitions: readonly Transition[];
  readonly call?: CallPatch;
  readonly outputs?: ReadonlyMap<OutputId, OutputPatch>;
  readonly events?: readonly NewEvent[];
  /** Runs only when the step was written. */
  readonly after: () => void;
}

/** What a writer works with. */
export interface CallWriterOptions {
  readonly callId: CallId;
  readonly epoch: number;
  readonly version: number;
  readonly lease: Lease;
  readonly ledger: CallLedger;
  readonly announcer: Announcer;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The lease is lost: nothing may be written or sent any more. Called once. */
  readonly onFenced: () => void;
}

const RETRY_MS = 200;
/** Errors in a row, other than a database that is away, after which a step counts as one that can never be written. */
const MAX_REFUSALS = 10;

const isAway = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'STORE_UNAVAILABLE';

/**
 * Writes the steps of one call, one after the other. A step is computed when its turn comes, so that it sees the state
 * the step before it has left. While the database is away the step is tried again until the lease runs out.
 */
export class CallWriter {
  readonly #options: CallWriterOptions;
  #version: number;
  #tail: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: CallWriterOptions) {
    this.#options = options;
    this.#version = options.version;
  }

  /** Queues a step. Resolves when it was written and acted upon, was not wanted any more, or the call is fenced. */
  write(compute: () => Step | undefined): Promise<void> {
    const done = this.#tail.then(() => this.#run(compute));
    this.#tail = done.catch((error: unknown) => {
      this.#options.logger.error('call.step_broken', { error: String(error) });
    });
    return this.#tail;
  }

  /** Nothing is written any more, and nothing written is acted upon. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The lease is lost. */
  fence(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onFenced();
  }

  /** The call has left this node: steps that wait are forgotten. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(compute: () => Step | undefined): Promise<void> {
    if (this.#isClosed) return;
    const step = compute();
    if (step === undefined) return;
    const isWritten = await this.#commit(step);
    if (!isWritten) {
      this.fence();
      return;
    }
    this.#version++;
    this.#options.announcer.announceEvents();
    // Fenced while the database was slow: what follows from the step is for another node to do.
    if (!this.isClosed) step.after();
  }

  async #commit(step: Step): Promise<boolean> {
    const { lease, logger } = this.#options;
    let mayBeWritten = false;
    let refusals = 0;
    while (lease.isHeld() && refusals < MAX_REFUSALS) {
      try {
        return (await this.#tryCommit(step)) || (mayBeWritten && (await this.#wasWritten()));
      } catch (error) {
        // The database may have written the step and lost the answer.
        mayBeWritten = true;
        refusals = isAway(error) ? 0 : refusals + 1;
        logger.warn('call.write_failed', { error: String(error) });
        await this.#pause();
      }
    }
    if (refusals >= MAX_REFUSALS) logger.error('call.step_unwritable');
    return false;
  }

  #tryCommit(step: Step): Promise<boolean> {
    const { callId, epoch, ledger } = this.#options;
    return ledger.commit({
      callId,
      epoch,
      version: this.#version,
      transitions: step.transitions,
      call: step.call ?? {},
      outputs: step.outputs ?? new Map<OutputId, OutputPatch>(),
      events: step.events ?? [],
    });
  }

  /** Nobody else writes in this epoch: a version one ahead is our own step. */
  async #wasWritten(): Promise<boolean> {
    const { callId, epoch, ledger } = this.#options;
    return (await ledger.versionOf(callId, epoch)) === this.#version + 1;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.after(RETRY_MS, resolve));
  }
}
