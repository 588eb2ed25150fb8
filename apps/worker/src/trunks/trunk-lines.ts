import { Secret } from '#foundation';
import type { Logger, Timers } from '#foundation';
import { Fault, accountOfTrunk, destinationProblem, specThrough } from '#domain';
import type { ClaimedCall, OpenedTrunk, TrunkBook, TrunkGate, TrunkId, TurnWait } from '#domain';
import type { RegistrationNeed } from '../registrations/sip-account.ts';

/** How a call goes out: with the login and the addresses of its trunk, if it has one. */
export interface Line {
  readonly call: ClaimedCall;
  /** What has to be registered for it, if anything. */
  readonly registration: RegistrationNeed;
}

/** What waits for a turn. */
export interface TurnWish {
  /** Whether another INVITE is still to leave. */
  readonly isWanted: () => boolean;
  /** Runs each time that there is no turn yet. */
  readonly onWait: () => void;
}

/** What lines are made of. */
export interface TrunkLinesOptions {
  readonly gate: TrunkGate;
  readonly book: TrunkBook;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The next INVITE through the trunk may leave in so many milliseconds. */
  readonly onOpen: (id: TrunkId, inMs: number) => void;
}

/** Between two looks at a trunk. */
const MAX_WAIT_MS = 1_000;
/** The store is away. */
const RETRY_MS = 500;
/** A turn whose end nobody has told of is counted as lost: that costs the trunk no more than one INVITE. */
const MAX_TRIES = 10;

/** The ways out of the calls of this node: direct, or through trunks, each INVITE in its turn. */
export class TrunkLines {
  readonly #options: TrunkLinesOptions;

  constructor(options: TrunkLinesOptions) {
    this.#options = options;
  }

  /**
   * The call as it goes out now: a trunk is read anew each time, so that a changed password counts from the next INVITE.
   * @throws Fault TRUNK_NOT_FOUND, TRUNK_DISABLED, TARGET_REFUSED.
   */
  async open(call: ClaimedCall): Promise<Line> {
    const { spec } = call.record;
    if (spec.trunk === undefined) return { call, registration: call };
    const trunk = await this.#options.book.openTrunk(spec.trunk.id);
    if (trunk === null) throw new Fault('TRUNK_NOT_FOUND');
    const { settings } = trunk.record;
    if (!settings.enabled) throw new Fault('TRUNK_DISABLED');
    const problem = destinationProblem(settings, spec.to);
    if (problem !== undefined) throw new Fault('TARGET_REFUSED', { detail: `\`to\` ${problem}` });
    const { record, secrets } = call;
    const sipPassword = passwordOf(trunk);
    return {
      call: {
        record: { ...record, spec: specThrough(settings, spec) },
        secrets: { ...secrets, sipPassword },
      },
      registration: registrationOf(trunk),
    };
  }

  /**
   * Waits until another INVITE of a call that this node runs may leave; its first one had its turn when it was claimed.
   * @returns false when it is not wanted any more. @throws Fault TRUNK_NOT_FOUND, TRUNK_DISABLED.
   */
  async turn(call: ClaimedCall, { isWanted, onWait }: TurnWish): Promise<boolean> {
    const { gate, logger } = this.#options;
    const { id, spec } = call.record;
    const { trunk } = spec;
    if (trunk === undefined) return isWanted();
    for (let tries = 0; isWanted(); tries++) {
      const answer = await this.#ask(() => gate.askTurn(trunk.id, id));
      if (answer.kind === 'go') {
        if (isWanted()) return true;
        break;
      }
      if (tries === 0) logger.info('call.waiting_for_trunk', { callId: id, reason: answer.reason });
      onWait();
      await this.#pause(Math.min(answer.retryInMs, MAX_WAIT_MS));
    }
    this.giveBack(call);
    return false;
  }

  async #ask(ask: () => ReturnType<TrunkGate['askTurn']>): ReturnType<TrunkGate['askTurn']> {
    try {
      return await ask();
    } catch (error) {
      if (!isAway(error)) throw error;
      const away: TurnWait = { kind: 'wait', reason: 'callsPerSecond', retryInMs: RETRY_MS };
      return away;
    }
  }

  /** An INVITE of the call has left. */
  inviteSent({ record: { id, spec } }: ClaimedCall): void {
    const { gate, onOpen } = this.#options;
    const { trunk } = spec;
    if (trunk === undefined) return;
    void this.#tell(async () => onOpen(trunk.id, await gate.inviteSent(trunk.id, id)));
  }

  /** No INVITE comes of the turn of the call. */
  giveBack({ record: { id, spec } }: ClaimedCall): void {
    const { gate, onOpen } = this.#options;
    const { trunk } = spec;
    if (trunk === undefined) return;
    void this.#tell(async () => {
      await gate.giveBack(trunk.id, id);
      onOpen(trunk.id, 0);
    });
  }

  /** The call has left this node: its channel may be free. */
  left({ record: { spec } }: ClaimedCall): void {
    if (spec.trunk !== undefined) this.#options.onOpen(spec.trunk.id, 0);
  }

  async #tell(tell: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        await tell();
        return;
      } catch (error) {
        this.#options.logger.warn('trunk.turn_untold', { error: String(error) });
        if (!isAway(error)) return;
        await this.#pause(RETRY_MS);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.after(ms, resolve));
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'STORE_UNAVAILABLE';

/** A user without a password is one whose challenges cannot be answered. */
const passwordOf = ({ record, password }: OpenedTrunk): Secret | null =>
  record.settings.username === null ? null : (password ?? new Secret(''));

/** What has to be registered for a trunk, if anything. */
export const registrationOf = (trunk: OpenedTrunk): RegistrationNeed => ({
  record: { appKey: trunk.record.appKey, spec: accountOfTrunk(trunk.record.settings) },
  secrets: { sipPassword: passwordOf(trunk) },
});
