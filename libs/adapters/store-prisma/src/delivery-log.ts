import { Fault } from '#domain';
import type {
  Actor,
  CallDeliveryQuery,
  DeliveryDetail,
  DeliveryId,
  DeliveryLog,
  DeliveryQuery,
  DeliveryRecord,
  HookId,
  HookRecord,
  Page,
  Redelivered,
  RedeliveryRange,
} from '#domain';
import { writeAudit } from './audit-trail.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import { DELIVERY_COLUMNS, deliveryRecordOf, loggedAttemptOf } from './delivery-rows.ts';
import type { AttemptRow, DeliveryRow } from './delivery-rows.ts';
import { NEWEST_ROW, OLDEST_ROW, readRowCursor, rowCursorAfter } from './row-cursor.ts';

/** Attempts of one delivery that are shown: five runs of ten. */
const MAX_ATTEMPTS = 50;

/** Without a name: a plan made for all filters at once would be a poor one. */
const listText = (filters: readonly string[]): string => `
  SELECT ${DELIVERY_COLUMNS} FROM hook_deliveries
  WHERE hook_id = $1 AND (created_at, id) < ($2::timestamptz, $3) ${filters.map((text) => `AND ${text}`).join(' ')}
  ORDER BY created_at DESC, id DESC LIMIT $4`;

/**
 * $1 call, $2 app, $3 to $5 place, $6 limit. Back through the events of the call, and of each by its key to what every hook
 * was told, until the page is full. An app has few hooks.
 */
const LIST_OF_CALL: Statement = {
  name: 'hook-deliveries-of-call',
  text: `
  SELECT d.* FROM (
    SELECT id, seq FROM events WHERE call_id = $1 AND seq <= $3 ORDER BY seq DESC
  ) e CROSS JOIN LATERAL (
    SELECT ${DELIVERY_COLUMNS.replace(/\w+/g, 'd.$&')}
    FROM hooks h CROSS JOIN LATERAL (
      SELECT * FROM hook_deliveries WHERE hook_id = h.id AND event_id = e.id AND call_id = $1 AND seq = e.seq
    ) d
    WHERE h.app_key = $2 AND h.deleted_at IS NULL AND (d.seq, d.ordinal, d.hook_id) < ($3, $4, $5)
  ) d ORDER BY e.seq DESC, d.ordinal DESC, d.hook_id DESC LIMIT $6`,
};

const FIND: Statement = {
  name: 'hook-delivery-find',
  text: `SELECT ${DELIVERY_COLUMNS}, body FROM hook_deliveries WHERE hook_id = $1 AND id = $2`,
};

const ATTEMPTS: Statement = {
  name: 'hook-delivery-attempts',
  text: `
  SELECT * FROM (
    SELECT id, at, duration_ms, status, reason, detail, request_headers, answer_headers, answer_body
    FROM hook_attempts WHERE delivery_id = $1 ORDER BY id DESC LIMIT ${MAX_ATTEMPTS}
  ) newest ORDER BY id`,
};

const CHOSEN: Statement = {
  name: 'hook-redeliver-chosen',
  text: 'SELECT id, call_id, created_at FROM hook_deliveries WHERE hook_id = $1 AND id = ANY($2)',
};

/** Without a name, as the list. */
const RANGE: Statement = {
  text: `
  SELECT id, call_id, created_at FROM hook_deliveries
  WHERE hook_id = $1 AND created_at >= $2 AND created_at < $3 AND state = ANY($4)
    AND (created_at, id) > ($5::timestamptz, $6)
  ORDER BY created_at, id LIMIT $7`,
};

/*
 * Before the deliveries, in the order in which lanes are taken everywhere: whoever settles a lane waits here, and then
 * sees what was put into it.
 */
const OPEN_LANES: Statement = {
  name: 'hook-redeliver-lanes',
  text: `
  INSERT INTO hook_lanes (hook_id, call_id)
  SELECT DISTINCT $1::text, call_id FROM unnest($2::text[]) AS t(call_id) ORDER BY 2
  ON CONFLICT (hook_id, call_id) DO UPDATE SET next_at = least(hook_lanes.next_at, clock_timestamp())`,
};

const REOPEN: Statement = {
  name: 'hook-redeliver',
  text: `
  UPDATE hook_deliveries SET state = 'pending', attempts = 0, next_at = clock_timestamp(), settled_at = NULL
  WHERE hook_id = $1 AND id = ANY($2) RETURNING ${DELIVERY_COLUMNS}`,
};

type Placed = Pick<DeliveryRow, 'id' | 'call_id' | 'created_at'>;

/** What endpoints were told, as the API sees it. */
export class PrismaDeliveryLog implements DeliveryLog {
  constructor(private readonly database: Database) {}

  async listDeliveries(query: DeliveryQuery): Promise<Page<DeliveryRecord>> {
    const { hookId, states, callId, type, from, to, cursor, limit } = query;
    const place = readRowCursor(cursor, NEWEST_ROW);
    const values: unknown[] = [hookId, place.createdAt, place.id, limit + 1];
    const filters: string[] = [];
    const filter = (value: unknown, text: (parameter: string) => string): void => {
      if (value === undefined) return;
      values.push(value);
      filters.push(text(`$${values.length}`));
    };
    filter(states, (parameter) => `state = ANY(${parameter}::text[])`);
    // By the events of the call, whose index leads to their deliveries.
    filter(
      callId,
      (parameter) => `event_id IN (SELECT id FROM events WHERE call_id = ${parameter})`,
    );
    filter(type, (parameter) => `type = ${parameter}`);
    filter(from, (parameter) => `created_at >= ${parameter}`);
    filter(to, (parameter) => `created_at < ${parameter}`);
    const rows = await this.database.query<DeliveryRow>({ text: listText(filters) }, values);
    return pageOf(rows.map(deliveryRecordOf), limit, rowCursorAfter);
  }

  async listDeliveriesOfCall(query: CallDeliveryQuery): Promise<Page<DeliveryRecord>> {
    const { callId, appKey, cursor, limit } = query;
    const values = [callId, appKey, ...readCallPlace(cursor), limit + 1];
    const rows = await this.database.query<DeliveryRow>(LIST_OF_CALL, values);
    return pageOf(rows.map(deliveryRecordOf), limit, callPlaceAfter);
  }

  async findDelivery(hookId: HookId, id: DeliveryId): Promise<DeliveryDetail | null> {
    const found = await this.database.query<DeliveryRow & { body: Buffer }>(FIND, [hookId, id]);
    const [row] = found;
    if (row === undefined) return null;
    const log = await this.database.query<AttemptRow>(ATTEMPTS, [id]);
    return { delivery: deliveryRecordOf(row), body: row.body, log: log.map(loggedAttemptOf) };
  }

  async redeliver(
    { id: hookId, appKey }: HookRecord,
    ids: readonly DeliveryId[],
    actor: Actor,
  ): Promise<readonly DeliveryRecord[]> {
    return await this.database.transaction(async (session) => {
      const found = await session.query<Placed>(CHOSEN, [hookId, ids]);
      const again = await reopen(session, hookId, found);
      const after = { deliveries: again.map(({ id }) => id) };
      await writeAudit(session, { ...audited(actor), appKey, object: hookId, after });
      return again;
    });
  }

  async redeliverRange(
    { id: hookId, appKey }: HookRecord,
    { from, to, states, cursor, limit }: RedeliveryRange,
    actor: Actor,
  ): Promise<Redelivered> {
    const place = readRowCursor(cursor, OLDEST_ROW);
    const values = [hookId, from, to, states, place.createdAt, place.id, limit + 1];
    return await this.database.transaction(async (session) => {
      const rows = await session.query<Placed>(RANGE, values);
      const { items, nextCursor } = pageOf(rows, limit, (last) =>
        rowCursorAfter({ createdAt: last.created_at, id: last.id }),
      );
      const count = (await reopen(session, hookId, items)).length;
      const after = { from, to, states, cursor: cursor ?? null, count };
      await writeAudit(session, { ...audited(actor), appKey, object: hookId, after });
      return { count, nextCursor };
    });
  }
}

/** Behind the newest event that a call can have. */
const NEWEST_OF_CALL = [2 ** 31 - 1, 0, ''] as const;

const callPlaceAfter = ({ seq, ordinal, hookId }: DeliveryRecord): string =>
  `${seq}-${ordinal}-${hookId}`;

/** @throws Fault REQUEST_INVALID when the cursor is not one of ours. */
function readCallPlace(cursor: string | undefined): readonly [number, number, string] {
  if (cursor === undefined) return NEWEST_OF_CALL;
  const [, seq, ordinal, hookId] = /^(\d{1,9})-(\d{1,9})-(hook_[0-9a-z]{26})$/.exec(cursor) ?? [];
  if (seq === undefined || ordinal === undefined || hookId === undefined) {
    throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
  }
  return [Number(seq), Number(ordinal), hookId];
}

const audited = (actor: Actor) => ({ actor, action: 'hook.redelivered', before: null });

async function reopen(
  session: Session,
  hookId: HookId,
  deliveries: readonly Placed[],
): Promise<DeliveryRecord[]> {
  if (deliveries.length === 0) return [];
  await session.query(OPEN_LANES, [hookId, deliveries.map((delivery) => delivery.call_id)]);
  const ids = deliveries.map(({ id }) => id);
  return (await session.query<DeliveryRow>(REOPEN, [hookId, ids])).map(deliveryRecordOf);
}
