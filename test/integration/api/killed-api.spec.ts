import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openQueue } from '#adapters/queue-bullmq';
import { applyMigrations, openStore } from '#adapters/store-prisma';
import { Secret, silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import { Reconciler } from '../../../apps/worker/src/reconcile/reconciler.ts';
import { API_KEY, callBody } from './api-world.ts';

const ROUNDS = 3;
const KEYS_A_ROUND = 40;
const AT_ONCE = 8;
const BATCH = 200;

const databaseUrl = new URL(inject('databaseUrl'));
databaseUrl.pathname = `/api_${randomBytes(6).toString('hex')}`;
const redisUrl = inject('redisUrl').replace(/\/\d*$/, '/12');
const sql = new pg.Client({ connectionString: databaseUrl.href });
const secretKey = randomBytes(32).toString('base64');
let api: { readonly process: ChildProcess; readonly url: string } | undefined;

async function start(): Promise<string> {
  const process = spawn(globalThis.process.execPath, ['dist/apps/api/src/main.js'], {
    env: {
      ...globalThis.process.env,
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: redisUrl,
      CALLCAST_SECRET_KEY: secretKey,
      CALLCAST_API_KEY: API_KEY,
      CALLCAST_HTTP_PORT: '0',
      CALLCAST_WCS_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: process.stdout })) {
    const { event, url } = JSON.parse(line) as { event: string; url?: string };
    if (event !== 'api.ready' || url === undefined) continue;
    process.stdout.resume();
    api = { process, url };
    return url;
  }
  throw new Error('the API did not start');
}

async function kill(): Promise<void> {
  if (api === undefined) return;
  const { process } = api;
  api = undefined;
  const gone = once(process, 'exit');
  process.kill('SIGKILL');
  await gone;
}

const post = (url: string, key: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });

/** The id of the call, or undefined when no answer came, or it is not known yet. */
async function place(url: string, key: string): Promise<string | undefined> {
  try {
    const answer = await post(`${url}/v1/calls`, key, callBody(key));
    const { id } = (await answer.json()) as { id?: string };
    return id;
  } catch {
    return undefined;
  }
}

beforeAll(async () => {
  await applyMigrations(databaseUrl.href);
  await sql.connect();
});
afterAll(async () => {
  await kill();
  await sql.end();
});

describe('an API that is killed while it takes calls (F5)', () => {
  it('has placed one call for each key when the clients have tried again', async () => {
    const ids = new Map<string, string>();
    const open = new Set<string>();
    const placeAll = async (url: string): Promise<void> => {
      const waiting = [...open];
      const work = async (): Promise<void> => {
        for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
          const id = await place(url, key);
          if (id === undefined) continue;
          ids.set(key, id);
          open.delete(key);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    };

    for (let round = 0; round < ROUNDS; round++) {
      for (let n = 0; n < KEYS_A_ROUND; n++) open.add(randomUUID());
      const url = await start();
      const before = await keyCount();
      const placing = placeAll(url);
      // In the middle of them.
      while ((await keyCount()) < before + KEYS_A_ROUND / 4) continue;
      await kill();
      await placing;
    }
    await endClaims();
    const url = await start();
    while (open.size > 0) await placeAll(url);

    const { rows } = await sql.query<{ id: string; call_id: string }>(
      'SELECT id, call_id FROM calls',
    );
    expect(rows.length).toBe(ROUNDS * KEYS_A_ROUND);
    expect(new Map(rows.map(({ id, call_id: key }) => [key, id]))).toEqual(ids);
  });
});

interface Placed {
  readonly placed: number;
  readonly results: readonly { readonly call: { readonly id: string; readonly callId: string } }[];
}

describe('an API that is killed in the middle of a batch', () => {
  it('leaves whole calls, which the same request finds, and places the rest', async () => {
    const calls = Array.from({ length: BATCH }, (_, n) => callBody(`batch-${n}`));
    const stored = async () => {
      const { rows } = await sql.query<{
        id: string;
        call_id: string;
        outputs: number;
        told: number;
      }>(
        `SELECT id, call_id,
           (SELECT count(*)::int FROM outputs o WHERE o.call_id = c.id) AS outputs,
           (SELECT count(*)::int FROM events e WHERE e.call_id = c.id AND e.type = 'call.queued') AS told
         FROM calls c WHERE call_id LIKE 'batch-%'`,
      );
      return rows;
    };
    const first = post(`${api?.url ?? ''}/v1/calls:batch`, 'one-batch', { calls });
    const answered = first.then(
      () => true,
      () => false,
    );
    while ((await stored()).length < BATCH / 10) continue;
    await kill();

    const left = await stored();
    expect(await answered).toBe(false);
    expect(left.length).toBeLessThan(BATCH);
    const wholes = left.filter(({ outputs, told }) => outputs === 1 && told === 1);
    expect(wholes).toHaveLength(left.length);

    await endClaims();
    const url = await start();
    const again = await post(`${url}/v1/calls:batch`, 'one-batch', { calls });
    const text = await again.text();
    const { placed, results } = JSON.parse(text) as Placed;
    const byName = new Map(results.map(({ call }) => [call.callId, call.id]));
    const replayed = await post(`${url}/v1/calls:batch`, 'one-batch', { calls });

    expect([again.status, placed, byName.size]).toEqual([200, BATCH, BATCH]);
    for (const { id, call_id: name } of left) expect([name, byName.get(name)]).toEqual([name, id]);
    expect(await stored()).toHaveLength(BATCH);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(await replayed.text()).toBe(text);
  });
});

describe('a call that is planned', () => {
  it('outlives its API and all that Redis knows, and gets its job when its time has come', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await placePlanned(startAt);
    await kill();
    const redis = new Redis(redisUrl);
    await redis.flushdb();
    const shown = await fetch(`${await start()}/v1/calls/${id}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(await shown.json()).toMatchObject({ state: 'queued', startAt, nextDialAt: startAt });

    const outside = {
      databaseUrl: databaseUrl.href,
      secretKey: new Secret(secretKey),
      logger: silentLogger,
    };
    const store = openStore(outside);
    const queue = openQueue({ redisUrl, logger: silentLogger });
    await Promise.all([store.start(), queue.start()]);
    const time = new VirtualTime();
    const enqueued = new Promise<string>((resolve) => {
      const told = {
        enqueueDial: async (job: Parameters<typeof queue.enqueueDial>[0]) => {
          await queue.enqueueDial(job);
          if (job.callId === id) resolve(job.callId);
        },
      };
      const nothing = () => undefined;
      const reconciler = new Reconciler({
        ...{ sweeper: store.sweeper, keys: store.keys, queue: told, timers: time },
        announcer: { announceEvents: nothing, announceCommand: nothing },
        dialer: {
          isConnected: false,
          dial: () => {
            throw new Error('no call is dialled');
          },
          endOrphan: () => Promise.resolve('unreachable' as const),
        },
        logger: silentLogger,
      });
      void reconciler.start();
    });
    const jobs = () => redis.keys(`*${id}*`);
    expect(await jobs()).toEqual([]);

    // Its time has come.
    await sql.query('UPDATE calls SET next_dial_at = clock_timestamp() WHERE id = $1', [id]);
    time.advance(1_000);
    await enqueued;

    expect(await jobs()).toHaveLength(1);
    await Promise.all([store.stop(), queue.stop(), redis.quit()]);
  });
});

async function placePlanned(startAt: string): Promise<string> {
  const answer = await post(`${api?.url ?? ''}/v1/calls`, 'planned', {
    ...callBody('planned'),
    startAt,
  });
  return ((await answer.json()) as { id: string }).id;
}

/** What died with its process runs out in 10 s: the other specs show it. */
async function endClaims(): Promise<void> {
  await sql.query(`UPDATE idempotency_keys SET claimed_until = 'epoch' WHERE status IS NULL`);
}

async function keyCount(): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('SELECT count(*)::int FROM idempotency_keys');
  return rows[0]?.count ?? 0;
}
