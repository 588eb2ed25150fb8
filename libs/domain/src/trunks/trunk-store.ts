import type { Secret } from '#foundation';
import type { Actor } from '../apps/app-records.ts';
import type { Page } from '../calls/page.ts';
import type { CallId, NodeId, TrunkId } from '../ids.ts';
import type { HealthAfter, HealthBefore } from './trunk-health.ts';
import type { TrunkWait } from './trunk-turns.ts';
import type { OpenedTrunk, TrunkRecord, TrunkSettings } from './trunk.ts';

/** A trunk to be stored. */
export interface NewTrunk {
  readonly id: TrunkId;
  readonly appKey: string;
  readonly settings: TrunkSettings;
  readonly password: Secret | null;
}

/** What changes in a trunk. */
export interface TrunkChange {
  /** Whose it is. */
  readonly appKey: string;
  readonly settings: TrunkSettings;
  /** Null takes it away; undefined leaves it. */
  readonly password?: Secret | null;
  /** As it was read; the change is refused when somebody else was first. */
  readonly version: number;
}

/** Which trunks, and how many of them. */
export interface TrunkQuery {
  readonly appKey?: string;
  /** As given by the page before. */
  readonly cursor?: string;
  /** 1 to 1000. */
  readonly limit: number;
}

/** What a trunk carries now; 10,000 stands for that many calls and more. */
export interface TrunkUsage {
  /** Calls that have one of its channels. */
  readonly channelsInUse: number;
  /** Calls that wait for a channel, for their turn or for a worker. */
  readonly callsWaiting: number;
  /** Calls that were placed through it within a minute. */
  readonly callsLastMinute: number;
}

/** Trunks as the API sees them. */
export interface TrunkRegistry {
  /** With its line in the audit trail, as all changes. @throws Fault TRUNK_NAME_IN_USE, STORE_UNAVAILABLE. */
  createTrunk(trunk: NewTrunk, actor: Actor): Promise<TrunkRecord>;
  findTrunk(id: TrunkId): Promise<TrunkRecord | null>;
  findTrunkByName(appKey: string, name: string): Promise<TrunkRecord | null>;
  /** By age, the oldest first. @throws Fault REQUEST_INVALID for a cursor that is not one of ours. */
  listTrunks(query: TrunkQuery): Promise<Page<TrunkRecord>>;
  /** Of each of these trunks; nothing of one that is not there. */
  usageOf(ids: readonly TrunkId[]): Promise<ReadonlyMap<TrunkId, TrunkUsage>>;
  /** @returns null when it has another version by now, or is gone. @throws Fault TRUNK_NAME_IN_USE. */
  changeTrunk(id: TrunkId, change: TrunkChange, actor: Actor): Promise<TrunkRecord | null>;
  /** @returns `inUse` while a call that has not ended names it. */
  removeTrunk(id: TrunkId, actor: Actor): Promise<'removed' | 'inUse' | 'notFound'>;
}

/** A trunk that is to be looked at. */
export interface DueCheck {
  readonly id: TrunkId;
  readonly before: HealthBefore;
}

/** Trunks as the nodes see them that call through them and look after them. */
export interface TrunkBook {
  /** With its password. @throws Fault CONFIG_INVALID when it was sealed with another key. */
  openTrunk(id: TrunkId): Promise<OpenedTrunk | null>;
  /** Trunks that are to be looked at now; no other node gets them until the next time. */
  takeDueChecks(limit: number): Promise<readonly DueCheck[]>;
  recordCheck(id: TrunkId, after: HealthAfter): Promise<void>;
}

/** What a node is told that asks for the next call of a trunk. */
export type NextCall =
  /** A queued call that may be claimed, with its epoch. */
  | { readonly kind: 'go'; readonly callId: CallId; readonly epoch: number }
  | TurnWait
  | { readonly kind: 'idle' }
  /** The trunk is gone or disabled; so many calls that waited for it have ended. */
  | { readonly kind: 'closed'; readonly endedCalls: number };

/** There is no turn now. */
export interface TurnWait {
  readonly kind: 'wait';
  readonly reason: TrunkWait;
  readonly retryInMs: number;
}

/** Gives turns to calls, one trunk for all workers, on the clock of the database. See `nextTurn`. */
export interface TrunkGate {
  /** Gives the turn to the first queued call that the node may claim, with a channel, if it is due. */
  nextCall(id: TrunkId, node: NodeId): Promise<NextCall>;
  /**
   * The same for the next INVITE of a call that a node runs. It comes before those that are queued.
   * @throws Fault TRUNK_NOT_FOUND, TRUNK_DISABLED.
   */
  askTurn(id: TrunkId, callId: CallId): Promise<{ readonly kind: 'go' } | TurnWait>;
  /** The INVITE has left. @returns Milliseconds until the next one may. */
  inviteSent(id: TrunkId, callId: CallId): Promise<number>;
  /** No INVITE comes of the turn, or the call does not wait any more. */
  giveBack(id: TrunkId, callId: CallId): Promise<void>;
  /** Tells once that a queued call waits, and for what; false when it was told before, or waits no more. */
  tellWaiting(callId: CallId, reason: TrunkWait): Promise<boolean>;
  /** Trunks that queued calls wait for. */
  findAwaited(): Promise<readonly TrunkId[]>;
}
