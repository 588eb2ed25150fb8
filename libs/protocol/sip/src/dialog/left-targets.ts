import type { Timer, Timers } from '#foundation';
import type { SipRequest } from '../message/message.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { giveUpMs } from '../transaction/timer-values.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import type { TransportPath } from '../transaction/transport-path.ts';

/** A request as it was sent to one target. */
export interface Attempt {
  readonly request: SipRequest;
  readonly path: TransportPath;
}

/** An attempt whose transaction may still hear something. */
export interface RunningAttempt extends Attempt {
  readonly transaction: ClientTransaction;
  isAnswered: boolean;
}

/**
 * The targets of one request that were left for being silent. An INVITE may have arrived all the same: its transaction
 * is kept, without repeating anything, for twice 64*T1, so that a late answer, and the end of a CANCEL after it, still
 * find it.
 */
export class LeftTargets {
  readonly #options: { readonly timers: Timers; readonly config: SipTimerConfig };
  readonly #lingering = new Map<RunningAttempt, Timer>();
  /** They spoke too late and were told that they are not wanted any more. */
  readonly #refused = new Set<RunningAttempt>();

  constructor(options: { readonly timers: Timers; readonly config: SipTimerConfig }) {
    this.#options = options;
  }

  /** The one that was left first of those that have not spoken. */
  get firstThatCanWin(): RunningAttempt | undefined {
    return [...this.#lingering.keys()].find((attempt) => this.canWin(attempt));
  }

  add(attempt: RunningAttempt): void {
    const { timers, config } = this.#options;
    const linger = timers.after(2 * giveUpMs(config), () => attempt.transaction.abandon());
    this.#lingering.set(attempt, linger);
  }

  /** Whether the request may still become that target's. */
  canWin(attempt: RunningAttempt): boolean {
    return this.#lingering.has(attempt) && !this.#refused.has(attempt);
  }

  refuse(attempt: RunningAttempt): void {
    if (this.#lingering.has(attempt)) this.#refused.add(attempt);
  }

  /** The target's transaction is over, or the request is with it again. */
  remove(attempt: RunningAttempt): void {
    this.#lingering.get(attempt)?.cancel();
    this.#lingering.delete(attempt);
    this.#refused.delete(attempt);
  }
}
