import type { CallRecord, EventRecord } from '../calls/call-records.ts';
import type { HookId } from '../ids.ts';
import type { ClaimedLanes, HookRecord, LaneResult, NewDelivery } from './hook-records.ts';

/** Which requests tell a hook of an event. Pure: it runs within a transaction. */
export type DeliveryPlan = (
  event: EventRecord,
  hook: HookRecord,
  /** Only for hooks of the dialect `wcs`, which tell of the whole call. */
  call: CallRecord | null,
) => readonly NewDelivery[];

/** What the other hooks of an app are told, in the dialect `standard`, when one was switched off. Pure. */
export type DisabledNotice = (
  event: Pick<EventRecord, 'id' | 'at'>,
  disabled: { readonly hookId: HookId; readonly reason: 'gone' | 'failing' },
) => NewDelivery;

/** What was read of the outbox. */
export interface RelayOutcome {
  readonly events: number;
  readonly deliveries: number;
  /** Whether there may be more to read. */
  readonly hasMore: boolean;
}

/** How many lanes are claimed at once, and how much of each. */
export interface LaneBounds {
  readonly lanes: number;
  readonly perLane: number;
  /** Lanes of the hook that may be in work at the same time, at all workers together. */
  readonly inWork: number;
}

/** What waits, for the metrics. */
export interface HookBacklog {
  readonly pending: number;
  /** Age of the oldest that is due, in milliseconds. */
  readonly oldestDueMs: number;
}

/** What the workers that deliver hooks read and write. */
export interface HookStore {
  /**
   * Reads the next events of the outbox, in its order, and stores the deliveries they ask for, all in one transaction.
   * Somebody else may just be doing it: then nothing is done.
   * @param limit Events at most; fewer are read where many endpoints are told of them.
   * @returns What was read; null where somebody else is at it.
   */
  relay(limit: number, plan: DeliveryPlan): Promise<RelayOutcome | null>;
  /** Enabled hooks that have a lane which is due and in nobody's work. */
  dueHooks(limit: number): Promise<readonly HookId[]>;
  /** Leases lanes of a hook that are due, the longest due first; null where there is none, or the hook is disabled. */
  claimLanes(id: HookId, bounds: LaneBounds): Promise<ClaimedLanes | null>;
  /**
   * Writes what has become of lanes, and lets them go. Results of a lease that is another's by now are logged as attempts
   * and change nothing else.
   */
  settleLanes(id: HookId, results: readonly LaneResult[]): Promise<void>;
  /** Notes that a hook works, or fails. @returns Since when it has done nothing but fail; null while it works. */
  noteHealth(id: HookId, isWorking: boolean): Promise<Date | null>;
  /**
   * Switches a hook off, and has the others of its app told of it that take HOOK_DISABLED, in one transaction.
   * @returns false where it was off.
   */
  disableHook(id: HookId, reason: 'gone' | 'failing', notice: DisabledNotice): Promise<boolean>;
  /** Forgets what was settled longer ago, and hooks that were deleted, in batches. @returns How many deliveries. */
  forgetSettled(olderThanDays: number): Promise<number>;
  backlog(): Promise<HookBacklog>;
}
