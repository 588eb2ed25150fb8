import type { CallId, CommandId, NodeId, OutputId } from '../ids.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { isAnswered } from './call-lifecycle.ts';
import type { CallState } from './call-lifecycle.ts';
import type { CallEventType, DtmfOrder } from './call-records.ts';
import type { Page } from './page.ts';

/** What can be asked of a call that lives. */
export type CommandType =
  | 'hangUp'
  | 'dtmf'
  | 'mute'
  | 'unmute'
  | 'hold'
  | 'resume'
  | 'addOutput'
  | 'removeOutput'
  | 'retryOutput'
  | 'transfer';

/** What becomes of a command whose node is lost while it is at it. */
interface CommandRule {
  /**
   * Done twice it is the same as done once: it waits until it has its answer, and the next node does what this one has
   * left. Any other one is begun first, and refused when its node is lost.
   */
  readonly isRepeatable: boolean;
  /** In which states of its call it can be asked for at all; the others refuse it. */
  readonly fits: (state: CallState) => boolean;
}

const always = (): boolean => true;

/** The rules of all commands. */
export const COMMAND_RULES: { readonly [T in CommandType]: CommandRule } = {
  hangUp: { isRepeatable: true, fits: always },
  mute: { isRepeatable: true, fits: always },
  unmute: { isRepeatable: true, fits: always },
  addOutput: { isRepeatable: true, fits: always },
  removeOutput: { isRepeatable: true, fits: always },
  // Whoever takes the call then begins anew with all of its outputs.
  retryOutput: { isRepeatable: false, fits: always },
  dtmf: { isRepeatable: false, fits: isAnswered },
  hold: { isRepeatable: false, fits: isAnswered },
  resume: { isRepeatable: false, fits: isAnswered },
  transfer: { isRepeatable: false, fits: isAnswered },
};

/** How long a command may wait to be begun, where the request does not say. */
export const USUAL_DEADLINE_SECONDS = 30;

/** What is asked for, of what is only known by its command. */
export type CommandOrder =
  | { readonly type: 'dtmf'; readonly order: DtmfOrder }
  | { readonly type: 'mute' | 'unmute' | 'hold' | 'resume' }
  | { readonly type: 'transfer'; readonly node: NodeId };

/** Who asks for what under which id. */
export interface CommandMark {
  readonly id: CommandId;
  /** Id of the key that was asked with; null where nobody has told. */
  readonly requestedBy: string | null;
}

/** A command to be stored. */
export interface NewCommand extends CommandMark {
  readonly order: CommandOrder;
  /** From now on; what is not begun by then is refused. */
  readonly deadlineMs: number;
}

/** A command that waits for the node of its call. */
export type CommandRecord = {
  readonly id: CommandId;
  readonly callId: CallId;
  /** Until its deadline, as of the look at the store; null for none. */
  readonly leftMs: number | null;
} & (
  | CommandOrder
  | { readonly type: 'hangUp' }
  | { readonly type: 'addOutput' | 'removeOutput' | 'retryOutput'; readonly outputId: OutputId }
);

/** Why something was not done. */
export interface CommandFault {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** What is known of a command. */
export interface CommandReport extends CommandMark {
  readonly callId: CallId;
  readonly type: CommandType;
  /** It waits, is being carried out, or has its answer. */
  readonly state: 'pending' | 'running' | 'done' | 'refused';
  /** Of a refused one, if anybody has said why; else its call has ended. */
  readonly fault: CommandFault | null;
  readonly createdAt: Date;
  /** Until when it has to be begun; null for any time. */
  readonly deadline: Date | null;
  readonly completedAt: Date | null;
}

/** What became of asking. `done` is done already: the call is in the queue, and is changed there. */
export type CommandOutcome =
  'asked' | 'done' | 'notAnswered' | 'busy' | 'alreadyEnded' | 'notFound';

/** The commands of calls, as the API writes and reads them. */
export interface CommandBook {
  /** Stores a command behind those of its call that were asked for before. */
  request(id: CallId, command: NewCommand): Promise<CommandOutcome>;
  /** Null when there is none. */
  find(id: CommandId): Promise<CommandReport | null>;
  /**
   * Of one call, newest first.
   * @param cursor As given by the page before.
   * @throws Fault REQUEST_INVALID when the cursor is not one of ours.
   */
  list(id: CallId, cursor: string | undefined, limit: number): Promise<Page<CommandReport>>;
}

/** What is told of a mute or of its end; undefined where it is so already. */
export function muteEvent(
  isMuted: boolean,
  before: { readonly muted: boolean },
): CallEventType | undefined {
  if (isMuted === before.muted) return undefined;
  return isMuted ? 'call.muted' : 'call.unmuted';
}
