import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from '#adapters/store-prisma';
import { API_KEY, callBody } from './api-world.ts';

const ROUNDS = 3;
const KEYS_A_ROUND = 40;
const AT_ONCE = 8;

const databaseUrl = new URL(inject('databaseUrl'));
databaseUrl.pathname = `/api_${randomBytes(6).toString('hex')}`;
const sql = new pg.Client({ connectionString: databaseUrl.href });
const secretKey = randomBytes(32).toString('base64');
let api: { readonly process: ChildProcess; readonly url: string } | undefined;

async function start(): Promise<string> {
  const process = spawn(globalThis.process.execPath, ['dist/apps/api/src/main.js'], {
    env: {
      ...globalThis.process.env,
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: inject('redisUrl').replace(/\/\d*$/, '/12'),
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

/** The id of the call, or undefined when no answer came, or it is not known yet. */
async function place(url: string, key: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/v1/calls`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(callBody(key)),
    });
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
    // What died with its process runs out in 10 s: the other specs show it.
    await sql.query(`UPDATE idempotency_keys SET claimed_until = 'epoch' WHERE status IS NULL`);
    const url = await start();
    while (open.size > 0) await placeAll(url);

    const { rows } = await sql.query<{ id: string; call_id: string }>(
      'SELECT id, call_id FROM calls',
    );
    expect(rows.length).toBe(ROUNDS * KEYS_A_ROUND);
    expect(new Map(rows.map(({ id, call_id: key }) => [key, id]))).toEqual(ids);
  });
});

async function keyCount(): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('SELECT count(*)::int FROM idempotency_keys');
  return rows[0]?.count ?? 0;
}
