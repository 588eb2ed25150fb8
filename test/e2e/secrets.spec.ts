import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from './support/stage.ts';

const PASSWORD = 'CANARY-SIP-0c41';
const KEY = 'CANARY-KEY-77f2';
const USERINFO = 'CANARY-USER-9d3e';

describe('secrets', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ settings: { CALLCAST_LOG_LEVEL: 'debug' } });
  });

  afterAll(async () => {
    await stage.close();
  });

  async function databaseText(): Promise<string> {
    const client = new pg.Client(stage.runtime.databaseUrl);
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `SELECT row_to_json(t)::text AS text FROM ${pg.escapeIdentifier(name)} t`,
      );
      texts.push(...rows.map((row) => row.text));
    }
    await client.end();
    return texts.join('\n');
  }

  async function redisText(): Promise<string> {
    const redis = new Redis(stage.runtime.redisUrl);
    const texts: string[] = [];
    for (const key of await redis.keys('*')) {
      const dump = await redis.dumpBuffer(key);
      texts.push(key, dump.toString('latin1'));
    }
    redis.disconnect();
    return texts.join('\n');
  }

  function commandLines(): string {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids
      .map((pid) => {
        try {
          return readFileSync(join('/proc', pid, 'cmdline'), 'latin1');
        } catch {
          return ''; // It has ended meanwhile.
        }
      })
      .join('\n');
  }

  function logs(): string {
    const folder = join(stage.folder, 'logs');
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  }

  it('stay sealed in the database, the queue, the logs, the answers and the process list', async () => {
    const callee = await stage.callee({
      digest: { user: 'me', password: PASSWORD },
      media: { path: await stage.tone(400, 30) },
    });
    const { id } = await stage.place({
      to: callee.uri(),
      auth: { username: 'me', password: PASSWORD },
      outputs: [{ url: `rtmp://${USERINFO}:pw@127.0.0.1:${stage.rtmp.port}/live`, streamKey: KEY }],
    });
    await stage.untilLive(id);
    const whileLive = [await redisText(), commandLines()];
    await stage.hangUp(id);
    const ended = await stage.untilEnded(id);
    const refused = await stage.place({
      to: callee.uri(),
      auth: { username: 'me', password: `${PASSWORD}-wrong` },
      outputs: [{ url: stage.rtmpUrl, streamKey: `${KEY}-2` }],
    });
    await stage.untilEnded(refused.id);

    const places: Readonly<Record<string, string>> = {
      'the database': await databaseText(),
      'Redis, live': whileLive[0] ?? '',
      'process list': whileLive[1] ?? '',
      'Redis, after': await redisText(),
      'the logs': logs(),
      'the answers': JSON.stringify([
        ended,
        await stage.events(id),
        await stage.events(refused.id),
      ]),
    };
    const leaks = Object.entries(places).flatMap(([place, text]) =>
      [PASSWORD, KEY, USERINFO]
        .filter((secret) => text.includes(secret))
        .map((secret) => `${secret} in ${place}`),
    );
    expect(leaks).toEqual([]);
    expect(places['the logs']).toContain(id);
    expect(places['the database']).toContain(id);
    expect(stage.recordingsOf(KEY)).toHaveLength(1);
  });
});
