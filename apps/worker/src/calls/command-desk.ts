import type { Logger, Service, Timer, Timers } from '#foundation';
import { Fault } from '#domain';
import type {
  Announcements,
  CallLedger,
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
  readonly announcements: Announcements;
  readonly roster: CallRoster;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Carries out the stored commands to the calls of this node. Announcements wake it; the poll makes sure. */
export class CommandDesk implements Service {
  readonly #options: CommandDeskOptions;
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Taken by this desk and not answered yet; each leaves when it is. */
  readonly #underWay = new Set<CommandId>();
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
    this.#work()
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

  async #work(): Promise<void> {
    const { ledger, node } = this.#options;
    for (const command of await ledger.pendingCommands(node)) await this.#carryOut(command);
  }

  async #carryOut(command: CommandRecord): Promise<void> {
    const { ledger, node, roster } = this.#options;
    const session = roster.find(command.callId);
    // The claim is written but not yet answered: the next poll finds the call, or its end has refused the command.
    if (session === undefined || this.#underWay.has(command.id)) return;
    switch (command.type) {
      case 'hangUp':
        session.stop();
        await ledger.completeCommand(command.id, 'done');
        break;
      case 'dtmf':
        // Begun before it is done: a node that dies half-way must not leave it to another one.
        if (await ledger.beginCommand(command.id, node)) {
          void this.#answer(command.id, session.press(command.order, command.id));
        }
        break;
      // What is about outputs is not begun: done twice it is the same, and the next node shall do what this one leaves.
      case 'addOutput':
        // Waited for, and no command is looked at before it has an answer: a removal that was asked for later comes later.
        await this.#addOutput(session, command.outputId, command.id);
        break;
      case 'removeOutput':
        void this.#answer(command.id, this.#removeOutput(session, command.outputId));
        break;
    }
  }

  /** @throws When the store is away: that is no answer, the next poll tries again. */
  async #addOutput(session: RosterSession, id: OutputId, commandId: CommandId): Promise<void> {
    const { ledger, roster } = this.#options;
    const fault = await faultOf(
      ledger.openOutputs(id).then((outputs) => {
        for (const output of outputs) session.addOutput(output);
        roster.reweigh(session);
      }),
    );
    if (fault?.code === 'STORE_UNAVAILABLE') throw new Fault(fault.code, fault);
    await ledger.completeCommand(commandId, fault === undefined ? 'done' : 'refused', fault);
  }

  async #removeOutput(session: RosterSession, id: OutputId): Promise<void> {
    await session.removeOutput(id);
    this.#options.roster.reweigh(session);
  }

  /** Takes as long as the work does; other commands do not wait for it. */
  async #answer(id: CommandId, work: Promise<void>): Promise<void> {
    const { ledger, logger } = this.#options;
    this.#underWay.add(id);
    try {
      const fault = await faultOf(work);
      await ledger.completeCommand(id, fault === undefined ? 'done' : 'refused', fault);
    } catch (error) {
      // Keys have no answer until their call ends; what is not begun is tried again.
      logger.warn('command.not_completed', { commandId: id, error: String(error) });
    } finally {
      this.#underWay.delete(id);
    }
  }
}

async function faultOf(work: Promise<void>): Promise<Pick<Fault, 'code' | 'detail'> | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, detail: error.detail };
  }
}
