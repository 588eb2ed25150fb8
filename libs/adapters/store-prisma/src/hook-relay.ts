import { takesEvent } from '#domain';
import type {
  CallId,
  CallRecord,
  DeliveryPlan,
  EventRecord,
  HookRecord,
  IdFactory,
  RelayOutcome,
} from '#domain';
import type { Database, Session, Statement } from './database.ts';
import { EVENT_COLUMNS, eventRecordOf } from './event-row.ts';
import type { EventRow } from './event-row.ts';
import { HOOK_COLUMNS, hookRecordOf } from './hook-rows.ts';
import type { HookRow } from './hook-rows.ts';
import { readCall } from './locked-call.ts';
import { storeDeliveries } from './new-deliveries.ts';
import type { PlannedDelivery } from './new-deliveries.ts';

/** Deliveries that one transaction stores: it goes no further than the event that reaches them. */
const MAX_DELIVERIES = 5_000;

/** Whoever holds the row reads; others do something else meanwhile. */
const TAKE_PLACE: Statement = {
  name: 'hook-relay-take',
  text: 'SELECT xid::text, position::text FROM hook_relay WHERE id = 1 FOR UPDATE SKIP LOCKED',
};

/** In the order of the feed, and no further than the oldest transaction that is still open: nothing is passed by. */
const READ: Statement = {
  name: 'hook-relay-read',
  text: `
  SELECT ${EVENT_COLUMNS} FROM events
  WHERE (xid, position) > ($1::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY events.xid, events.position LIMIT $3`,
};

const HOOKS_OF: Statement = {
  name: 'hook-relay-hooks',
  text: `SELECT ${HOOK_COLUMNS} FROM hooks WHERE app_key = ANY($1) AND disabled_reason IS NULL ORDER BY id`,
};

const LEAVE_PLACE: Statement = {
  name: 'hook-relay-leave',
  text: 'UPDATE hook_relay SET xid = $1::xid8, position = $2::bigint WHERE id = 1',
};

/** Reads the outbox for hooks: one reader at a time, its place in the store. */
export class HookRelayReader {
  constructor(
    private readonly database: Database,
    private readonly ids: IdFactory,
  ) {}

  async relay(limit: number, plan: DeliveryPlan): Promise<RelayOutcome | null> {
    return await this.database.transaction(async (session) => {
      const [place] = await session.query<{ xid: string; position: string }>(TAKE_PLACE, []);
      if (place === undefined) return null;
      const rows = await session.query<EventRow>(READ, [place.xid, place.position, limit]);
      const { planned, events } = await this.#planned(session, rows.map(eventRecordOf), plan);
      const last = rows[events - 1];
      if (last === undefined) return { events: 0, deliveries: 0, hasMore: false };
      await storeDeliveries(session, this.ids, planned);
      await session.query(LEAVE_PLACE, [last.xid, last.position]);
      const hasMore = events < rows.length || rows.length === limit;
      return { events, deliveries: planned.length, hasMore };
    });
  }

  async #planned(
    session: Session,
    events: readonly EventRecord[],
    plan: DeliveryPlan,
  ): Promise<{ readonly planned: readonly PlannedDelivery[]; readonly events: number }> {
    const apps = [...new Set(events.map(({ appKey }) => appKey))];
    const hooks = (await session.query<HookRow>(HOOKS_OF, [apps])).map(hookRecordOf);
    const planned: PlannedDelivery[] = [];
    const calls = new Map<CallId, CallRecord | null>();
    let count = 0;
    for (const event of events) {
      if (planned.length >= MAX_DELIVERIES) break;
      count += 1;
      for (const hook of hooks) {
        if (!isMeant(hook, event)) continue;
        const call = hook.dialect === 'wcs' ? await callOf(session, event.callId, calls) : null;
        planned.push(
          ...plan(event, hook, call).map((one, ordinal) => ({ ...one, hook, event, ordinal })),
        );
      }
    }
    return { planned, events: count };
  }
}

/** An endpoint hears of what has happened since it is there. */
const isMeant = (hook: HookRecord, event: EventRecord): boolean =>
  hook.appKey === event.appKey &&
  event.at.getTime() >= hook.createdAt.getTime() &&
  takesEvent(hook.events, event.type);

async function callOf(
  session: Session,
  id: CallId,
  known: Map<CallId, CallRecord | null>,
): Promise<CallRecord | null> {
  const call = known.get(id) ?? (await readCall(session, id));
  known.set(id, call);
  return call;
}
