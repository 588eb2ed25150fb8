import type { Logger } from '#foundation';
import type { CallRecord } from '#domain';
import type { CallWriter } from './call-writer.ts';
import type { LegKeeper } from './leg-keeper.ts';
import type { MuteRunner } from './mute-runner.ts';

/** What a runner of the hold works with. */
export interface HoldRunnerOptions {
  readonly record: Pick<CallRecord, 'heldBy'>;
  readonly leg: Pick<LegKeeper, 'hold'>;
  readonly mute: MuteRunner;
  readonly writer: CallWriter;
  readonly logger: Logger;
}

/**
 * Keeps the callee on hold, by command, through all its legs: one that comes after a loss is not heard before it is on
 * hold too.
 */
export class HoldRunner {
  readonly #options: HoldRunnerOptions;
  #isWanted: boolean;

  constructor(options: HoldRunnerOptions) {
    this.#options = options;
    const { heldBy } = options.record;
    this.#isWanted = heldBy === 'us' || heldBy === 'both';
    options.mute.holdBack(this.#isWanted);
  }

  /** Holds the callee, or goes on; resolves when that is written. @throws Fault HOLD_REFUSED, CALL_NOT_ANSWERED. */
  async hold(isHeld: boolean): Promise<void> {
    await this.#options.leg.hold(isHeld);
    this.#isWanted = isHeld;
    this.#options.mute.holdBack(isHeld);
  }

  /** A leg was answered. If it does not agree to be held, the call goes on: it would be off the air for ever. */
  answered(): void {
    if (!this.#isWanted) return;
    this.hold(true).catch((error: unknown) => {
      const { logger, writer, mute } = this.#options;
      logger.warn('call.hold_lost', { error: String(error) });
      this.#isWanted = false;
      mute.holdBack(false);
      const step = { transitions: [], call: { heldBy: null }, after: () => undefined };
      void writer.write(() => step);
    });
  }
}
