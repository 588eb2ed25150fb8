import type {
  CallId,
  DeliveryId,
  DeliveryRecord,
  DeliveryState,
  EventId,
  HookId,
  LoggedAttempt,
} from '#domain';

/** A delivery as DELIVERY_COLUMNS gives it. */
export interface DeliveryRow {
  readonly id: DeliveryId;
  readonly hook_id: HookId;
  readonly call_id: CallId;
  readonly event_id: EventId;
  readonly seq: number;
  readonly ordinal: number;
  readonly path: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_at: Date | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
}

/** What a record is made of, from `hook_deliveries`. */
export const DELIVERY_COLUMNS =
  'id, hook_id, call_id, event_id, seq, ordinal, path, type, state, attempts, next_at, created_at, settled_at';

/** The record of a row. */
export const deliveryRecordOf = (row: DeliveryRow): DeliveryRecord => ({
  id: row.id,
  hookId: row.hook_id,
  callId: row.call_id,
  eventId: row.event_id,
  seq: row.seq,
  ordinal: row.ordinal,
  path: row.path,
  type: row.type,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.state === 'pending' ? row.next_at : null,
  createdAt: row.created_at,
  settledAt: row.settled_at,
});

/** A row of `hook_attempts`. */
export interface AttemptRow {
  readonly at: Date;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly request_headers: Readonly<Record<string, string>>;
  readonly answer_headers: Readonly<Record<string, string>> | null;
  readonly answer_body: Buffer | null;
}

/** The record of a row. */
export const loggedAttemptOf = (row: AttemptRow): LoggedAttempt => ({
  at: row.at,
  durationMs: row.duration_ms,
  status: row.status,
  reason: row.reason,
  detail: row.detail,
  requestHeaders: row.request_headers,
  answerHeaders: row.answer_headers,
  answerBody: row.answer_body,
});
