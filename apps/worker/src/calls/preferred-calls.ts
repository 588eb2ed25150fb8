import type { Logger, Service, Timer, Timers } from '#foundation';
import type { Announcements, CallLedger, Dialer, NodeId } from '#domain';
import type { TrunkPacer } from '../trunks/trunk-pacer.ts';
import type { CallRoster } from './call-roster.ts';

const POLL_MS = 500;

/** What the taking of preferred calls works with. */
export interface PreferredCallsOptions {
  readonly node: NodeId;
  readonly ledger: Pick<CallLedger, 'preferredCalls'>;
  readonly announcements: Pick<Announcements, 'onCommand'>;
  readonly roster: Pick<CallRoster, 'refusal' | 'take'>;
  /** Calls of trunks are taken when it is their turn. */
  readonly pacer: Pick<TrunkPacer, 'offer'>;
  readonly dialer: Pick<Dialer, 'isConnected'>;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Takes the calls that other nodes were told to give to this one: a job could be taken by any node. What is not taken in
 * time gets a job from the reconciler.
 */
export class PreferredCalls implements Service {
  readonly #options: PreferredCallsOptions;
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #isBusy = false;

  constructor(options: PreferredCallsOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { timers, announcements } = this.#options;
    this.#timer = timers.every(POLL_MS, () => void this.#look());
    this.#unsubscribe = announcements.onCommand(() => void this.#look());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#unsubscribe?.();
    return Promise.resolve();
  }

  async #look(): Promise<void> {
    const { node, ledger, roster, pacer, dialer, logger } = this.#options;
    if (this.#isBusy || roster.refusal !== undefined || !dialer.isConnected) return;
    this.#isBusy = true;
    try {
      for (const { id, epoch, trunkId } of await ledger.preferredCalls(node)) {
        if (this.#options.roster.refusal !== undefined) return;
        if (trunkId === null) await roster.take(id, epoch);
        else await pacer.offer(trunkId, id);
      }
    } catch (error) {
      logger.warn('call.preferred_failed', { error: String(error) });
    } finally {
      this.#isBusy = false;
    }
  }
}
