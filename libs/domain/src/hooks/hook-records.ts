import type { Secret } from '#foundation';
import type { CallId, DeliveryId, EventId, HookId } from '../ids.ts';

/** Stands for the call in what hooks are told of no call; no call has this id. */
export const NO_CALL = `call_${'0'.repeat(26)}` as CallId;
/** What the other hooks of an app are told when one of them was switched off by its failures. */
export const HOOK_DISABLED = 'hook.disabled';

/** How a hook speaks: as Standard Webhooks says, or as Web Call Server does. */
export type HookDialect = 'standard' | 'wcs';

/**
 * Why a hook is told nothing.
 * - `operator`: somebody has switched it off.
 * - `gone`: its endpoint has answered 410.
 * - `failing`: nothing but failures has come of it for days.
 */
export type HookDisabledReason = 'operator' | 'gone' | 'failing';

/** An endpoint of an app that is told of events. */
export interface HookRecord {
  readonly id: HookId;
  readonly appKey: string;
  readonly url: string;
  readonly description: string;
  /** Which types of events: `call.ended`, `call.*` for all of a kind, `*` for all. */
  readonly events: readonly string[];
  readonly dialect: HookDialect;
  /** Null while it is told of events. */
  readonly disabled: { readonly reason: HookDisabledReason; readonly at: Date } | null;
  /** Since when nothing but failures has come of it. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
}

/**
 * What has become of a delivery: it waits for its next attempt, the endpoint has taken it, or it was given up.
 */
export type DeliveryState = 'pending' | 'delivered' | 'failed';

/** One event as it is told to one endpoint: a series of attempts. */
export interface DeliveryRecord {
  readonly id: DeliveryId;
  readonly hookId: HookId;
  readonly callId: CallId;
  readonly eventId: EventId;
  /** Of the event within its call. */
  readonly seq: number;
  /** Place among the requests that tell of the same event. */
  readonly ordinal: number;
  /** Put behind the endpoint's URL. */
  readonly path: string;
  /** Of the event. */
  readonly type: string;
  readonly state: DeliveryState;
  /** Of the present run; a delivery that is asked for again begins anew. */
  readonly attempts: number;
  /** Of one that waits. */
  readonly nextAt: Date | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

/** A request that tells of an event, before it is stored. */
export interface NewDelivery {
  /** Put behind the endpoint's URL; empty for the URL itself. */
  readonly path: string;
  /** Sent byte by byte as it is, in every attempt. */
  readonly body: Uint8Array;
}

/** A delivery that is to be sent now. */
export interface DueDelivery {
  readonly id: DeliveryId;
  readonly eventId: EventId;
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
  /** Of the present run, before this one. */
  readonly attempts: number;
}

/** What waits for one endpoint of one call, in its order, leased to whoever delivers it. */
export interface HookLane {
  readonly callId: CallId;
  /** Grows with every lease; an old one settles nothing. */
  readonly fence: number;
  readonly deliveries: readonly DueDelivery[];
}

/** Lanes of one hook that are due, and what is needed to tell them. */
export interface ClaimedLanes {
  readonly hook: Pick<HookRecord, 'id' | 'appKey' | 'url' | 'dialect' | 'failingSince'>;
  /** The present one, and the previous one while both sign. */
  readonly secrets: readonly Secret[];
  readonly lanes: readonly HookLane[];
}

/** One POST and what came of it. */
export interface HookAttempt {
  readonly deliveryId: DeliveryId;
  readonly durationMs: number;
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  /** Why there was no answer; null where there was one. */
  readonly reason: string | null;
  readonly detail: string | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly answerHeaders: Readonly<Record<string, string>> | null;
  readonly answerBody: Uint8Array | null;
}

/** What has become of a lane that was claimed. */
export interface LaneResult {
  readonly callId: CallId;
  readonly fence: number;
  readonly attempts: readonly HookAttempt[];
  /** Deliveries that are settled. */
  readonly settled: readonly { readonly id: DeliveryId; readonly state: 'delivered' | 'failed' }[];
  /** The delivery that was tried and waits now; the lane waits with it. Null where it is free at once. */
  readonly waits: { readonly id: DeliveryId; readonly delayMs: number } | null;
}
