import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openJobs } from '#adapters/queue-bullmq';
import { applyMigrations } from '#adapters/store-prisma';
import type { DialJob } from '#domain';
import { silentLogger } from '#foundation';
import { readConfig } from '../../../apps/api/src/config.ts';
import { startApi } from '../../../apps/api/src/start-api.ts';
import type { RunningApi } from '../../../apps/api/src/start-api.ts';
import { API_KEY, callBody } from './api-world.ts';
import { CuttableProxy } from './cuttable-proxy.ts';
import { EventListener } from './event-listener.ts';

const databaseUrl = new URL(inject('databaseUrl'));
databaseUrl.pathname = `/api_${randomBytes(6).toString('hex')}`;
/** A database of Redis that no other spec uses. */
const redisUrl = new URL(inject('redisUrl'));
redisUrl.pathname = '/11';

const secretKey = randomBytes(32).toString('base64');

const environment = (database: string, redis: string) => ({
  DATABASE_URL: database,
  REDIS_URL: redis,
  CALLCAST_SECRET_KEY: secretKey,
  CALLCAST_API_KEY: API_KEY,
  CALLCAST_HTTP_PORT: '0',
  CALLCAST_WCS_PORT: '0',
});
const start = (database: string, redis: string) =>
  startApi(readConfig(environment(database, redis)), silentLogger);
const as = (api: RunningApi) => supertest.agent(api.url).set('authorization', `Bearer ${API_KEY}`);

let postgres: CuttableProxy;
let redis: CuttableProxy;
/** Behind the proxies. */
let api: RunningApi;
let other: RunningApi;
beforeAll(async () => {
  await applyMigrations(databaseUrl.href);
  postgres = await CuttableProxy.open(databaseUrl.href);
  redis = await CuttableProxy.open(redisUrl.href);
  api = await start(postgres.through(databaseUrl.href), redis.through(redisUrl.href));
  other = await start(databaseUrl.href, redisUrl.href);
});
afterAll(async () => {
  await api.stop();
  await other.stop();
  await postgres.close();
  await redis.close();
});

/** Waits until `/readyz` says what is expected; asks again as soon as it has answered. */
async function untilReadiness(status: 200 | 503, expected: object): Promise<void> {
  for (;;) {
    const answer = await as(api).get('/readyz');
    if (answer.status === status && isDeepStrictEqual(answer.body, expected)) return;
  }
}
const WHOLE = { ready: true, missing: [], degraded: [], nodes: { running: 0, takingCalls: 0 } };

describe('an API on real services', () => {
  it('brings a call to whoever takes jobs', async () => {
    const jobs = openJobs({ redisUrl: redisUrl.href, concurrency: 1, logger: silentLogger });
    await jobs.start();
    const taken: DialJob[] = [];
    const isTaken = new Promise<void>((resolve) => {
      jobs.consume((job) => {
        taken.push(job);
        resolve();
        return Promise.resolve();
      });
    });

    const answer = await as(api).post('/v1/calls').send(callBody('job')).expect(202);
    await isTaken;
    await jobs.stop();

    expect(taken).toEqual([{ callId: answer.body.id, epoch: 0 }]);
  });

  it('tells listeners of one process what happens in another', async () => {
    const listener = await EventListener.open(api.url);

    const answer = await as(other).post('/v1/calls').send(callBody('elsewhere')).expect(202);
    await listener.until(() =>
      listener.events.some(({ data }) => data['callId'] === answer.body.id),
    );

    listener.close();
  });

  it('takes calls while Redis is away, says so, and recovers', async () => {
    const listener = await EventListener.open(api.url);
    redis.cut();

    const answer = await as(api).post('/v1/calls').send(callBody('no-redis')).expect(202);
    await listener.until(() =>
      listener.events.some(({ data }) => data['callId'] === answer.body.id),
    );
    await untilReadiness(200, { ...WHOLE, degraded: ['redis'] });
    const metrics = await as(api).get('/metrics').expect(200);
    redis.mend();
    await untilReadiness(200, WHOLE);

    expect(metrics.text).toMatch(/^callcast_enqueue_failures_total\{[^}]*\} 1$/m);
    listener.close();
  });

  it('refuses calls while Postgres is away, says so, lives on, and recovers', async () => {
    postgres.cut();

    const refused = await as(api).post('/v1/calls').send(callBody('no-postgres')).expect(503);
    await untilReadiness(503, { ready: false, missing: ['postgres'], degraded: [], nodes: null });
    await as(api).get('/livez').expect(200);
    postgres.mend();
    await untilReadiness(200, WHOLE);

    expect(refused.body.code).toBe('STORE_UNAVAILABLE');
    expect(refused.headers['retry-after']).toBe('1');
    await as(api).post('/v1/calls').send(callBody('no-postgres')).expect(202);
  });

  it('does not start without its tables', async () => {
    const empty = new URL(inject('databaseUrl'));
    empty.pathname = '/postgres';

    await expect(start(empty.href, redisUrl.href)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      detail: expect.stringContaining('migrations') as unknown,
    });
  });

  it('does not start on a port that is taken, and leaves nothing open', async () => {
    const config = readConfig({
      ...environment(databaseUrl.href, redisUrl.href),
      CALLCAST_HTTP_PORT: new URL(api.url).port,
    });

    await expect(startApi(config, silentLogger)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
