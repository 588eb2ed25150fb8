import type { Logger, RandomSource, Service, Timer, Timers } from '#foundation';
import { Fault, healthAfter } from '#domain';
import type { DueCheck, Prober, ProbeOutcome, TrunkBook } from '#domain';
import { probeOf } from './probe-of.ts';

/** What a watch works with. */
export interface TrunkWatchOptions {
  readonly book: TrunkBook;
  readonly prober: Prober;
  /** Whether anything can be sent now. */
  readonly isConnected: () => boolean;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** Trunks that are due are looked for so often. */
const LOOK_MS = 5_000;
/** Checks of one look, at the same time. */
const MAX_CHECKS = 20;

/** Asks trunks by OPTIONS whether they are there; each is asked by one node at a time, whichever finds it due first. */
export class TrunkWatch implements Service {
  readonly #options: TrunkWatchOptions;
  #timer: Timer | undefined;
  #isLooking = false;

  constructor(options: TrunkWatchOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#timer = this.#options.timers.every(LOOK_MS, () => void this.#look());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    return Promise.resolve();
  }

  async #look(): Promise<void> {
    const { book, isConnected, logger } = this.#options;
    if (this.#isLooking || !isConnected()) return;
    this.#isLooking = true;
    try {
      const due = await book.takeDueChecks(MAX_CHECKS);
      await Promise.all(due.map((check) => this.#check(check)));
    } catch (error) {
      logger.warn('trunk.look_failed', { error: String(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  async #check({ id, before }: DueCheck): Promise<void> {
    const { book, random, logger } = this.#options;
    const outcome = await this.#ask(id);
    // Our own trouble says nothing of the trunk; another look follows.
    if (outcome === undefined) return;
    const after = healthAfter(before, outcome, (limit) => random.below(limit));
    await book.recordCheck(id, after);
    if (after.state === before.state) return;
    const { state, reason, roundTripMs } = after;
    const level = state === 'down' ? 'warn' : 'info';
    logger[level](`trunk.${state}`, { trunkId: id, reason, roundTripMs });
  }

  async #ask(id: DueCheck['id']): Promise<ProbeOutcome | undefined> {
    const { book, prober, logger } = this.#options;
    try {
      const trunk = await book.openTrunk(id);
      if (trunk === null) return undefined;
      const outcome = await prober.probe(probeOf(trunk));
      const isOurs = outcome.kind === 'failed' && outcome.fault.code === 'SIP_SIGNALLING_LOST';
      return isOurs ? undefined : outcome;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      logger.warn('trunk.unreadable', { trunkId: id, code: error.code, detail: error.detail });
      return undefined;
    }
  }
}
