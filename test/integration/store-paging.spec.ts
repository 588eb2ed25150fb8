import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import type { CallId, CallQuery, TrunkId } from '#domain';
import { callListing } from '../../libs/adapters/store-prisma/src/call-list.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { newSecretKey, startStore } from '../support/store-world.ts';

const CALL_COUNT = 100_000;

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
  await database.sql.query(
    `INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, ended_at, node, lease_until, trunk_id, verdict)
     SELECT 'call_' || lpad(n::text, 26, '0'), CASE WHEN n % 1000 = 0 THEN 'live-' || n ELSE 'name-' || n % 5000 END, 'app-' || n % 10,
       CASE WHEN n % 1000 = 0 THEN 'up' ELSE 'ended' END, '{}',
       CASE WHEN n % 10 = 0 THEN jsonb_build_object('show', 'news', 'order', n::text) ELSE '{}' END,
       timestamptz '2026-01-01' + n * interval '1 s',
       CASE WHEN n % 1000 <> 0 THEN clock_timestamp() END,
       CASE WHEN n % 1000 = 0 THEN 'node-' || n % 3 END,
       CASE WHEN n % 1000 = 0 THEN timestamptz '2099-01-01' END,
       CASE WHEN n % 4 = 0 THEN 'trunk_' || lpad((n % 3)::text, 26, '0') END,
       CASE WHEN n % 1000 = 0 THEN NULL WHEN n % 500 = 1 THEN '{"result":"failed","code":"SIP_BUSY"}'::jsonb
         ELSE '{"result":"completed","code":"CALL_PEER_LEFT"}' END
     FROM generate_series(1, $1::int) n`,
    [CALL_COUNT],
  );
  await database.sql.query('ANALYZE calls, call_labels');
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

/** A node of EXPLAIN (FORMAT JSON), as far as it is looked at. */
interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** How calls are read by a list: the kinds of scan, and the number of rows that are touched. */
async function readsOfList(query: CallQuery): Promise<{ kinds: Set<string>; rowCount: number }> {
  const { statement, values } = callListing(query);
  const explained = await database.sql.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
    [...values],
  );
  const kinds = new Set<string>();
  let rowCount = 0;
  const visit = (plan: Plan): void => {
    if (plan['Relation Name'] === 'calls' || plan['Relation Name'] === 'call_labels') {
      kinds.add(plan['Node Type']);
      const removed = plan['Rows Removed by Filter'] ?? 0;
      rowCount += (plan['Actual Rows'] + removed) * plan['Actual Loops'];
    }
    plan.Plans?.forEach(visit);
  };
  const [row] = explained.rows;
  if (row !== undefined) visit(row['QUERY PLAN'][0].Plan);
  return { kinds, rowCount };
}

/** The numbers of calls, newest first. */
const numbersWhere = (isWanted: (n: number) => boolean): number[] =>
  Array.from({ length: CALL_COUNT }, (_, index) => CALL_COUNT - index).filter(isWanted);
const numberOf = ({ id }: { readonly id: string }): number => Number(id.slice('call_'.length));
const trunk = (n: number) => `trunk_${String(n).padStart(26, '0')}` as TrunkId;
const callIds = (...numbers: readonly number[]) =>
  numbers.map((n) => `call_${String(n).padStart(26, '0')}` as CallId);
const startOf = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1000);

describe('a page of 100 among 100,000 calls', () => {
  const deepCursor = `${Date.UTC(2026, 0, 1) + 50_000_000}-call_${'9'.repeat(26)}`;
  const queries: {
    name: string;
    query: Omit<CallQuery, 'limit'>;
    wanted: (n: number) => boolean;
  }[] = [
    { name: 'the newest', query: {}, wanted: () => true },
    { name: 'in the middle', query: { cursor: deepCursor }, wanted: (n) => n <= 50_000 },
    { name: 'of one app', query: { appKey: 'app-7' }, wanted: (n) => n % 10 === 7 },
    { name: 'of a rare state', query: { states: ['up'] }, wanted: (n) => n % 1000 === 0 },
    {
      name: 'of a rare state in one app',
      query: { states: ['up'], appKey: 'app-0' },
      wanted: (n) => n % 1000 === 0,
    },
    {
      name: 'of these ids, each once',
      query: { ids: callIds(7, 99_999, 5000, 7, 999_999) },
      wanted: (n) => [7, 5000, 99_999].includes(n),
    },
    {
      name: 'of these ids in one app and a common state',
      query: { ids: callIds(7, 17, 8, 5000), appKey: 'app-7', states: ['ended'] },
      wanted: (n) => [7, 17].includes(n),
    },
    { name: 'of no id', query: { ids: [] }, wanted: () => false },
    { name: 'of one name', query: { callId: 'name-77' }, wanted: (n) => n % 5000 === 77 },
    {
      name: 'of one trunk',
      query: { trunkId: trunk(2) },
      wanted: (n) => n % 4 === 0 && n % 3 === 2,
    },
    {
      name: 'of one node',
      query: { node: 'node-1' },
      wanted: (n) => n % 1000 === 0 && n % 3 === 1,
    },
    { name: 'of a rare result', query: { verdicts: ['failed'] }, wanted: (n) => n % 500 === 1 },
    {
      name: 'of a rare code in one app',
      query: { verdicts: ['SIP_BUSY', 'SIP_DECLINED'], appKey: 'app-1' },
      wanted: (n) => n % 500 === 1,
    },
    {
      name: 'of results that nearly all have',
      query: { verdicts: ['completed', 'SIP_BUSY'] },
      wanted: (n) => n % 1000 !== 0,
    },
    {
      name: 'of an hour',
      query: { createdFrom: startOf(30_000), createdTo: startOf(30_050), appKey: 'app-3' },
      wanted: (n) => n >= 30_000 && n < 30_050 && n % 10 === 3,
    },
  ];

  it.each(queries)('$name holds the right calls and reads no others', async (row) => {
    const page = await store.registry.listCalls({ ...row.query, limit: 100 });
    const { kinds, rowCount } = await readsOfList({ ...row.query, limit: 100 });

    const wanted = numbersWhere(row.wanted);
    expect(page.items.map(numberOf)).toEqual(wanted.slice(0, 100));
    expect(page.nextCursor !== null).toBe(wanted.length > 100);
    expect([...kinds]).not.toContain('Seq Scan');
    expect(rowCount).toBeLessThanOrEqual(3 * 101);
  });

  it('from the oldest on goes the other way, to the very end', async () => {
    const query = { order: 'oldest', states: ['up'], limit: 60 } as const;
    const first = await store.registry.listCalls(query);
    const second = await store.registry.listCalls({ ...query, cursor: first.nextCursor ?? '' });
    const { kinds, rowCount } = await readsOfList({ ...query, cursor: first.nextCursor ?? '' });

    const wanted = numbersWhere((n) => n % 1000 === 0).reverse();
    expect([...first.items, ...second.items].map(numberOf)).toEqual(wanted);
    expect(second.nextCursor).toBeNull();
    expect([...kinds]).not.toContain('Seq Scan');
    expect(rowCount).toBeLessThanOrEqual(2 * 61);
  });

  const mixes: typeof queries = [
    {
      name: 'a field of the metadata that few have',
      query: { appKey: 'app-0', metadata: [['order', '4200']] },
      wanted: (n) => n === 4200,
    },
    {
      name: 'two fields of the metadata and a state',
      query: {
        appKey: 'app-0',
        states: ['up'],
        metadata: [
          ['show', 'news'],
          ['order', '5000'],
        ],
      },
      wanted: (n) => n === 5000,
    },
    {
      name: 'a trunk, a result and a time',
      query: {
        trunkId: trunk(1),
        verdicts: ['failed'],
        createdTo: startOf(90_000),
        appKey: 'app-1',
      },
      wanted: () => false,
    },
    {
      name: 'a result and a state that exclude each other',
      query: { verdicts: ['completed'], states: ['up'] },
      wanted: () => false,
    },
  ];

  it.each(mixes)('$name: every page looks at a bounded number of calls', async (row) => {
    const found: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await store.registry.listCalls({ ...row.query, limit: 100, cursor });
      found.push(...page.items.map(numberOf));
      cursor = page.nextCursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    const { kinds, rowCount } = await readsOfList({ ...row.query, limit: 100 });

    expect(found).toEqual(numbersWhere(row.wanted));
    expect(pages).toBeLessThanOrEqual(CALL_COUNT / 2000 + 1);
    expect([...kinds]).not.toContain('Seq Scan');
    expect(rowCount).toBeLessThanOrEqual(3 * 2000);
  });
});
