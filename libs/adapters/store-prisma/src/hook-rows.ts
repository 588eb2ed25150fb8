import type {
  CallId,
  DeliveryId,
  DueDelivery,
  EventId,
  HookDialect,
  HookDisabledReason,
  HookId,
  HookLane,
  HookRecord,
} from '#domain';
import { Secret } from '#foundation';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SecretBox } from './secret-box.ts';

/** A hook as HOOK_COLUMNS gives it. */
export interface HookRow {
  readonly id: HookId;
  readonly app_key: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly dialect: HookDialect;
  readonly disabled_reason: HookDisabledReason | null;
  readonly disabled_at: Date | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
}

/** What a record is made of, from `hooks`. */
export const HOOK_COLUMNS =
  'id, app_key, url, description, events, dialect, disabled_reason, disabled_at, failing_since, created_at';

/** The record of a row. */
export const hookRecordOf = (row: HookRow): HookRecord => ({
  id: row.id,
  appKey: row.app_key,
  url: row.url,
  description: row.description,
  events: row.events,
  dialect: row.dialect,
  disabled:
    row.disabled_reason === null || row.disabled_at === null
      ? null
      : { reason: row.disabled_reason, at: row.disabled_at },
  failingSince: row.failing_since,
  createdAt: row.created_at,
});

/** The sealed columns of a hook. */
export interface SealedHook {
  readonly id: HookId;
  readonly app_key: string;
  readonly secret: Buffer;
  /** Null where it does not sign any more. */
  readonly previous_secret: Buffer | null;
}

/** Opens the secrets that sign now, the present one first. @throws Fault as SecretBox.open does. */
export function openHookSecrets(box: SecretBox, row: SealedHook): Secret[] {
  const { id: rowId, app_key: tenant, secret, previous_secret: previous } = row;
  const open = (
    sealed: Buffer,
    column: (typeof SEALED_COLUMNS)['hookSecret' | 'previousHookSecret'],
  ) => new Secret(box.open(sealed, { column, tenant, rowId }));
  return [
    open(secret, SEALED_COLUMNS.hookSecret),
    ...(previous === null ? [] : [open(previous, SEALED_COLUMNS.previousHookSecret)]),
  ];
}

/** A delivery of a lane that was leased; nulls where the lane is empty. */
export interface LaneRow {
  readonly call_id: CallId;
  readonly fence: number;
  readonly id: DeliveryId | null;
  readonly event_id: EventId;
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly attempts: number;
}

/** The lanes of rows that stand together. */
export function lanesOf(rows: readonly LaneRow[]): HookLane[] {
  const lanes = new Map<CallId, { fence: number; deliveries: DueDelivery[] }>();
  for (const {
    call_id: callId,
    fence,
    id,
    event_id: eventId,
    path,
    type,
    body,
    attempts,
  } of rows) {
    const lane = lanes.get(callId) ?? { fence, deliveries: [] };
    lanes.set(callId, lane);
    if (id !== null) lane.deliveries.push({ id, eventId, path, type, body, attempts });
  }
  return [...lanes].map(([callId, lane]) => ({ callId, ...lane }));
}
