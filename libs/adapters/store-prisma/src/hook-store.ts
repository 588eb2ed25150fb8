import { HOOK_DISABLED, NO_CALL, takesEvent } from '#domain';
import type {
  ClaimedLanes,
  DeliveryPlan,
  DisabledNotice,
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
import { writeResults } from './hook-results.ts';
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

/** After a minute nobody has anything of a hook in hand that was read before it was deleted. */
const IS_GONE = "h.deleted_at < clock_timestamp() - interval '1 min'";

/** Where rows of hooks lie that were deleted. */
const rowsOfGone = (table: string, order: string): string => `
  SELECT d.ctid FROM hooks h CROSS JOIN LATERAL (
    SELECT ctid FROM ${table} WHERE hook_id = h.id ORDER BY ${order} LIMIT 5000
  ) d WHERE ${IS_GONE} LIMIT 5000`;

/** With their attempts. By where the rows lie: one that is sent again meanwhile lies elsewhere by then, and stays. */
const FORGET: Statement = {
  name: 'hook-deliveries-forget',
  text: `
  WITH forgotten AS (
    DELETE FROM hook_deliveries WHERE ctid = ANY(ARRAY(
      (SELECT ctid FROM hook_deliveries WHERE settled_at < clock_timestamp() - $1 * interval '1 day'
      ORDER BY settled_at LIMIT 5000)
      UNION ALL (${rowsOfGone('hook_deliveries', 'created_at DESC')})
    )) RETURNING id
  ), attempts AS (
    DELETE FROM hook_attempts WHERE delivery_id = ANY(ARRAY(SELECT id FROM forgotten))
  ), lanes AS (
    DELETE FROM hook_lanes WHERE ctid = ANY(ARRAY(${rowsOfGone('hook_lanes', 'next_at')}))
  )
  SELECT 1 AS one FROM forgotten`,
};

const FORGET_DELETED: Statement = {
  name: 'hooks-forget-deleted',
  text: `
  DELETE FROM hooks h WHERE ${IS_GONE}
    AND NOT EXISTS (SELECT 1 FROM hook_deliveries d WHERE d.hook_id = h.id)
    AND NOT EXISTS (SELECT 1 FROM hook_lanes l WHERE l.hook_id = h.id)`,
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
    await this.#parts.database.transaction((session) => writeResults(session, id, results));
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
