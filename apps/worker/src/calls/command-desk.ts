import type { Clock, Logger, Micros, Service, Timer, Timers } from '#foundation';
import { COMMAND_RULES, Fault } from '#domain';
import type {
  Announcements,
  Announcer,
  CallId,
  CallLedger,
  CommandFault,
  CommandId,
  CommandRecord,
  NodeId,
  OutputId,
} from '#domain';
import type { CallRoster, RosterSession } from './call-roster.ts';

const POLL_MS = 500;

/** What a command desk works with. */
export interface CommandDeskOptions {
  readonly node: NodeId;
  readonly ledger: CallLedger;
  readonly announcements: Pick<Announcements, 'onCommand'>;
  readonly announcer: Pick<Announcer, 'announceCommand'>;
  readonly roster: CallRoster;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Commands of one call that wait, and when they were looked at. */
interface Seen {
  readonly callId: CallId;
  readonly commands: readonly CommandRecord[];
  readonly seenAt: Micros;
}

/** The commands of one call that are being carried out, one after the other. */
interface Lane {
  readonly commandIds: ReadonlySet<CommandId>;
  /** Others were seen meanwhile. */
  hasMore: boolean;
}

/**
 * Carries out the stored commands to the calls of this node: those of one call in the order in which they were asked for,
 * those of different calls side by side, and a hang-up before all others. Announcements wake it; the poll makes sure.
 */
export class CommandDesk implements Service {
  readonly #options: CommandDeskOptions;
  /** Each leaves when its commands are done. */
  readonly #lanes = new Map<CallId, Lane>();
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #isBusy = false;
  #isWokenAgain = false;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { timers, announcements } = this.#options;
    this.#timer = timers.every(POLL_MS, () => this.#wake());
    this.#unsubscribe = announcements.onCommand(() => this.#wake());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#unsubscribe?.();
    return Promise.resolve();
  }

  #wake(): void {
    if (this.#isBusy) {
      this.#isWokenAgain = true;
      return;
    }
    if (this.#options.roster.size === 0) return;
    this.#isBusy = true;
    this.#look()
      .catch((error: unknown) => {
        this.#options.logger.warn('command.poll_failed', { error: String(error) });
      })
      .finally(() => {
        this.#isBusy = false;
        if (!this.#isWokenAgain) return;
        this.#isWokenAgain = false;
        this.#wake();
      });
  }

  async #look(): Promise<void> {
    const { ledger, node, roster, clock } = this.#options;
    const pending = await ledger.pendingCommands(node);
    const seenAt = clock.nowMicros();
    for (const [callId, commands] of byCall(pending)) {
      const session = roster.find(callId);
      // The claim is written but not yet answered: the next poll finds the call, or its end has refused the commands.
      if (session === undefined) continue;
      const hangUp = commands.find(({ type }) => type === 'hangUp');
      if (hangUp !== undefined) await this.#hangUp(session, hangUp.id);
      this.#enter(session, { callId, commands, seenAt });
    }
  }

  async #hangUp(session: RosterSession, id: CommandId): Promise<void> {
    session.stop();
    await this.#options.ledger.completeCommand(id, 'done');
  }

  #enter(session: RosterSession, { callId, commands, seenAt }: Seen): void {
    const waiting = commands.filter(({ type }) => type !== 'hangUp');
    const busy = this.#lanes.get(callId);
    if (busy !== undefined) {
      busy.hasMore ||= waiting.some(({ id }) => !busy.commandIds.has(id));
      return;
    }
    if (waiting.length === 0) return;
    const lane = { commandIds: new Set(waiting.map(({ id }) => id)), hasMore: false };
    this.#lanes.set(callId, lane);
    this.#runLane(session, { callId, commands: waiting, seenAt })
      .catch((error: unknown) => {
        // What is not begun is tried again at the next look, in the same order.
        this.#options.logger.warn('command.not_completed', {
          callId,
          error: String(error),
        });
      })
      .finally(() => {
        this.#lanes.delete(callId);
        if (lane.hasMore) this.#wake();
      });
  }

  async #runLane(session: RosterSession, { commands, seenAt }: Seen): Promise<void> {
    const { clock, roster } = this.#options;
    for (const command of commands) {
      // The rest is for whoever runs the call now.
      if (roster.find(command.callId) !== session || hasLeft(session)) return;
      const waitedMs = (clock.nowMicros() - seenAt) / 1_000;
      // Past its deadline it is refused by the reconciler.
      if (command.leftMs !== null && waitedMs >= command.leftMs) continue;
      await this.#carryOut(session, command);
    }
  }

  /** @throws When the store is away: that is no answer. */
  async #carryOut(session: RosterSession, command: CommandRecord): Promise<void> {
    const { ledger, node } = this.#options;
    const { isRepeatable } = COMMAND_RULES[command.type];
    // Begun before it is done: a node that dies half-way must not leave it to another one.
    if (!isRepeatable && !(await ledger.beginCommand(command.id, node))) return;
    const fault = await this.#faultOf(this.#work(session, command));
    if (isRepeatable) {
      if (fault?.code === 'STORE_UNAVAILABLE') throw new Fault(fault.code, fault);
      // The next node does it.
      if (fault !== undefined && hasLeft(session)) return;
    }
    await ledger.completeCommand(command.id, fault === undefined ? 'done' : 'refused', fault);
  }

  async #work(session: RosterSession, command: CommandRecord): Promise<void> {
    switch (command.type) {
      case 'hangUp':
        return;
      case 'dtmf':
        await session.press(command.order, command.id);
        return;
      case 'mute':
      case 'unmute':
        await session.mute(command.type === 'mute');
        return;
      case 'hold':
      case 'resume':
        await session.hold(command.type === 'hold');
        return;
      case 'addOutput':
        await this.#addOutput(session, command.outputId);
        return;
      case 'removeOutput':
        await session.removeOutput(command.outputId);
        this.#options.roster.reweigh(session);
        return;
      case 'retryOutput':
        await session.retryOutput(command.outputId);
        return;
      case 'transfer':
        await session.transfer(command.node);
        // The other node looks at once.
        this.#options.announcer.announceCommand();
        return;
    }
  }

  async #addOutput(session: RosterSession, id: OutputId): Promise<void> {
    const { ledger, roster } = this.#options;
    for (const output of await ledger.openOutputs(id)) session.addOutput(output);
    roster.reweigh(session);
  }

  /** What is no fault is a bug of ours, and an answer all the same. */
  async #faultOf(work: Promise<void>): Promise<CommandFault | undefined> {
    try {
      await work;
      return undefined;
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('INTERNAL', { cause: error });
      if (fault !== error) {
        this.#options.logger.error('command.broken', { error: String(error) });
      }
      return { code: fault.code, detail: fault.detail };
    }
  }
}

/** Whether the call has left this node, or its lease has. */
const hasLeft = ({ state, lease }: RosterSession): boolean => state === 'queued' || !lease.isHeld();

function byCall(commands: readonly CommandRecord[]): Map<CallId, CommandRecord[]> {
  const calls = new Map<CallId, CommandRecord[]>();
  for (const command of commands) {
    const others = calls.get(command.callId);
    if (others === undefined) calls.set(command.callId, [command]);
    else others.push(command);
  }
  return calls;
}
