import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_RULES, Fault, USUAL_DEADLINE_SECONDS, isLive } from '#domain';
import type {
  Announcer,
  CallId,
  CallRecord,
  CommandBook,
  CommandOrder,
  CommandReport,
  ErrorCode,
  IdFactory,
  NodeId,
  NodeRecord,
  NodeRegistry,
} from '#domain';
import type { Logger } from '#foundation';
import type { Caller } from '../http/caller.ts';
import { TOKENS } from '../tokens.ts';
import { CommandAnswers } from './command-answers.ts';

const REFUSALS = {
  notFound: 'CALL_NOT_FOUND',
  notAnswered: 'CALL_NOT_ANSWERED',
  alreadyEnded: 'CALL_ALREADY_ENDED',
  busy: 'COMMANDS_TOO_MANY',
} as const satisfies Record<string, ErrorCode>;

/** Gives commands to calls that live; every dialect of the API comes here. */
@Injectable()
export class CallCommands {
  constructor(
    @Inject(TOKENS.commands) private readonly commands: CommandBook,
    @Inject(TOKENS.nodes) private readonly nodes: NodeRegistry,
    @Inject(TOKENS.announcer) private readonly announcer: Announcer,
    @Inject(TOKENS.ids) private readonly ids: IdFactory,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(CommandAnswers) private readonly answers: CommandAnswers,
  ) {}

  /**
   * Stores a command and waits up to 2 s for what becomes of it.
   * @returns The command, which may still wait or run.
   * @throws Fault CALL_NOT_FOUND, CALL_NOT_ANSWERED, CALL_ALREADY_ENDED, COMMANDS_TOO_MANY, or why it was refused.
   */
  async give(
    callId: CallId,
    order: CommandOrder,
    { keyId, deadlineSeconds }: Pick<Caller, 'keyId'> & { readonly deadlineSeconds?: number },
  ): Promise<CommandReport> {
    const id = this.ids.commandId();
    const deadlineMs = (deadlineSeconds ?? USUAL_DEADLINE_SECONDS) * 1_000;
    const command = { id, requestedBy: keyId, order, deadlineMs };
    const outcome = await this.commands.request(callId, command);
    if (outcome !== 'asked' && outcome !== 'done') throw new Fault(REFUSALS[outcome]);
    if (outcome === 'asked') this.announcer.announceCommand();
    else this.announcer.announceEvents();
    this.logger.info('call.command_asked', { callId, commandId: id, type: order.type, keyId });
    return await this.answers.to(id);
  }

  /**
   * Where a call may be moved to.
   * @param asked A node by its id; undefined for the one with the most room.
   * @throws Fault NODE_NOT_FOUND, NODE_NO_ROOM, CALL_NOT_ANSWERED, CALL_ALREADY_ENDED.
   */
  async placeFor({ node: present, state }: CallRecord, asked: string | undefined): Promise<NodeId> {
    if (!isLive(state)) throw new Fault('CALL_ALREADY_ENDED');
    if (!COMMAND_RULES.transfer.fits(state)) throw new Fault('CALL_NOT_ANSWERED');
    const nodes = await this.nodes.listNodes();
    if (asked !== undefined && nodes.every(({ id }) => id !== asked)) {
      throw new Fault('NODE_NOT_FOUND');
    }
    const [most] = nodes
      .filter(({ id, refusal }) => id !== present && refusal === null)
      .filter(({ id }) => asked === undefined || id === asked)
      .sort((one, other) => roomOf(other) - roomOf(one));
    if (most !== undefined) return most.id;
    const detail = asked === present ? 'The call is there already.' : undefined;
    throw new Fault('NODE_NO_ROOM', detail === undefined ? {} : { detail });
  }
}

const roomOf = ({ capacity, usedCapacity }: NodeRecord): number => capacity - usedCapacity;
