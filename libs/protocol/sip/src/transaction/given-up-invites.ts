import type { Timer, Timers } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { giveUpMs } from './timer-values.ts';
import type { SipTimerConfig } from './timer-values.ts';
import { answersOurs, clientKey } from './transaction-key.ts';

interface GivenUp {
  readonly invite: SipRequest;
  readonly answered: (response: SipResponse) => void;
  readonly timer: Timer;
}

/** What the watch over given-up INVITEs works with. */
export interface GivenUpInvitesOptions {
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  /** More are not watched at a time. */
  readonly maxTransactions: number;
}

/**
 * INVITEs whose transaction ended without a final response: timed out, or given up after their CANCEL. For another
 * 64*T1, as long as a peer repeats a 2xx, one that comes is reported, so that it can be acknowledged and hung up
 * (RFC 3261 section 13.2.2.4); else the peer would have a call that nobody else knows of.
 */
export class GivenUpInvites {
  readonly #options: GivenUpInvitesOptions;
  readonly #watched = new Map<string, GivenUp>();

  constructor(options: GivenUpInvitesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watched.size;
  }

  watch(invite: SipRequest, answered: (response: SipResponse) => void): void {
    if (this.#watched.size >= this.#options.maxTransactions) return;
    const key = clientKey(invite);
    this.#watched.get(key)?.timer.cancel();
    const timer = this.#options.timers.after(giveUpMs(this.#options.config), () =>
      this.#watched.delete(key),
    );
    this.#watched.set(key, { invite, answered, timer });
  }

  /** Takes a response without a transaction. */
  take(response: SipResponse): 'taken' | 'stray' {
    const found = this.#watched.get(clientKey(response));
    const isSuccess = response.status >= 200 && response.status < 300;
    if (found === undefined || !isSuccess || !answersOurs(found.invite, response)) return 'stray';
    found.answered(response);
    return 'taken';
  }

  /** Watches no more. */
  clear(): void {
    for (const { timer } of this.#watched.values()) timer.cancel();
    this.#watched.clear();
  }
}
