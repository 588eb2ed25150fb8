import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import type { CallQuery } from '#domain';
import { listCallsQuery } from '../../libs/adapters/store-prisma/src/call-list.ts';
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
    `INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, ended_at)
     SELECT 'call_' || lpad(n::text, 26, '0'), 'name-' || n, 'app-' || n % 50,
       CASE WHEN n % 1000 = 0 THEN 'up' ELSE 'ended' END, '{}', '{}',
       timestamptz '2026-01-01' + n * interval '1 s',
       CASE WHEN n % 1000 = 0 THEN NULL ELSE clock_timestamp() END
     FROM generate_series(1, $1::int) n`,
    [CALL_COUNT],
  );
  await database.sql.query('ANALYZE calls');
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
async function readsOfList(query: CallQuery): Promise<{ kinds: string[]; rowCount: number }> {
  const { statement, values } = listCallsQuery(query);
  const explained = await database.sql.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
    [...values],
  );
  const kinds = new Set<string>();
  let rowCount = 0;
  const visit = (plan: Plan): void => {
    if (plan['Relation Name'] === 'calls') {
      kinds.add(plan['Node Type']);
      const removed = plan['Rows Removed by Filter'] ?? 0;
      rowCount += (plan['Actual Rows'] + removed) * plan['Actual Loops'];
    }
    plan.Plans?.forEach(visit);
  };
  const [row] = explained.rows;
  if (row !== undefined) visit(row['QUERY PLAN'][0].Plan);
  return { kinds: [...kinds], rowCount };
}

describe('a page of 100 among 100,000 calls', () => {
  const deepCursor = `${Date.UTC(2026, 0, 1) + 50_000_000}-call_${'9'.repeat(26)}`;
  const queries: {
    name: string;
    query: Omit<CallQuery, 'limit'>;
    first: number;
    step: number;
  }[] = [
    { name: 'the newest', query: {}, first: 100_000, step: 1 },
    { name: 'in the middle', query: { cursor: deepCursor }, first: 50_000, step: 1 },
    { name: 'of one app', query: { appKey: 'app-7' }, first: 99_957, step: 50 },
    { name: 'of a rare state', query: { states: ['up'] }, first: 100_000, step: 1000 },
    {
      name: 'of a rare state in one app',
      query: { states: ['up'], appKey: 'app-0' },
      first: 100_000,
      step: 1000,
    },
  ];

  it.each(queries)('$name holds the right calls and reads no others', async (row) => {
    const page = await store.registry.listCalls({ ...row.query, limit: 100 });
    const { kinds, rowCount } = await readsOfList({ ...row.query, limit: 100 });

    expect(page.items.map((call) => call.callId)).toEqual(
      Array.from({ length: 100 }, (_, index) => `name-${row.first - index * row.step}`),
    );
    expect(kinds).toEqual(['Index Scan']);
    expect(rowCount).toBeLessThanOrEqual(2 * 101);
  });
});
