import type { Secret } from '#foundation';
import type { CallRecord, NewOutput } from '../calls/call-records.ts';
import type { CommandMark } from '../calls/commands.ts';
import type { CallId, OutputId } from '../ids.ts';

/** Outputs of a call that can publish, at most. */
export const MAX_LIVE_OUTPUTS = 8;

/** Why nothing is asked for: the call has too many outputs, or too many commands that wait, or is over or about to be. */
type Refusal = 'tooMany' | 'busy' | 'ending' | 'alreadyEnded' | 'notFound';

/** What became of a request for outputs: they are there, or the owner of the call is asked to open them. */
export type AddOutcome = 'added' | 'asked' | Refusal;

/** What became of a request for the end of an output: it has ended, it had ended before, or the owner is asked. */
export type RemoveOutcome =
  | 'removed'
  | 'over'
  | 'asked'
  /** Nothing would be left to publish to. */
  | 'last'
  | 'noOutput'
  | Exclude<Refusal, 'tooMany'>;

/** What became of asking that an output connects now: the owner is asked, or there is nothing that it waits for. */
export type RetryOutcome =
  | 'asked'
  /** It is idle, connects, is on air or is leaving. */
  | 'notRetrying'
  /** It has ended: nothing leads out of that. */
  | 'over'
  | 'noOutput'
  | Exclude<Refusal, 'tooMany'>;

/** Whose a target is. */
export interface TargetHolder {
  readonly outputId: OutputId;
  readonly callId: CallId;
  readonly appKey: string;
}

/** Adds and removes outputs of calls that live. */
export interface OutputRegistry {
  /**
   * Stores outputs, a primary before its backups, and `output.added` for each, in one transaction. The owner of a call
   * that is not queued is asked by a stored command to open them.
   * @throws Fault TARGET_IN_USE, STORE_UNAVAILABLE.
   */
  addOutputs(id: CallId, command: CommandMark, outputs: readonly NewOutput[]): Promise<AddOutcome>;
  /**
   * Asks for the end of an output and of its backups. Outputs of a queued call end at once; the owner of any other is asked
   * by a stored command.
   */
  removeOutput(id: CallId, command: CommandMark, outputId: OutputId): Promise<RemoveOutcome>;
  /** Asks the owner of a call, by a stored command, to connect an output now that waits for its next attempt. */
  retryOutput(id: CallId, command: CommandMark, outputId: OutputId): Promise<RetryOutcome>;
  /** The call that an output belongs to; null for an output that is not known. */
  findCallOf(id: OutputId): Promise<CallRecord | null>;
  /** The output of a live call that has this server, application and key. */
  findHolder(url: string, streamKey: Secret): Promise<TargetHolder | null>;
}
