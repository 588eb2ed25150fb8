import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { hookDeliveries } from '#contracts';
import type { CallId, DeliveryId, HookId, NodeId, TrunkId } from '#domain';
import { Secret } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { trunkSettings } from '../support/trunk-settings.ts';
import {
  changeOf,
  claimedCall,
  ids,
  newCall,
  newSecretKey,
  startStore,
} from '../support/store-world.ts';

const CALLS = 20_000;
const callId = (n: number) => `call_${String(n).padStart(26, '0')}` as CallId;
const hookId = (n: number) => `hook_${String(n).padStart(26, '0')}` as HookId;
const trunkId = (n: number) => `trunk_${String(n).padStart(26, '0')}` as TrunkId;
const deliveryId = (n: number) => `dlv_${String(n).padStart(26, '0')}` as DeliveryId;
const ACTOR = { keyId: 'key', appKey: 'app-3' };
const NODE = `node_${'0'.repeat(26)}` as NodeId;

/** Every hundredth call is live; each has three events and one delivery, of which every hundredth waits. */
const SEED = [
  `INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, ended_at, state_since, node, lease_until, verdict, trunk_id, event_seq)
   SELECT 'call_' || lpad(n::text, 26, '0'), 'name-' || n, 'app-' || n % 20,
     CASE WHEN n % 100 <> 0 THEN 'ended' WHEN n % 200 = 0 THEN 'up' ELSE 'queued' END, '{}', '{"show":"news"}',
     clock_timestamp() - n * interval '1 s', CASE WHEN n % 100 <> 0 THEN clock_timestamp() END,
     clock_timestamp() - n * interval '1 s',
     CASE WHEN n % 200 = 0 THEN '${NODE}' END, CASE WHEN n % 200 = 0 THEN clock_timestamp() + interval '1 hour' END,
     CASE WHEN n % 100 <> 0 THEN '{"result":"completed","code":"CALL_PEER_LEFT"}'::jsonb END,
     CASE WHEN n % 3 = 0 THEN 'trunk_' || lpad((n % 5)::text, 26, '0') END, 3
   FROM generate_series(1, ${CALLS}) n`,
  `INSERT INTO outputs (id, call_id, place, url, target_hash, holds_target, stream_key, masked_key, state)
   SELECT 'output_' || lpad(n::text, 26, '0'), 'call_' || lpad(n::text, 26, '0'), 0, 'rtmp://a/b', sha256(n::text::bytea),
     n % 100 = 0, '', '', 'closed' FROM generate_series(1, ${CALLS}) n`,
  `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
   SELECT 'evt_' || lpad(((n - 1) * 3 + s)::text, 26, '0'), 'call_' || lpad(n::text, 26, '0'), 'app-' || n % 20, s, 0,
     CASE WHEN s = 3 AND n % 100 <> 0 THEN 'call.ended' ELSE 'call.ringing' END, '{}'
   FROM generate_series(1, ${CALLS}) n, generate_series(1, 3) s`,
  `INSERT INTO commands (id, call_id, type, state, completed_at)
   SELECT 'cmd_' || lpad(n::text, 26, '0'), 'call_' || lpad(n::text, 26, '0'), 'mute', 'done', clock_timestamp()
   FROM generate_series(1, ${CALLS}) n`,
  `INSERT INTO hook_deliveries (id, hook_id, app_key, call_id, event_id, seq, type, body, state, next_at, created_at, settled_at)
   SELECT 'dlv_' || lpad(n::text, 26, '0'), 'hook_' || lpad((n % 20)::text, 26, '0'), 'app-' || n % 20,
     'call_' || lpad(n::text, 26, '0'), 'evt_' || lpad((n * 3)::text, 26, '0'), 3, 'call.ended', '',
     CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'delivered' END, NULL, clock_timestamp() - n * interval '1 s',
     CASE WHEN n % 100 <> 0 THEN clock_timestamp() - n * interval '5 min' END
   FROM generate_series(1, ${CALLS}) n`,
  `INSERT INTO hook_attempts (delivery_id, duration_ms, status, request_headers)
   SELECT 'dlv_' || lpad(n::text, 26, '0'), 5, 200, '{}' FROM generate_series(1, ${CALLS}) n`,
  `INSERT INTO hook_lanes (hook_id, call_id, next_at)
   SELECT hook_id, call_id, created_at + interval '1 hour' FROM hook_deliveries`,
  `UPDATE hook_relay SET (xid, position) = (SELECT xid, position FROM events ORDER BY xid DESC, position DESC LIMIT 1)`,
  'ANALYZE',
];

/** What grows with the number of calls: never read as a whole. Others hold a row for each node, app, trunk or endpoint. */
const LARGE = new Set([
  ...['calls', 'call_labels', 'outputs', 'events', 'transitions', 'commands'],
  ...['hook_deliveries', 'hook_attempts', 'hook_lanes'],
]);

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
  for (let n = 0; n < 20; n++) await createHook(n);
  await store.trunks.createTrunk(
    { id: trunkId(0), appKey: 'app-0', settings: trunkSettings(), password: null },
    { keyId: 'bootstrap', appKey: 'default' },
  );
  for (const text of SEED) await database.sql.query(text);
});

async function createHook(n: number): Promise<void> {
  const hook = {
    id: hookId(n),
    appKey: `app-${n}`,
    url: 'https://hooks.example.com/',
    description: '',
    events: ['*'],
    dialect: 'standard' as const,
    isEnabled: true,
    secret: new Secret(`secret-${n}`),
  };
  await store.hookRegistry.createHook(hook, 10, { keyId: 'key', appKey: `app-${n}` });
}

afterAll(async () => {
  await store.stop();
  await database.drop();
});

interface Asked {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** The statements that the store sends while `work` is done. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly Asked[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const asked = (spy.mock.calls as readonly (readonly unknown[])[])
      .map(([first]) => first)
      .filter(
        (first): first is Asked => typeof first === 'object' && first !== null && 'text' in first,
      )
      .filter(({ text }) => /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)/.test(text));
    return [...new Map(asked.map((one) => [one.text, one])).values()];
  } finally {
    spy.mockRestore();
  }
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

/** The large tables that a plan reads from end to end. */
function wholeReads(plan: Plan): string[] {
  const table = plan['Relation Name'] ?? '';
  const own = plan['Node Type'] === 'Seq Scan' && LARGE.has(table) ? [table] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(wholeReads)];
}

/** What a statement reads from end to end, with its values, and prepared for any: a connection changes to that by itself. */
async function wholeReadsOf({ name, text, values = [] }: Asked): Promise<string[]> {
  const session = await database.sql.connect();
  const explain = async (statement: string, given: readonly unknown[]): Promise<string[]> => {
    const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (FORMAT JSON) ${statement}`,
      [...given],
    );
    return rows.flatMap((row) => wholeReads(row['QUERY PLAN'][0].Plan));
  };
  try {
    const custom = await explain(text, values);
    if (name === undefined) return custom;
    await session.query(`SET plan_cache_mode = force_generic_plan; PREPARE one AS ${text}`);
    const nothing = values.length === 0 ? '' : `(${values.map(() => 'NULL').join(', ')})`;
    const generic = await explain(`EXECUTE one${nothing}`, []);
    await session.query('DEALLOCATE one; RESET plan_cache_mode');
    return [...custom, ...generic];
  } finally {
    session.release();
  }
}

/** Every way to the large tables. Whoever adds one adds it here. */
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  'finding a call': () => store.registry.findCall(callId(4711)),
  'finding a live call by its name': () => store.registry.findLiveCall('name-4700'),
  'finding a live stream': () => store.registry.findLiveStream('stream', 'app-1'),
  'listing calls': () => store.registry.listCalls({ limit: 100 }),
  'listing calls of an app': () => store.registry.listCalls({ appKey: 'app-7', limit: 100 }),
  'listing calls by their ids': () =>
    store.registry.listCalls({ ids: [callId(4711), callId(12)], appKey: 'app-12', limit: 100 }),
  'listing calls by name': () => store.registry.listCalls({ callId: 'name-7', limit: 100 }),
  'listing calls by verdict': () => store.registry.listCalls({ verdicts: ['failed'], limit: 100 }),
  'listing the history of a call': () => store.registry.listEvents(callId(4711), 0, 100),
  'listing the commands of a call': () => store.commands.list(callId(4711), undefined, 100),
  'counting live calls': () => store.registry.countLiveCalls(),
  'placing a call': () =>
    store.registry.createCall(
      newCall({ admission: { maxCalls: 5, maxQueued: 5, maxCallsPerSecond: 5 } }),
    ),
  'running a call': async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    await store.ledger.commit(changeOf(record, { events: [{ type: 'call.dialing', data: {} }] }));
    await store.registry.requestStop(record.id, ids.commandId());
  },
  'renewing leases': () => store.ledger.renew(NODE, new Set([callId(200)])),
  'waiting for commands': () => store.ledger.pendingCommands(NODE),
  'looking for calls to take first': () => store.ledger.preferredCalls(NODE),
  'waiting for answers': () => store.registry.findUnanswered([callId(100), callId(200)]),
  'stopping a queued call': () => store.registry.requestStop(callId(100), ids.commandId()),
  'sweeping for queued calls': () => store.sweeper.findQueued(5_000, 100),
  'sweeping for calls that are due': () => store.sweeper.takeDue(100),
  'sweeping for abandoned calls': async () => {
    await database.sql.query(
      `UPDATE calls SET lease_until = clock_timestamp() - interval '1 minute' WHERE id = '${callId(400)}'`,
    );
    expect(await store.sweeper.takeAbandoned(10)).toHaveLength(1);
  },
  'sweeping for expired calls': () => store.sweeper.expireQueued(),
  'sweeping for expired commands': () => store.sweeper.expireCommands(),
  'pacing a trunk': () => store.trunkGate.nextCall(trunkId(1), ids.nodeId()),
  'showing what a trunk carries': async () => {
    const usage = (await store.trunks.usageOf([trunkId(0)])).get(trunkId(0));
    expect(usage?.callsWaiting).toBeGreaterThan(0);
  },
  'looking for trunks that are waited for': () => store.trunkGate.findAwaited(),
  'finding the end of the feed': () => store.feed.tail(),
  'reading the feed': () => store.feed.read('0-0', 200),
  'relaying events to hooks': async () => {
    await store.registry.createCall(newCall({ appKey: 'app-1' }));
    await store.hooks.relay(200, hookDeliveries);
  },
  'looking for hooks that are due': () => store.hooks.dueHooks(100),
  'claiming and settling deliveries': async () => {
    const claimed = await store.hooks.claimLanes(hookId(0), { lanes: 5, perLane: 5, inWork: 50 });
    const results = (claimed?.lanes ?? []).map(({ callId: id, fence, deliveries }) => ({
      ...{ callId: id, fence, waits: null, attempts: [] },
      settled: deliveries.map((one) => ({ id: one.id, state: 'delivered' as const })),
    }));
    expect(results.length).toBeGreaterThan(0);
    await store.hooks.settleLanes(hookId(0), results);
  },
  'forgetting deliveries': () => store.hooks.forgetSettled(30),
  'counting deliveries that wait': () => store.hooks.backlog(),
  'listing deliveries': () => store.deliveries.listDeliveries({ hookId: hookId(3), limit: 100 }),
  'listing deliveries of a call': () =>
    store.deliveries.listDeliveries({ hookId: hookId(3), callId: callId(4703), limit: 100 }),
  'listing deliveries of a call to all hooks': async () => {
    const query = { appKey: 'app-3', callId: callId(4703), limit: 100 };
    expect((await store.deliveries.listDeliveriesOfCall(query)).items).toHaveLength(1);
  },
  'listing deliveries by state and time': () =>
    store.deliveries.listDeliveries({
      ...{ hookId: hookId(3), states: ['failed'], from: new Date(0), to: new Date(), limit: 100 },
    }),
  'showing a delivery': () => store.deliveries.findDelivery(hookId(3), deliveryId(4703)),
  'sending deliveries again': async () => {
    const hook = await store.hookRegistry.findHook(hookId(3));
    if (hook === null) throw new Error('the hook is there');
    const range = { from: new Date(0), to: new Date(), states: ['delivered'], limit: 5 } as const;
    await store.deliveries.redeliver(hook, [deliveryId(4703)], ACTOR);
    expect(await store.deliveries.redeliverRange(hook, range, ACTOR)).toMatchObject({ count: 5 });
  },
  'sending what waits elsewhere': () =>
    store.hookRegistry.changeHook(hookId(3), { url: 'https://other.example.com/' }, ACTOR),
};

describe.each(Object.entries(WORK))('%s', (_, work) => {
  it('reads no large table from end to end', async () => {
    const statements = await statementsOf(work);

    const reads: Record<string, string[]> = {};
    for (const one of statements) {
      const tables = await wholeReadsOf(one);
      if (tables.length > 0) reads[one.name ?? one.text] = tables;
    }
    expect(statements).not.toEqual([]);
    expect(reads).toEqual({});
  });
});
