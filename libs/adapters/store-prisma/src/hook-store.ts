import { HOOK_DISABLED, NO_CALL, takesEvent } from '#domain';
import type {
  ClaimedLanes,
  DeliveryPlan,
  DisabledNotice,
  HookAttempt,
  HookBacklog,
  HookId,
  HookStore,
  IdFactory,
  LaneBounds,
  LaneResult,
  RelayOutcome,
} from '#domain';
import type { Database, Statement } from './database.ts';
import { HookRelayReader } from './hook-relay.ts';
import { HOOK_COLUMNS, hookRecordOf, lanesOf, openHookSecrets } from './hook-rows.ts';
import type { HookRow, LaneRow, SealedHook } from './hook-rows.ts';
import { storeDeliveries } from './new-deliveries.ts';
import type { SecretBox } from './secret-box.ts';

/** Longer than the deadline of a lane's last delivery and its time-out together. */
const LEASE_S = 25;

const DUE_HOOKS: Statement = {
  name: 'hooks-due',
  text: `
  SELECT h.id FROM hooks h CROSS JOIN LATERAL (
    SELECT 1 FROM hook_lanes l
    WHERE l.hook_id = h.id AND l.next_at <= clock_timestamp()
      AND (l.lease_until IS NULL OR l.lease_until <= clock_timestamp())
    ORDER BY l.next_at LIMIT 1
  ) due WHERE h.disabled_reason IS NULL LIMIT $1`,
};

const FIND_SEALED: Statement = {
  name: 'hook-sealed',
  text: `
  SELECT ${HOOK_COLUMNS}, secret,
    CASE WHEN previous_until > clock_timestamp() THEN previous_secret END AS previous_secret
  FROM hooks WHERE id = $1 AND disabled_reason IS NULL`,
};

/** $1 hook, $2 lanes, $3 deliveries of each, $4 lanes that may be in work at once. */
const CLAIM: Statement = {
  name: 'hook-lanes-claim',
  text: `
  WITH due AS (
    SELECT call_id FROM hook_lanes
    WHERE hook_id = $1 AND next_at <= clock_timestamp()
      AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    ORDER BY next_at LIMIT greatest(0, least($2, $4 - (
      SELECT count(*) FROM hook_lanes WHERE hook_id = $1 AND lease_until > clock_timestamp()
    )))
    FOR UPDATE SKIP LOCKED
  ), leased AS (
    UPDATE hook_lanes l SET lease_until = clock_timestamp() + ${LEASE_S} * interval '1 s', fence = fence + 1
    FROM due WHERE l.hook_id = $1 AND l.call_id = due.call_id RETURNING l.call_id, l.fence
  )
  SELECT leased.call_id, leased.fence, d.id, d.event_id, d.path, d.type, d.body, d.attempts
  FROM leased LEFT JOIN LATERAL (
    SELECT * FROM hook_deliveries
    WHERE hook_id = $1 AND call_id = leased.call_id AND state = 'pending'
    ORDER BY seq, ordinal LIMIT $3
  ) d ON true`,
};

/** Lanes that are still ours, and not settled yet, locked: what is written into them meanwhile is seen by the next statement. */
const LOCK_LANES: Statement = {
  name: 'hook-lanes-lock',
  text: `
  SELECT l.call_id FROM hook_lanes l JOIN unnest($2::text[], $3::int[]) AS r(call_id, fence)
    ON l.hook_id = $1 AND l.call_id = r.call_id AND l.fence = r.fence AND l.lease_until IS NOT NULL
  ORDER BY l.call_id FOR UPDATE OF l`,
};

const LOG_ATTEMPTS = `
  INSERT INTO hook_attempts
    (delivery_id, duration_ms, status, reason, detail, request_headers, answer_headers, answer_body)
  SELECT a.* FROM unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[], $9::bytea[])
    AS a(delivery_id, duration_ms, status, reason, detail, request_headers, answer_headers, answer_body)
  WHERE EXISTS (SELECT 1 FROM hook_deliveries d WHERE d.id = a.delivery_id AND d.hook_id = $1)`;

/*
 * $10 deliveries that were tried, $11 how often, $12 their state, $13 milliseconds until the next attempt;
 * $14 lanes that are still ours. A lane is kept while anything waits in it that is not settled here.
 */
const SETTLE: Statement = {
  name: 'hook-lanes-settle',
  text: `
  WITH logged AS (${LOG_ATTEMPTS}), tried AS (
    SELECT d.id, d.call_id, r.state, r.delay_ms FROM hook_deliveries d
    JOIN unnest($10::text[], $12::text[], $13::float8[]) AS r(id, state, delay_ms) ON d.id = r.id
    WHERE d.hook_id = $1 AND d.call_id = ANY($14)
  ), settled AS (
    UPDATE hook_deliveries d SET
      state = tried.state,
      attempts = d.attempts + r.count,
      next_at = clock_timestamp() + tried.delay_ms * interval '1 ms',
      settled_at = CASE WHEN tried.state = 'pending' THEN NULL ELSE clock_timestamp() END
    FROM tried JOIN unnest($10::text[], $11::int[]) AS r(id, count) ON r.id = tried.id
    WHERE d.id = tried.id AND d.state = 'pending'
  ), left_over AS (
    SELECT l.call_id, (SELECT t.delay_ms FROM tried t WHERE t.call_id = l.call_id AND t.state = 'pending') AS delay_ms,
      EXISTS (
        SELECT 1 FROM hook_deliveries d
        WHERE d.hook_id = $1 AND d.call_id = l.call_id AND d.state = 'pending'
          AND NOT EXISTS (SELECT 1 FROM tried t WHERE t.id = d.id AND t.state <> 'pending')
      ) AS has_more
    FROM unnest($14::text[]) AS l(call_id)
  ), freed AS (
    UPDATE hook_lanes l SET
      lease_until = NULL,
      next_at = clock_timestamp() + coalesce(o.delay_ms, 0) * interval '1 ms'
    FROM left_over o WHERE l.hook_id = $1 AND l.call_id = o.call_id AND o.has_more
  )
  DELETE FROM hook_lanes l USING left_over o
  WHERE l.hook_id = $1 AND l.call_id = o.call_id AND NOT o.has_more`,
};

const NOTE_WORKING: Statement = {
  name: 'hook-working',
  text: 'UPDATE hooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL',
};

const NOTE_FAILING: Statement = {
  name: 'hook-failing',
  text: `
  UPDATE hooks SET failing_since = coalesce(failing_since, clock_timestamp()) WHERE id = $1 RETURNING failing_since`,
};

const DISABLE: Statement = {
  name: 'hook-disable',
  text: `
  UPDATE hooks SET disabled_reason = $2, disabled_at = clock_timestamp()
  WHERE id = $1 AND disabled_reason IS NULL RETURNING app_key, disabled_at`,
};

const OTHERS: Statement = {
  name: 'hooks-to-be-noticed',
  text: `
  SELECT ${HOOK_COLUMNS} FROM hooks
  WHERE app_key = $1 AND disabled_reason IS NULL AND dialect = 'standard' ORDER BY id`,
};

/** By where the rows lie: one that is sent again meanwhile lies elsewhere by then, and stays. */
const FORGET: Statement = {
  name: 'hook-deliveries-forget',
  text: `
  DELETE FROM hook_deliveries WHERE ctid = ANY(ARRAY(
    (SELECT ctid FROM hook_deliveries WHERE settled_at < clock_timestamp() - $1 * interval '1 day'
    ORDER BY settled_at LIMIT 5000)
    UNION ALL
    (SELECT d.ctid FROM hooks h CROSS JOIN LATERAL (
      SELECT ctid FROM hook_deliveries WHERE hook_id = h.id ORDER BY created_at DESC LIMIT 5000
    ) d WHERE h.deleted_at IS NOT NULL LIMIT 5000)
  )) RETURNING 1 AS one`,
};

/** After a minute nobody has one in hand that was read before it was deleted. */
const FORGET_DELETED: Statement = {
  name: 'hooks-forget-deleted',
  text: `
  DELETE FROM hooks h WHERE h.deleted_at < clock_timestamp() - interval '1 min'
    AND NOT EXISTS (SELECT 1 FROM hook_deliveries d WHERE d.hook_id = h.id)`,
};

const BACKLOG: Statement = {
  name: 'hook-backlog',
  text: `
  SELECT (SELECT count(*) FROM hook_deliveries WHERE state = 'pending')::int AS pending,
    coalesce(1000 * extract(epoch FROM clock_timestamp() - (
      SELECT min(l.next_at) FROM hooks h CROSS JOIN LATERAL (
        SELECT next_at FROM hook_lanes WHERE hook_id = h.id ORDER BY next_at LIMIT 1
      ) l WHERE h.disabled_reason IS NULL
    )), 0)::float8 AS age`,
};

/** What the joined parts are. */
interface HookStoreParts {
  readonly database: Database;
  readonly box: SecretBox;
  readonly ids: IdFactory;
}

/** Hooks as the workers that deliver them see them. */
export class PrismaHookStore implements HookStore {
  readonly #parts: HookStoreParts;
  readonly #reader: HookRelayReader;

  constructor(parts: HookStoreParts) {
    this.#parts = parts;
    this.#reader = new HookRelayReader(parts.database, parts.ids);
  }

  async relay(limit: number, plan: DeliveryPlan): Promise<RelayOutcome | null> {
    return await this.#reader.relay(limit, plan);
  }

  async dueHooks(limit: number): Promise<readonly HookId[]> {
    const rows = await this.#parts.database.query<{ id: HookId }>(DUE_HOOKS, [limit]);
    return rows.map(({ id }) => id);
  }

  async claimLanes(id: HookId, bounds: LaneBounds): Promise<ClaimedLanes | null> {
    const { database, box } = this.#parts;
    const [row] = await database.query<HookRow & SealedHook>(FIND_SEALED, [id]);
    if (row === undefined) return null;
    const values = [id, bounds.lanes, bounds.perLane, bounds.inWork];
    const lanes = lanesOf(await database.query<LaneRow>(CLAIM, values));
    if (lanes.length === 0) return null;
    return { hook: hookRecordOf(row), secrets: openHookSecrets(box, row), lanes };
  }

  async settleLanes(id: HookId, results: readonly LaneResult[]): Promise<void> {
    const calls = results.map(({ callId }) => callId);
    const fences = results.map(({ fence }) => fence);
    await this.#parts.database.transaction(async (session) => {
      const locked = await session.query<{ call_id: string }>(LOCK_LANES, [id, calls, fences]);
      const ours = locked.map((row) => row.call_id);
      const attempts = results.flatMap((result) => result.attempts);
      await session.query(SETTLE, [
        id,
        ...attemptColumns(attempts),
        ...triedColumns(results),
        ours,
      ]);
    });
  }

  async noteHealth(id: HookId, isWorking: boolean): Promise<Date | null> {
    const { database } = this.#parts;
    const statement = isWorking ? NOTE_WORKING : NOTE_FAILING;
    const [row] = await database.query<{ failing_since: Date }>(statement, [id]);
    return row?.failing_since ?? null;
  }

  async disableHook(
    id: HookId,
    reason: 'gone' | 'failing',
    notice: DisabledNotice,
  ): Promise<boolean> {
    const { database, ids } = this.#parts;
    return await database.transaction(async (session) => {
      const [off] = await session.query<{ app_key: string; disabled_at: Date }>(DISABLE, [
        id,
        reason,
      ]);
      if (off === undefined) return false;
      const event = { id: ids.eventId(), callId: NO_CALL, seq: 1, type: HOOK_DISABLED };
      const told = notice({ id: event.id, at: off.disabled_at }, { hookId: id, reason });
      const others = await session.query<HookRow>(OTHERS, [off.app_key]);
      const hooks = others.map(hookRecordOf).filter(({ events }) => takesEvent(events, event.type));
      const planned = hooks.map((hook) => ({ ...told, hook, event, ordinal: 0 }));
      await storeDeliveries(session, ids, planned);
      return true;
    });
  }

  async forgetSettled(olderThanDays: number): Promise<number> {
    const forgotten = await this.#parts.database.query(FORGET, [olderThanDays]);
    await this.#parts.database.query(FORGET_DELETED, []);
    return forgotten.length;
  }

  async backlog(): Promise<HookBacklog> {
    const [row] = await this.#parts.database.query<{ pending: number; age: number }>(BACKLOG, []);
    return { pending: row?.pending ?? 0, oldestDueMs: Math.max(0, row?.age ?? 0) };
  }
}

const bytesOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One list for each column, for `unnest`. */
const attemptColumns = (attempts: readonly HookAttempt[]): unknown[] => [
  attempts.map(({ deliveryId }) => deliveryId),
  attempts.map(({ durationMs }) => Math.round(durationMs)),
  attempts.map(({ status }) => status),
  attempts.map(({ reason }) => reason),
  attempts.map(({ detail }) => detail),
  attempts.map(({ requestHeaders }) => JSON.stringify(requestHeaders)),
  attempts.map(({ answerHeaders: headers }) => (headers === null ? null : JSON.stringify(headers))),
  attempts.map(({ answerBody }) => bytesOf(answerBody)),
];

/** What has become of each delivery that was tried: the count of its attempts, its state, its wait. */
function triedColumns(results: readonly LaneResult[]): unknown[] {
  const tried = results.flatMap(({ attempts, settled, waits }) => [
    ...settled.map((one) => ({ ...one, delayMs: null, attempts })),
    ...(waits === null ? [] : [{ ...waits, state: 'pending', attempts }]),
  ]);
  const countOf = (id: string, attempts: readonly HookAttempt[]): number =>
    attempts.filter(({ deliveryId }) => deliveryId === id).length;
  return [
    tried.map(({ id }) => id),
    tried.map(({ id, attempts }) => countOf(id, attempts)),
    tried.map(({ state }) => state),
    tried.map(({ delayMs }) => delayMs),
  ];
}
