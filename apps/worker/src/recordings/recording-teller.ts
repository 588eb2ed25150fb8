import { Fault } from '#domain';
import type { Announcer, CallId, CallLedger, NewEvent } from '#domain';
import type { Timers } from '#foundation';

/** What a teller works with. */
export interface RecordingTellerOptions {
  readonly ledger: Pick<CallLedger, 'addFact'>;
  readonly announcer: Pick<Announcer, 'announceEvents'>;
  readonly timers: Timers;
}

const RETRY_MS = 1_000;
const MOST_TRIES = 30;

/** Tells facts about recordings, each once, in the order in which they are given, also of calls that have ended. */
export class RecordingTeller {
  readonly #options: RecordingTellerOptions;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: RecordingTellerOptions) {
    this.#options = options;
  }

  /** @throws Fault STORE_UNAVAILABLE after half a minute. */
  tell(callId: string, key: string, event: NewEvent): Promise<void> {
    const told = this.#tail.then(() => this.#tell(callId as CallId, key, event));
    this.#tail = told.catch(() => undefined);
    return told;
  }

  async #tell(callId: CallId, key: string, event: NewEvent): Promise<void> {
    const { ledger, announcer } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        if (await ledger.addFact(callId, key, event)) announcer.announceEvents();
        return;
      } catch (error) {
        const isAway = error instanceof Fault && error.code === 'STORE_UNAVAILABLE';
        if (!isAway || tries === MOST_TRIES) throw error;
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.after(RETRY_MS, resolve));
  }
}
