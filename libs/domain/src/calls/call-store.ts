import type { CallId, CommandId, NodeId, OutputId, TrunkId } from '../ids.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import type { LegIdentity } from '../legs/dialer.ts';
import type { OutputState } from '../outputs/output-lifecycle.ts';
import type { CallState, HeldBy } from './call-lifecycle.ts';
import type { DialJob } from './call-queue.ts';
import type {
  CallRecord,
  CallSecrets,
  EventRecord,
  NewCall,
  NewEvent,
  OpenedOutput,
} from './call-records.ts';
import type { AirCodec, CallStats } from './call-stats.ts';
import type { CommandFault, CommandRecord } from './commands.ts';
import type { Page } from './page.ts';
import type { Verdict } from './verdict.ts';

/** Which calls, and how many of them. A call must fit whatever is named. */
export interface CallQuery {
  /** 100 at most. */
  readonly ids?: readonly CallId[] | undefined;
  readonly states?: readonly CallState[] | undefined;
  readonly appKey?: string | undefined;
  /** The name that the client gave. */
  readonly callId?: string | undefined;
  readonly trunkId?: TrunkId | undefined;
  /** The node that runs it now. */
  readonly node?: string | undefined;
  /** How it ended: any of these results or codes. */
  readonly verdicts?: readonly (Verdict['result'] | ErrorCode)[] | undefined;
  /** The first moment. */
  readonly createdFrom?: Date | undefined;
  /** The moment after the last one. */
  readonly createdTo?: Date | undefined;
  /** Fields that it must have been given with these values. Only of one app. */
  readonly metadata?: readonly (readonly [name: string, value: string])[] | undefined;
  /** Default: newest first. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** As given by the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
}

/** What the API reads and writes. */
export interface CallRegistry {
  /**
   * Stores call, outputs and `call.queued` in one transaction. A call that an earlier attempt has stored under this id
   * stays as it is, and is returned.
   * @throws Fault CALL_ID_IN_USE, TARGET_IN_USE, STORE_UNAVAILABLE; CALLS_TOO_MANY, CALLS_WAITING, CALLS_TOO_FAST by its admission.
   */
  createCall(call: NewCall): Promise<CallRecord>;
  findCall(id: CallId): Promise<CallRecord | null>;
  /** Which of these calls are neither answered nor ended. */
  findUnanswered(ids: readonly CallId[]): Promise<ReadonlySet<CallId>>;
  /** The figures that were stored when the call ended or left a node; null before, or when it had no media. */
  findStats(id: CallId): Promise<CallStats | null>;
  /** The live call of that name, of one app or of any. */
  findLiveCall(callId: string, appKey?: string): Promise<CallRecord | null>;
  /** The live call whose outputs are pushed by that name (WCS 5), of one app or of any. */
  findLiveStream(toStream: string, appKey?: string): Promise<CallRecord | null>;
  /** A page may hold fewer than `limit` calls, or none, and still have one behind it: no page looks at more than so many calls. */
  listCalls(query: CallQuery): Promise<Page<CallRecord>>;
  /** Numbered history of one call, oldest first. */
  listEvents(id: CallId, afterSeq: number, limit: number): Promise<Page<EventRecord>>;
  /**
   * Asks for the end of a call. A queued call ends at once (`ended`); of any other the owner is asked by a stored command
   * (`asked`).
   */
  requestStop(
    id: CallId,
    commandId: CommandId,
    requestedBy?: string,
  ): Promise<'ended' | 'asked' | 'alreadyEnded' | 'notFound'>;
  /** How many calls are in each state; ended ones are not counted. */
  countLiveCalls(): Promise<Readonly<Partial<Record<CallState, number>>>>;
}

/** Reads the events of all calls in one order that never skips a late commit. */
export interface EventFeed {
  /** The place after the newest event. */
  tail(): Promise<string>;
  /** Events after `cursor`, oldest first. @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  read(cursor: string, limit: number): Promise<readonly EventRecord[]>;
}

/** One recorded move of one machine. */
export interface Transition {
  readonly machine: 'call' | OutputId;
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

/** What changes in an output. */
export interface OutputPatch {
  readonly state?: OutputState;
  readonly attempts?: number;
  readonly nextRetryAt?: Date | null;
  /** Sets the time of the first publishing when it has none. */
  readonly published?: true;
  readonly audioCodec?: AirCodec;
  readonly fault?: { readonly code: ErrorCode; readonly detail: string } | null;
}

/** What changes in a call. Times are set by the database. */
export interface CallPatch {
  readonly state?: CallState;
  readonly verdict?: Verdict;
  readonly sipStatus?: number;
  readonly mediaPath?: string;
  readonly leg?: LegIdentity | null;
  readonly muted?: boolean;
  readonly heldBy?: HeldBy | null;
  /** Who is to take the call first, and alone for a few seconds; null for anybody. */
  readonly preferredNode?: NodeId | null;
  /** With the state `queued`: it is dialled again, and not before so many milliseconds. */
  readonly nextDialMs?: number;
  /** The last figures of its media on this node. */
  readonly stats?: CallStats;
  /** The channel of its trunk is free for others, although the call goes on. */
  readonly leavesTrunk?: true;
}

/** One step of a call: everything in one transaction, or nothing. */
export interface CallChange {
  readonly callId: CallId;
  readonly epoch: number;
  readonly version: number;
  readonly transitions: readonly Transition[];
  readonly call: CallPatch;
  readonly outputs: ReadonlyMap<OutputId, OutputPatch>;
  readonly events: readonly NewEvent[];
}

/** A call that this node now owns. */
export interface ClaimedCall {
  readonly record: CallRecord;
  readonly secrets: CallSecrets;
}

/** A queued call that was given to a node. */
export interface PreferredCall {
  readonly id: CallId;
  readonly epoch: number;
  /** Of a call that has one: it is to have its turn there first. */
  readonly trunkId: TrunkId | null;
}

/** What a worker reads and writes. Every write is fenced by the epoch. */
export interface CallLedger {
  /**
   * Takes the lease of a queued call that is due and moves it to `claimed`: epoch and version grow by one, `call.claimed` is written.
   * @param epoch The epoch the job was made for; null where another one runs, or the call is not queued any more.
   */
  claim(id: CallId, epoch: number, node: NodeId): Promise<ClaimedCall | null>;
  /**
   * Renews the leases of a node in one statement; returns the calls that are still its own.
   * A lease that has run out is not renewed.
   * @param held Only these: what a node was given but does not run (a lost answer to `claim`) then runs out by itself.
   */
  renew(node: NodeId, held?: ReadonlySet<CallId>): Promise<ReadonlySet<CallId>>;
  /** Writes a step if epoch and version still fit; returns false when this node is fenced off. */
  commit(change: CallChange): Promise<boolean>;
  /** The version of a call in this epoch; null when another epoch has begun. Tells what became of a lost answer. */
  versionOf(id: CallId, epoch: number): Promise<number | null>;
  /**
   * Adds an event that is no step of the call, whether it is live or has ended: `call.ended` is then not its last one.
   * @param key Names the fact within the call. A fact that is told is not told again.
   * @returns false when it was told before, or there is no such call.
   */
  addFact(id: CallId, key: string, event: NewEvent): Promise<boolean>;
  /** Queued calls that this node is to take before any other, 100 at most. */
  preferredCalls(node: NodeId): Promise<readonly PreferredCall[]>;
  /** Commands for calls of this node that wait for an answer and may still be begun, oldest first. */
  pendingCommands(node: NodeId): Promise<readonly CommandRecord[]>;
  /** An output and its backups, opened for the node that runs their call. @throws Fault CONFIG_INVALID. */
  openOutputs(id: OutputId): Promise<readonly OpenedOutput[]>;
  /**
   * Takes a waiting command, and its payload out of the store; false when it was taken before, its deadline has passed, or
   * its call has left this node. What a command does can so happen once at most.
   */
  beginCommand(id: CommandId, node: NodeId): Promise<boolean>;
  completeCommand(id: CommandId, result: 'done' | 'refused', fault?: CommandFault): Promise<void>;
}

/** What the reconciler needs: calls that nobody looks after. */
export interface CallSweeper {
  /** Queued calls without a trunk that wait for no time and have waited longer than `olderThanMs`, oldest first. */
  findQueued(olderThanMs: number, limit: number): Promise<readonly DialJob[]>;
  /** Lets calls whose time has come wait for a node or for their trunk: each is given once, and found by `findQueued` later. */
  takeDue(limit: number): Promise<readonly DialJob[]>;
  /**
   * Takes calls whose lease ran out more than 1 s ago, one transaction each: with `nodeLost`, back to `queued`
   * (`call.failed_over`), or to `ended` when they were ending, were asked to stop, or have lost too many nodes.
   * The epoch grows by one, so that the old owner is fenced off.
   */
  takeAbandoned(limit: number): Promise<readonly AbandonedCall[]>;
  /** Refuses commands that were not begun before their deadline, whether their calls have a node or not. */
  expireCommands(): Promise<number>;
  /** Ends queued calls that have been due longer than the deadline of `queued`. */
  expireQueued(): Promise<number>;
}

/** A call that has lost its node. */
export interface AbandonedCall {
  readonly id: CallId;
  readonly epoch: number;
  readonly state: 'queued' | 'ended';
  /** The dialog that may still be up. */
  readonly orphan: LegIdentity | null;
}
