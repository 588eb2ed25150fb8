import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import type { EventRecord } from '#domain';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { newCall, newSecretKey, startStore } from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

/** Reads on until `count` events have come. Transactions of other spec files hold back the feed for a moment. */
async function readOn(cursor: string, count: number): Promise<EventRecord[]> {
  const events: EventRecord[] = [];
  while (events.length < count) {
    const more = await store.feed.read(events.at(-1)?.cursor ?? cursor, 2);
    events.push(...more);
  }
  return events;
}

const idsOf = (events: readonly EventRecord[]): string[] => events.map((event) => event.callId);

describe('the feed', () => {
  it('gives the events of all calls after a cursor, in the order of their commits', async () => {
    const start = await store.feed.tail();
    const created = [];
    for (let index = 0; index < 5; index++) {
      created.push((await store.registry.createCall(newCall())).id);
    }

    const events = await readOn(start, 5);

    expect(idsOf(events)).toEqual(created);
    expect(await store.feed.read(events.at(-1)!.cursor, 10)).toEqual([]);
    expect(await store.feed.tail()).toBe(events.at(-1)!.cursor);
  });

  it('ends at the newest event by number, not by letters', async () => {
    const { id } = await store.registry.createCall(newCall());
    await database.sql.query(
      `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data, xid)
       VALUES ('evt_old', $1, 'app', 2, 0, 'media.silent', '{}', '99')`,
      [id],
    );

    const all = await readOn('0-0', 7);

    expect(all[0]?.id).toBe('evt_old');
    expect(await store.feed.tail()).toBe(all.at(-1)!.cursor);
    await database.sql.query(`DELETE FROM events WHERE id = 'evt_old'`);
  });

  it('never passes by a commit that comes late', async () => {
    const start = await store.feed.tail();
    const slow = await store.registry.createCall(newCall());
    await readOn(start, 1);
    const late = await database.sql.connect();
    await late.query('BEGIN');
    await late.query(
      `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
       VALUES ('evt_late', $1, 'app', 2, 0, 'media.silent', '{}')`,
      [slow.id],
    );
    const quick = await store.registry.createCall(newCall());
    const beforeTheLateCommit = await store.feed.read(start, 10);
    const tailBefore = await store.feed.tail();

    await late.query('COMMIT');
    late.release();

    const events = await readOn(start, 3);
    expect(idsOf(beforeTheLateCommit)).toEqual([slow.id]);
    expect(tailBefore).toBe(beforeTheLateCommit[0]?.cursor);
    expect(events.map((event) => [event.callId, event.type])).toEqual([
      [slow.id, 'call.queued'],
      [slow.id, 'media.silent'],
      [quick.id, 'call.queued'],
    ]);
  });

  it('starts at the beginning for the first cursor', async () => {
    const [first] = await store.feed.read('0-0', 1);

    expect(first?.seq).toBe(1);
  });

  it.each(['', '1', '1-', '-1-1', 'x-y', '18446744073709551616-0', '0-9223372036854775808'])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(store.feed.read(cursor, 1)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    },
  );

  it('of one call is paged by its numbers', async () => {
    const call = await store.registry.createCall(newCall());
    await database.sql.query(
      `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
       SELECT 'evt_' || $1 || n, $1, 'app', n, 0, 'media.silent', '{}' FROM generate_series(2, 5) n`,
      [call.id],
    );

    const first = await store.registry.listEvents(call.id, 0, 3);
    const second = await store.registry.listEvents(call.id, Number(first.nextCursor), 3);

    expect(first.items.map((event) => event.seq)).toEqual([1, 2, 3]);
    expect(first.nextCursor).toBe('3');
    expect(second.items.map((event) => event.seq)).toEqual([4, 5]);
    expect(second.nextCursor).toBeNull();
  });
});
