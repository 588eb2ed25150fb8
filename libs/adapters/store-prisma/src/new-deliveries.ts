import type { EventRecord, HookRecord, IdFactory, NewDelivery } from '#domain';
import type { Session, Statement } from './database.ts';

const STORE: Statement = {
  name: 'hook-deliveries-store',
  text: `
  INSERT INTO hook_deliveries (id, hook_id, app_key, call_id, event_id, seq, ordinal, path, type, body)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[],
    $9::text[], $10::bytea[])
  ON CONFLICT DO NOTHING`,
};

/*
 * In the order in which they are settled too. A lane that is there keeps its time: what comes after a failure waits with
 * it. The update of nothing holds the row until the deliveries can be seen, so that nobody takes the lane for empty.
 */
const OPEN_LANES: Statement = {
  name: 'hook-lanes-open',
  text: `
  INSERT INTO hook_lanes (hook_id, call_id)
  SELECT DISTINCT hook_id, call_id FROM unnest($1::text[], $2::text[]) AS t(hook_id, call_id) ORDER BY 1, 2
  ON CONFLICT (hook_id, call_id) DO UPDATE SET next_at = hook_lanes.next_at`,
};

/** A delivery, what it tells of, and to whom. */
export interface PlannedDelivery extends NewDelivery {
  readonly hook: Pick<HookRecord, 'id' | 'appKey'>;
  readonly event: Pick<EventRecord, 'id' | 'callId' | 'seq'> & { readonly type: string };
  readonly ordinal: number;
}

/** Stores deliveries, due at once unless something of their lane waits already. Those that are there stay as they are. */
export async function storeDeliveries(
  session: Session,
  ids: IdFactory,
  planned: readonly PlannedDelivery[],
): Promise<void> {
  if (planned.length === 0) return;
  const hookIds = planned.map(({ hook }) => hook.id);
  const calls = planned.map(({ event }) => event.callId);
  await session.query(STORE, [
    planned.map(() => ids.deliveryId()),
    hookIds,
    planned.map(({ hook }) => hook.appKey),
    calls,
    planned.map(({ event }) => event.id),
    planned.map(({ event }) => event.seq),
    planned.map(({ ordinal }) => ordinal),
    planned.map(({ path }) => path),
    planned.map(({ event }) => event.type),
    planned.map(({ body }) => Buffer.from(body)),
  ]);
  await session.query(OPEN_LANES, [hookIds, calls]);
}
