import type { Secret } from '#foundation';
import type { Page } from '../calls/call-store.ts';
import type { CallId, DeliveryId, HookId } from '../ids.ts';
import type { DeliveryRecord, DeliveryState, HookDialect, HookRecord } from './hook-records.ts';

/** A hook to be stored. */
export interface NewHook {
  readonly id: HookId;
  readonly appKey: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly dialect: HookDialect;
  readonly secret: Secret;
}

/** What changes in a hook. */
export interface HookPatch {
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly string[];
  /** False switches it off by the operator's will; true switches it on, whatever it was off for. */
  readonly isEnabled?: boolean;
}

/** Which hooks. Newest first. */
export interface HookQuery {
  /** Default: of all apps. */
  readonly appKey?: string;
  /** As given by the page before. */
  readonly cursor?: string;
  readonly limit: number;
}

/** Which deliveries of a hook. Newest first. */
export interface DeliveryQuery {
  readonly hookId: HookId;
  readonly states?: readonly DeliveryState[];
  readonly callId?: CallId;
  /** Of the event. */
  readonly type?: string;
  /** When it was made: not before. */
  readonly from?: Date;
  /** When it was made: before. */
  readonly to?: Date;
  /** As given by the page before. */
  readonly cursor?: string;
  readonly limit: number;
}

/** One POST and what came of it, as it was logged. */
export interface LoggedAttempt {
  readonly at: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly answerHeaders: Readonly<Record<string, string>> | null;
  readonly answerBody: Uint8Array | null;
}

/** A delivery with all that is known of it. */
export interface DeliveryDetail {
  readonly delivery: DeliveryRecord;
  /** What is sent, byte by byte. */
  readonly body: Uint8Array;
  /** Oldest first; the newest 100. */
  readonly attempts: readonly LoggedAttempt[];
}

/** Deliveries that are to be sent again: made from `from` on and before `to`. */
export interface RedeliverRange {
  readonly hookId: HookId;
  readonly from: Date;
  readonly to: Date;
  /** Those that wait are never among them. */
  readonly states: readonly Exclude<DeliveryState, 'pending'>[];
  /** The oldest so many. */
  readonly limit: number;
}

/** Hooks as the API sees them. */
export interface HookRegistry {
  /** @returns Null when the app has `limit` hooks already. */
  createHook(hook: NewHook, limit: number): Promise<HookRecord | null>;
  findHook(id: HookId): Promise<HookRecord | null>;
  /** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  listHooks(query: HookQuery): Promise<Page<HookRecord>>;
  updateHook(id: HookId, patch: HookPatch): Promise<HookRecord | null>;
  /** With its deliveries. @returns false when there was none. */
  deleteHook(id: HookId): Promise<boolean>;
  /**
   * Signs with another secret from now on, and with the one before it as well for a while.
   * @returns Until when the one before signs too; null when there is no such hook.
   */
  rotateSecret(id: HookId, secret: Secret, overlapSeconds: number): Promise<Date | null>;
  /** The secrets that sign now, the present one first; null when there is no such hook. */
  openSecrets(id: HookId): Promise<readonly Secret[] | null>;
  /** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  listDeliveries(query: DeliveryQuery): Promise<Page<DeliveryRecord>>;
  findDelivery(hookId: HookId, id: DeliveryId): Promise<DeliveryDetail | null>;
  /** Sends a delivery again, from its first attempt on, in its place among those of its call. Null when there is none. */
  redeliver(hookId: HookId, id: DeliveryId): Promise<DeliveryRecord | null>;
  /** The same for many. @returns How many. */
  redeliverRange(range: RedeliverRange): Promise<number>;
}
