import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { Secret } from '#foundation';
import type { Service } from '#foundation';
import { eventually } from '../support/eventually.ts';
import {
  HOOK_SECRET,
  HookSink,
  addHook,
  hookWorker,
  placeCall,
  tell,
} from '../support/hook-world.ts';
import type { Heard } from '../support/hook-world.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { newSecretKey, startStore } from '../support/store-world.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const redis = new RedisProcess();
const sink = new HookSink();
let database: TestDatabase;
let store: PrismaStore;
let workers: Service[] = [];

beforeAll(async () => {
  await Promise.all([redis.start(), sink.open()]);
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});
beforeEach(async () => {
  await database.sql.query('DELETE FROM hooks');
  sink.heard.length = 0;
});
afterEach(async () => {
  sink.cutAll();
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
});
afterAll(async () => {
  await store.stop();
  await Promise.all([sink.close(), redis.remove(), database.drop()]);
});

async function startWorker(): Promise<void> {
  const worker = hookWorker(store, redis.url);
  workers.push(worker);
  await worker.start();
}

const typesOf = (heard: readonly Heard[]): string[] =>
  heard.map(({ body }) => (JSON.parse(body) as { type: string }).type);
const seqsOf = (heard: readonly Heard[]): number[] =>
  heard.map(({ body }) => (JSON.parse(body) as { seq: number }).seq);
const heardOf = (hook: string, count: number): Promise<Heard[]> =>
  eventually(() => {
    const heard = sink.of(hook);
    if (heard.length < count) throw new Error(`${hook} has heard ${heard.length} of ${count}`);
    return Promise.resolve(heard);
  });
const statesOf = async (hookId: string): Promise<string[]> => {
  const { rows } = await database.sql.query<{ state: string }>(
    'SELECT state FROM hook_deliveries WHERE hook_id = $1 ORDER BY call_id, seq, ordinal',
    [hookId],
  );
  return rows.map(({ state }) => state);
};
/** Has what waits for a hook be due now, as if the time of its waits were over. */
const hurry = (hookId: string) =>
  database.sql.query('UPDATE hook_lanes SET next_at = clock_timestamp() WHERE hook_id = $1', [
    hookId,
  ]);

describe('an event', () => {
  it('is told to the endpoints whose filters take it, signed, as the feed shows it', async () => {
    const all = await addHook(store, sink.url('all'));
    await addHook(store, sink.url('ends'), { events: ['call.ended'] });
    await startWorker();

    const { id } = await placeCall(store);
    await tell({ store }, id, [{ type: 'call.claimed', data: { node: 'n' } }]);

    const heard = await heardOf('all', 2);
    expect(typesOf(heard)).toEqual(['call.queued', 'call.claimed']);
    const [first] = heard;
    const timestamp = String(first?.headers['webhook-timestamp']);
    const signed = createHmac('sha256', Buffer.from(HOOK_SECRET.slice(6), 'base64'))
      .update(`${String(first?.headers['webhook-id'])}.${timestamp}.${first?.body}`)
      .digest('base64');
    expect(first?.headers['webhook-signature']).toBe(`v1,${signed}`);
    const [event] = (await store.registry.listEvents(id, 0, 1)).items;
    expect(first?.headers['webhook-id']).toBe(event?.id);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ id: event?.id, callId: id, seq: 1 });
    await eventually(async () => expect(await statesOf(all)).toEqual(['delivered', 'delivered']));
    expect(sink.of('ends')).toEqual([]);
  });

  it('is told once by several workers, the events of each call in their order', async () => {
    await addHook(store, sink.url('order'));
    await Promise.all([startWorker(), startWorker(), startWorker()]);

    const calls = await Promise.all(Array.from({ length: 20 }, () => placeCall(store)));
    for (let round = 0; round < 9; round += 1) {
      await Promise.all(
        calls.map(({ id }) => tell({ store }, id, [{ type: 'call.ringing', data: { round } }])),
      );
    }

    const heard = await heardOf('order', 200);
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(200);
    for (const { id } of calls) {
      expect(seqsOf(heard.filter(({ body }) => body.includes(id)))).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
    }
  });

  it('is told in time while Redis is away', async () => {
    await addHook(store, sink.url('alone'));
    await startWorker();
    await redis.kill();
    try {
      await placeCall(store);
      expect(typesOf(await heardOf('alone', 1))).toEqual(['call.queued']);
    } finally {
      await redis.start();
    }
  });
});

describe('an endpoint', () => {
  it('that fails is tried again later, and holds up what comes after it in the call alone', async () => {
    const id = await addHook(store, sink.url('fails'));
    const stuck = await placeCall(store);
    sink.answering('fails', (response, { body }) => {
      response.writeHead(body.includes(stuck.id) ? 500 : 204).end();
    });
    await startWorker();
    await tell({ store }, stuck.id, [{ type: 'call.ringing', data: {} }]);
    await heardOf('fails', 1);

    await placeCall(store);
    const heard = await heardOf('fails', 2);

    expect(typesOf(heard)).toEqual(['call.queued', 'call.queued']);
    await eventually(async () =>
      expect((await statesOf(id)).sort()).toEqual(['delivered', 'pending', 'pending']),
    );
    sink.answering('fails', undefined);
    await hurry(id);
    await eventually(async () =>
      expect(await statesOf(id)).toEqual(['delivered', 'delivered', 'delivered']),
    );
    const again = sink.of('fails').filter(({ body }) => body.includes(stuck.id));
    expect(seqsOf(again)).toEqual([1, 1, 2]);
    expect(again[0]?.body).toBe(again[1]?.body);
    expect(again[0]?.headers['webhook-id']).toBe(again[1]?.headers['webhook-id']);
  });

  it('whose answer is cut hears the same bytes under the same id, and nothing else twice', async () => {
    const id = await addHook(store, sink.url('cut'));
    let cut = 1;
    sink.answering('cut', (response) => {
      if (cut-- <= 0) return response.writeHead(204).end();
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      return setImmediate(() => response.destroy());
    });
    await startWorker();
    const call = await placeCall(store);
    await heardOf('cut', 1);
    await tell({ store }, call.id, [{ type: 'call.ringing', data: {} }]);

    await eventually(async () => {
      await hurry(id);
      expect(await statesOf(id)).toEqual(['delivered', 'delivered']);
    });

    const heard = sink.of('cut');
    expect(seqsOf(heard)).toEqual([1, 1, 2]);
    expect(heard[0]?.body).toBe(heard[1]?.body);
    expect(heard[0]?.headers['webhook-id']).toBe(heard[1]?.headers['webhook-id']);
  });

  it('that says nothing holds up no other one', async () => {
    await addHook(store, sink.url('silent'));
    await addHook(store, sink.url('lively'));
    sink.answering('silent', () => undefined);
    await startWorker();

    const calls = await Promise.all(Array.from({ length: 100 }, () => placeCall(store)));
    const heard = await heardOf('lively', calls.length);

    expect(heard).toHaveLength(calls.length);
    // No more than may be under way to one endpoint.
    expect(sink.of('silent').length).toBeLessThanOrEqual(64);
  });

  it('is told no more once it has said 410, and the others of its app hear of that', async () => {
    const gone = await addHook(store, sink.url('gone'));
    await addHook(store, sink.url('others'), { events: ['hook.*'] });
    sink.answering('gone', (response) => response.writeHead(410).end());
    await startWorker();
    await placeCall(store);

    const [notice] = await heardOf('others', 1);

    expect(JSON.parse(notice?.body ?? '')).toMatchObject({
      type: 'hook.disabled',
      data: { hookId: gone, reason: 'gone' },
    });
    expect((await store.hookRegistry.findHook(gone))?.disabled?.reason).toBe('gone');
    await placeCall(store);
    await hurry(gone);
    await addHook(store, sink.url('after'));
    await placeCall(store);
    await heardOf('after', 1);
    expect(sink.of('gone')).toHaveLength(1);
  });

  it('that has only failed for five days is told no more', async () => {
    const id = await addHook(store, sink.url('hopeless'));
    await database.sql.query(
      `UPDATE hooks SET failing_since = clock_timestamp() - interval '121 hours' WHERE id = $1`,
      [id],
    );
    sink.answering('hopeless', (response) => response.writeHead(503).end());
    await startWorker();
    await placeCall(store);

    await eventually(async () =>
      expect((await store.hookRegistry.findHook(id))?.disabled?.reason).toBe('failing'),
    );
  });

  it('hears again what was chosen, byte by byte the same, and nothing else', async () => {
    const id = await addHook(store, sink.url('again'));
    await startWorker();
    const call = await placeCall(store);
    await tell({ store }, call.id, [
      { type: 'call.claimed', data: {} },
      { type: 'call.dialing', data: {} },
    ]);
    await heardOf('again', 3);
    const allDelivered = async () =>
      expect(await statesOf(id)).toEqual(['delivered', 'delivered', 'delivered']);
    await eventually(allDelivered);
    const hook = await store.hookRegistry.findHook(id);
    const { items } = await store.deliveries.listDeliveries({ hookId: id, limit: 10 });
    const chosen = items.find(({ seq }) => seq === 2);
    if (hook === null || chosen === undefined) throw new Error('both are there');

    await store.deliveries.redeliver(hook, [chosen.id], { keyId: 'key', appKey: 'app' });

    const [, second, , again] = await heardOf('again', 4);
    await eventually(allDelivered);
    expect(again?.body).toBe(second?.body);
    expect(again?.headers['webhook-id']).toBe(chosen.eventId);
    expect(sink.of('again')).toHaveLength(4);
    const { log } = (await store.deliveries.findDelivery(id, chosen.id)) ?? {};
    expect(log?.map(({ status }) => status)).toEqual([204, 204]);
  });

  it('hears the signatures of both secrets after a change, good for the reference library', async () => {
    const id = await addHook(store, sink.url('rotated'));
    const next = new Secret(`whsec_${Buffer.alloc(32, 9).toString('base64')}`);
    const change = { secret: next, overlapSeconds: 60 };
    await store.hookRegistry.rotateSecret(id, change, { keyId: 'key', appKey: 'app' });
    await startWorker();
    await placeCall(store);

    const [heard] = await heardOf('rotated', 1);

    const headers = heard?.headers as Record<string, string>;
    for (const secret of [HOOK_SECRET, next.reveal()]) {
      expect(new Webhook(secret).verify(heard?.body ?? '', headers)).toMatchObject({ seq: 1 });
    }
  });
});
