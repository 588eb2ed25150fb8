import type { Actor } from '../apps/app-records.ts';
import type { PageQuery } from '../apps/app-store.ts';
import type { Page } from '../calls/page.ts';
import type { CallId, DeliveryId, HookId } from '../ids.ts';
import type { DeliveryRecord, DeliveryState, HookAttempt, HookRecord } from './hook-records.ts';

/** Which deliveries of a hook. Newest first. */
export interface DeliveryQuery extends PageQuery {
  readonly hookId: HookId;
  readonly states?: readonly DeliveryState[];
  readonly callId?: CallId;
  /** Of the event. */
  readonly type?: string;
  /** When it was made: not before. */
  readonly from?: Date;
  /** When it was made: before. */
  readonly to?: Date;
}

/** What the hooks of an app were told of one of its calls. Newest first. */
export interface CallDeliveryQuery extends PageQuery {
  readonly appKey: string;
  readonly callId: CallId;
}

/** One POST and what came of it, as it was logged. */
export interface LoggedAttempt extends Omit<HookAttempt, 'deliveryId'> {
  readonly at: Date;
}

/** A delivery with all that is known of it. */
export interface DeliveryDetail {
  readonly delivery: DeliveryRecord;
  /** What is sent, byte by byte. */
  readonly body: Uint8Array;
  /** Oldest first; the newest 50. */
  readonly log: readonly LoggedAttempt[];
}

/** Deliveries that are to be sent again, oldest first: made from `from` on and before `to`. */
export interface RedeliveryRange extends PageQuery {
  readonly from: Date;
  readonly to: Date;
  readonly states: readonly DeliveryState[];
}

/** What is sent again. */
export interface Redelivered {
  readonly count: number;
  /** Where the range goes on; null where it is done. */
  readonly nextCursor: string | null;
}

/** What endpoints were told, as the API sees it. */
export interface DeliveryLog {
  /** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  listDeliveries(query: DeliveryQuery): Promise<Page<DeliveryRecord>>;
  /** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  listDeliveriesOfCall(query: CallDeliveryQuery): Promise<Page<DeliveryRecord>>;
  findDelivery(hookId: HookId, id: DeliveryId): Promise<DeliveryDetail | null>;
  /**
   * Sends deliveries again, byte by byte, from their first attempts on, in their places among those of their calls. It
   * leaves a line in the audit trail.
   * @returns Those that there are.
   */
  redeliver(
    hook: HookRecord,
    ids: readonly DeliveryId[],
    actor: Actor,
  ): Promise<readonly DeliveryRecord[]>;
  /** The same for a page of a range. @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
  redeliverRange(hook: HookRecord, range: RedeliveryRange, actor: Actor): Promise<Redelivered>;
}
