import type {
  DeliveryDetail,
  DeliveryId,
  DeliveryQuery,
  DeliveryRecord,
  HookId,
  HookPatch,
  HookQuery,
  HookRecord,
  HookRegistry,
  NewHook,
  Page,
  RedeliverRange,
} from '#domain';
import { Secret } from '#foundation';
import { pageOf, readRowCursor, rowCursorAfter } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import {
  DELIVERY_COLUMNS,
  deliveryRecordOf,
  loggedAttemptOf,
} from './hook-delivery-rows.ts';
import type { AttemptRow, DeliveryRow } from './hook-delivery-rows.ts';
import { HOOK_COLUMNS, hookRecordOf, openHookSecrets } from './hook-rows.ts';
import type { HookRow, SealedHook } from './hook-rows.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SecretBox } from './secret-box.ts';

/** Attempts of one delivery that are shown. */
const MAX_ATTEMPTS = 100;

/** Two requests at once may both find room for the last one: the bound is against thousands, not against one more. */
const CREATE: Statement = {
  name: 'hook-create',
  text: `
  INSERT INTO hooks (id, app_key, url, description, events, dialect, secret)
  SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM hooks WHERE app_key = $2) < $8
  RETURNING ${HOOK_COLUMNS}`,
};

const FIND: Statement = {
  name: 'hook-find',
  text: `SELECT ${HOOK_COLUMNS} FROM hooks WHERE id = $1`,
};

const LIST: Statement = {
  name: 'hook-list',
  text: `
  SELECT ${HOOK_COLUMNS} FROM hooks WHERE (created_at, id) < ($1::timestamptz, $2)
  ORDER BY created_at DESC, id DESC LIMIT $3`,
};

const LIST_OF_APP: Statement = {
  name: 'hook-list-of-app',
  text: `
  SELECT ${HOOK_COLUMNS} FROM hooks WHERE (created_at, id) < ($1::timestamptz, $2) AND app_key = $4
  ORDER BY created_at DESC, id DESC LIMIT $3`,
};

/** $5 null leaves the switch alone. What is switched on again has not failed yet. */
const UPDATE: Statement = {
  name: 'hook-update',
  text: `
  UPDATE hooks SET
    url = coalesce($2, url),
    description = coalesce($3, description),
    events = coalesce($4, events),
    disabled_at = CASE WHEN $5 THEN NULL WHEN NOT $5 THEN coalesce(disabled_at, clock_timestamp()) ELSE disabled_at END,
    disabled_reason = CASE WHEN $5 THEN NULL WHEN NOT $5 THEN 'operator' ELSE disabled_reason END,
    failing_since = CASE WHEN $5 THEN NULL ELSE failing_since END
  WHERE id = $1 RETURNING ${HOOK_COLUMNS}`,
};

const DELETE: Statement = {
  name: 'hook-delete',
  text: 'DELETE FROM hooks WHERE id = $1 RETURNING id',
};

const SEALED_COLUMNS_OF_HOOK = `
  id, app_key, secret, CASE WHEN previous_until > clock_timestamp() THEN previous_secret END AS previous_secret`;

const FIND_SECRETS: Statement = {
  name: 'hook-find-secrets',
  text: `SELECT ${SEALED_COLUMNS_OF_HOOK} FROM hooks WHERE id = $1`,
};

const LOCK_SECRETS: Statement = {
  name: 'hook-lock-secrets',
  text: `SELECT ${SEALED_COLUMNS_OF_HOOK} FROM hooks WHERE id = $1 FOR UPDATE`,
};

const ROTATE: Statement = {
  name: 'hook-rotate',
  text: `
  UPDATE hooks SET secret = $2, previous_secret = $3, previous_until = clock_timestamp() + $4 * interval '1 s'
  WHERE id = $1 RETURNING previous_until`,
};

/** Without a name: a plan made for all filters at once would be a poor one. */
const listDeliveriesText = (filters: readonly string[]): string => `
  SELECT ${DELIVERY_COLUMNS} FROM hook_deliveries
  WHERE hook_id = $1 AND (created_at, id) < ($2::timestamptz, $3) ${filters.map((text) => `AND ${text}`).join(' ')}
  ORDER BY created_at DESC, id DESC LIMIT $4`;

const FIND_DELIVERY: Statement = {
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

const CALLS_OF_RANGE: Statement = {
  name: 'hook-redeliver-range',
  text: `
  SELECT id, call_id FROM hook_deliveries
  WHERE hook_id = $1 AND created_at >= $2 AND created_at < $3 AND state = ANY($4)
  ORDER BY created_at, id LIMIT $5`,
};

/*
 * Before the deliveries, in the order in which lanes are taken everywhere: whoever settles a lane waits here, and then sees
 * what was put into it.
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

/** Hooks as the API sees them. */
export class PrismaHookRegistry implements HookRegistry {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  async createHook(hook: NewHook, limit: number): Promise<HookRecord | null> {
    const { id, appKey, url, description, events, dialect, secret } = hook;
    const sealed = this.#seal(hook, 'hookSecret', secret);
    const values = [id, appKey, url, description, events, dialect, sealed, limit];
    return await this.#one(CREATE, values);
  }

  async findHook(id: HookId): Promise<HookRecord | null> {
    return await this.#one(FIND, [id]);
  }

  async listHooks({ appKey, cursor, limit }: HookQuery): Promise<Page<HookRecord>> {
    const { createdAt, id } = readRowCursor(cursor, 'hook');
    const values = [createdAt, id, limit + 1];
    const rows = await (appKey === undefined
      ? this.database.query<HookRow>(LIST, values)
      : this.database.query<HookRow>(LIST_OF_APP, [...values, appKey]));
    return pageOf(rows.map(hookRecordOf), limit, rowCursorAfter);
  }

  async updateHook(id: HookId, patch: HookPatch): Promise<HookRecord | null> {
    const { url = null, description = null, events = null, isEnabled = null } = patch;
    return await this.#one(UPDATE, [id, url, description, events, isEnabled]);
  }

  async deleteHook(id: HookId): Promise<boolean> {
    return (await this.database.query(DELETE, [id])).length > 0;
  }

  async rotateSecret(id: HookId, secret: Secret, overlapSeconds: number): Promise<Date | null> {
    return await this.database.transaction(async (session) => {
      const [row] = await session.query<SealedHook>(LOCK_SECRETS, [id]);
      if (row === undefined) return null;
      const [present = secret] = openHookSecrets(this.box, row);
      const place = { id, appKey: row.app_key };
      const [rotated] = await session.query<{ previous_until: Date }>(ROTATE, [
        id,
        this.#seal(place, 'hookSecret', secret),
        this.#seal(place, 'previousHookSecret', present),
        overlapSeconds,
      ]);
      return rotated?.previous_until ?? null;
    });
  }

  async openSecrets(id: HookId): Promise<readonly Secret[] | null> {
    const [row] = await this.database.query<SealedHook>(FIND_SECRETS, [id]);
    return row === undefined ? null : openHookSecrets(this.box, row);
  }

  async listDeliveries(query: DeliveryQuery): Promise<Page<DeliveryRecord>> {
    const { createdAt, id } = readRowCursor(query.cursor, 'dlv');
    const values: unknown[] = [query.hookId, createdAt, id, query.limit + 1];
    const filters: string[] = [];
    const filter = (value: unknown, text: (place: string) => string): void => {
      if (value === undefined) return;
      values.push(value);
      filters.push(text(`$${values.length}`));
    };
    filter(query.states, (place) => `state = ANY(${place})`);
    // By the events of the call, whose index leads to their deliveries.
    filter(query.callId, (place) => `event_id IN (SELECT id FROM events WHERE call_id = ${place})`);
    filter(query.type, (place) => `type = ${place}`);
    filter(query.from, (place) => `created_at >= ${place}`);
    filter(query.to, (place) => `created_at < ${place}`);
    const rows = await this.database.query<DeliveryRow>(
      { text: listDeliveriesText(filters) },
      values,
    );
    return pageOf(rows.map(deliveryRecordOf), query.limit, rowCursorAfter);
  }

  async findDelivery(hookId: HookId, id: DeliveryId): Promise<DeliveryDetail | null> {
    const [row] = await this.database.query<DeliveryRow & { body: Buffer }>(FIND_DELIVERY, [
      hookId,
      id,
    ]);
    if (row === undefined) return null;
    const attempts = await this.database.query<AttemptRow>(ATTEMPTS, [id]);
    return {
      delivery: deliveryRecordOf(row),
      body: row.body,
      attempts: attempts.map(loggedAttemptOf),
    };
  }

  async redeliver(hookId: HookId, id: DeliveryId): Promise<DeliveryRecord | null> {
    return await this.database.transaction(async (session) => {
      const [found] = await session.query<DeliveryRow>(FIND_DELIVERY, [hookId, id]);
      if (found === undefined) return null;
      const [again] = await reopen(session, hookId, [found]);
      return again ?? null;
    });
  }

  async redeliverRange(range: RedeliverRange): Promise<number> {
    const { hookId, from, to, states, limit } = range;
    return await this.database.transaction(async (session) => {
      const found = await session.query<Placed>(CALLS_OF_RANGE, [hookId, from, to, states, limit]);
      return found.length === 0 ? 0 : (await reopen(session, hookId, found)).length;
    });
  }

  #seal(
    { id, appKey }: Pick<NewHook, 'id' | 'appKey'>,
    column: 'hookSecret' | 'previousHookSecret',
    secret: Secret,
  ): Buffer {
    return this.box.seal(secret, { column: SEALED_COLUMNS[column], tenant: appKey, rowId: id });
  }

  async #one(statement: Statement, values: readonly unknown[]): Promise<HookRecord | null> {
    const [row] = await this.database.query<HookRow>(statement, values);
    return row === undefined ? null : hookRecordOf(row);
  }
}

type Placed = Pick<DeliveryRow, 'id' | 'call_id'>;

async function reopen(
  session: Session,
  hookId: HookId,
  deliveries: readonly Placed[],
): Promise<DeliveryRecord[]> {
  await session.query(OPEN_LANES, [hookId, deliveries.map((delivery) => delivery.call_id)]);
  const ids = deliveries.map(({ id }) => id);
  return (await session.query<DeliveryRow>(REOPEN, [hookId, ids])).map(deliveryRecordOf);
}
