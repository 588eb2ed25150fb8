import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openStore } from '#adapters/store-prisma';
import type { PrismaStore } from '#adapters/store-prisma';
import { silentLogger } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { ids, newCall, newSecretKey, startStore } from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;
const secretKey = newSecretKey();

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, secretKey);
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

/** Everything the store is asked for, by name. */
const operations = (asked: PrismaStore): Record<string, () => Promise<unknown>> => ({
  createCall: () => asked.registry.createCall(newCall()),
  findCall: () => asked.registry.findCall(ids.callId()),
  listCalls: () => asked.registry.listCalls({ limit: 1 }),
  countLiveCalls: () => asked.registry.countLiveCalls(),
  requestStop: () => asked.registry.requestStop(ids.callId(), ids.commandId()),
  tail: () => asked.feed.tail(),
  claim: () => asked.ledger.claim(ids.callId(), 0, ids.nodeId()),
  renew: () => asked.ledger.renew(ids.nodeId()),
  pendingCommands: () => asked.ledger.pendingCommands(ids.nodeId()),
  completeCommand: () => asked.ledger.completeCommand(ids.commandId(), 'done'),
  takeAbandoned: () => asked.sweeper.takeAbandoned(1),
  listNodes: () => asked.nodes.listNodes(),
  removeNode: () => asked.nodes.removeNode(ids.nodeId()),
  ping: () => asked.ping(),
});

describe('a store without its server', () => {
  it.each(Object.keys(operations(openNowhere())))('says so: %s', async (name) => {
    const nowhere = openNowhere();

    await expect(operations(nowhere)[name]?.()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });

    await nowhere.stop();
  });
});

function openNowhere(): PrismaStore {
  return openStore({
    databaseUrl: 'postgresql://nobody@127.0.0.1:1/nothing',
    secretKey: newSecretKey(),
    logger: silentLogger,
  });
}

describe('a store whose connections are cut', () => {
  it('works again with the next request or the one after it', async () => {
    await Promise.all(Object.values(operations(store)).map((run) => run()));
    await database.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );

    await Promise.allSettled(Object.values(operations(store)).map((run) => run()));
    const outcomes = await Promise.allSettled(Object.values(operations(store)).map((run) => run()));

    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toEqual([]);
  });

  it('writes all of a call or nothing, when cut in the middle', async () => {
    const calls = Array.from({ length: 30 }, () => newCall());
    const writing = Promise.allSettled(calls.map((call) => store.registry.createCall(call)));
    await database.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await writing;

    const counts = await database.sql.query<{ outputs: string; events: string }>(
      `SELECT (SELECT count(*) FROM outputs o WHERE o.call_id = c.id) AS outputs,
         (SELECT count(*) FROM events e WHERE e.call_id = c.id) AS events
       FROM calls c WHERE c.id = ANY($1)`,
      [calls.map((call) => call.id)],
    );

    expect(counts.rows).toEqual(counts.rows.map(() => ({ outputs: '1', events: '1' })));
  });

  it('stops twice without complaint', async () => {
    const other = await startStore(database.url, secretKey);

    await Promise.all([other.stop(), other.stop()]);
    await other.stop();

    await expect(other.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
