import type { Secret } from '#foundation';
import type { CallId, EventId, NodeId, OutputId } from '../ids.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import type { LegIdentity } from '../legs/dialer.ts';
import type { OutputState } from '../outputs/output-lifecycle.ts';
import type { OutputBackup, RetryLimit } from '../outputs/output-plan.ts';
import type { CallState, HeldBy } from './call-lifecycle.ts';
import type { CallSpec } from './call-spec.ts';
import type { RedialPolicy } from './redial-policy.ts';
import type { AirCodec } from './call-stats.ts';
import type { Verdict } from './verdict.ts';

/** One RTMP target as it is stored, without its key. */
export interface OutputRecord {
  readonly id: OutputId;
  /** Server and application, without key and credentials. */
  readonly url: string;
  /** The key with its middle hidden, as it may be shown. */
  readonly maskedKey: string;
  /** Null for a primary. */
  readonly backup: OutputBackup | null;
  readonly retry: RetryLimit | null;
  readonly state: OutputState;
  /** Connections tried, all together. */
  readonly attempts: number;
  readonly nextRetryAt: Date | null;
  /** When the server first accepted the stream. */
  readonly publishedAt: Date | null;
  /** What its sound is on air since it published last; null before the first time. */
  readonly audioCodec: AirCodec | null;
  readonly fault: { readonly code: ErrorCode; readonly detail: string } | null;
}

/** A call as it is stored. */
export interface CallRecord {
  readonly id: CallId;
  /** The client's name for it, unique among the live calls of its app. */
  readonly callId: string;
  readonly appKey: string;
  readonly state: CallState;
  /** Grows by one with every committed change; expected by the next one. */
  readonly version: number;
  /** Grows by one with every owner. */
  readonly epoch: number;
  readonly node: NodeId | null;
  readonly spec: CallSpec;
  readonly metadata: Readonly<Record<string, string>>;
  readonly outputs: readonly OutputRecord[];
  readonly verdict: Verdict | null;
  /** The last final SIP status seen, 0 before any. */
  readonly sipStatus: number;
  readonly mediaPath: string | null;
  readonly leg: LegIdentity | null;
  /** Whether silence goes on air in the place of what comes in, through all legs and nodes. */
  readonly muted: boolean;
  /** Who keeps it on hold, or kept it on its last leg; it is held only in the state `held`. */
  readonly heldBy: HeldBy | null;
  /** 0 to 9; a call of a higher one is dialled before those that wait with it. */
  readonly priority: number;
  /** Before this time it is not dialled; null for at once. */
  readonly startAt: Date | null;
  readonly redial: RedialPolicy | null;
  /** How often it was dialled again, by `redial`. */
  readonly redials: number;
  /** Of a call that waits for its time: when it is due. */
  readonly nextDialAt: Date | null;
  /** How many nodes were lost under it. */
  readonly failovers: number;
  readonly stopRequestedAt: Date | null;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
}

/** What is opened only for the node that runs the call. */
export interface CallSecrets {
  readonly sipPassword: Secret | null;
  /** Keys to be pressed after each answer. */
  readonly dtmf: Secret | null;
  readonly streamKeys: ReadonlyMap<OutputId, Secret>;
  /** User information of the output's URL, `user:password`, where it has one. */
  readonly urlCredentials: ReadonlyMap<OutputId, Secret>;
}

/** An output with what opens its target, for the node that runs its call. */
export interface OpenedOutput {
  readonly record: OutputRecord;
  readonly streamKey: Secret;
  /** User information of its URL, `user:password`, where it has one. */
  readonly urlCredentials: Secret | null;
}

/** An output to be stored. */
export interface NewOutput {
  readonly id: OutputId;
  readonly url: string;
  readonly streamKey: Secret;
  readonly urlCredentials: Secret | null;
  /** Of a backup; its primary is stored before it. Default: a primary. */
  readonly backup?: OutputBackup;
  /** Default: none. */
  readonly retry?: RetryLimit;
}

/** How many calls an app may have; counted where the call is stored. 0 is no limit. */
export interface CallAdmission {
  /** Calls that have not ended, those that wait included. */
  readonly maxCalls: number;
  /** Calls in the queue. */
  readonly maxQueued: number;
  /** New calls per second; as many may come at once after a rest. */
  readonly maxCallsPerSecond: number;
}

/** A call to be stored. */
export interface NewCall {
  /** Not given: its app has no limits. */
  readonly admission?: CallAdmission;
  readonly id: CallId;
  readonly callId: string;
  readonly appKey: string;
  readonly spec: CallSpec;
  readonly sipPassword: Secret | null;
  /** Keys to be pressed after each answer. */
  readonly dtmf: Secret | null;
  readonly outputs: readonly NewOutput[];
  /** Default: 0. */
  readonly priority?: number;
  /** Default: at once. */
  readonly startAt?: Date;
  /** Default: none. */
  readonly redial?: RedialPolicy;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An event before it is numbered. */
export interface NewEvent {
  readonly type: CallEventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Facts that clients hear of. Past tense, except that states speak for themselves. */
export type CallEventType =
  | 'call.queued'
  | 'call.waiting_for_trunk'
  | 'call.claimed'
  | 'call.dialing'
  | 'call.ringing'
  | 'call.early_media'
  | 'call.answered'
  | 'call.held'
  | 'call.resumed'
  | 'call.muted'
  | 'call.unmuted'
  | 'call.transferred'
  | 'call.leg_lost'
  | 'call.redial_planned'
  | 'call.ending'
  | 'call.failed_over'
  | 'call.ended'
  | 'dtmf.sent'
  | 'dtmf.failed'
  | 'output.connecting'
  | 'output.publishing'
  | 'output.interrupted'
  | 'output.added'
  | 'output.moved'
  | 'output.congested'
  | 'output.rested'
  | 'output.closed'
  | 'output.failed'
  | 'recording.started'
  | 'recording.converting'
  | 'recording.ready'
  | 'recording.failed'
  | 'media.timeout'
  | 'media.silent'
  | 'media.resumed'
  | 'media.clipping';

/** An event of a call's numbered history. */
export interface EventRecord {
  readonly id: EventId;
  /** Place in the feed of all events; opaque, grows. */
  readonly cursor: string;
  readonly callId: CallId;
  readonly appKey: string;
  /** Dense per call, from 1. */
  readonly seq: number;
  readonly epoch: number;
  readonly type: CallEventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** How keys are pressed: as telephone events among the media, or as SIP INFO. */
export type DtmfMethod = 'rfc4733' | 'info';

/** Keys to be pressed within a call. */
export interface DtmfOrder {
  /** Of `0-9 A-D * #`, and `w` for a pause of 500 ms: perhaps a PIN. */
  readonly keys: Secret;
  /** Default: telephone events if they are agreed, else INFO. */
  readonly method?: DtmfMethod;
}
