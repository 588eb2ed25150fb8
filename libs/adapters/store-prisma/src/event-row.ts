import type { CallEventType, CallId, EventId, EventRecord } from '#domain';

/** An event as EVENT_COLUMNS gives it; numbers of 64 bits are texts. */
export interface EventRow {
  readonly id: EventId;
  readonly call_id: CallId;
  readonly app_key: string;
  readonly seq: number;
  readonly epoch: number;
  readonly type: CallEventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
  readonly xid: string;
  readonly position: string;
}

/** What a record is made of, from `events`. */
export const EVENT_COLUMNS =
  'id, call_id, app_key, seq, epoch, type, data, at, xid::text, position::text';

/** The record of a row. */
export const eventRecordOf = (row: EventRow): EventRecord => ({
  id: row.id,
  cursor: `${row.xid}-${row.position}`,
  callId: row.call_id,
  appKey: row.app_key,
  seq: row.seq,
  epoch: row.epoch,
  type: row.type,
  data: row.data,
  at: row.at,
});
