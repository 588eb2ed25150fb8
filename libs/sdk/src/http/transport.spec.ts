import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FakeApi, json, problem, refused } from '../../testing/fake-api.ts';
import type { Script } from '../../testing/fake-api.ts';
import { Callcast } from '../callcast.ts';
import { backoffMs } from './retry-policy.ts';
import type { CallcastOptions } from './transport.ts';

const CALL = { id: 'call_1', state: 'queued' };
const BODY = { to: 'sip:room@sip.example.com', outputs: [] };

function setup(scripts: readonly Script[], options: Partial<CallcastOptions> = {}) {
  const api = new FakeApi(...scripts);
  const callcast = new Callcast(
    { url: 'http://api.example.com/', apiKey: 'key-of-the-app', fetch: api.fetch, ...options },
    api.world,
  );
  return { api, callcast, world: api.world };
}

describe('a request', () => {
  it('goes to its route with the key, and its answer comes back', async () => {
    const { api, callcast } = setup([json(CALL, 202)], { url: 'https://host/callcast/' });

    const call = await callcast.calls.create(BODY);

    expect(call).toEqual(CALL);
    expect(api.asked).toMatchObject([
      {
        method: 'POST',
        url: 'https://host/callcast/v1/calls',
        headers: {
          authorization: 'Bearer key-of-the-app',
          'content-type': 'application/json',
          'idempotency-key': 'key-1',
        },
        body: BODY,
        redirect: 'manual',
      },
    ]);
  });

  it('writes ids and queries so that they stay what they are', async () => {
    const { api, callcast } = setup([json(CALL), json({ items: [], nextCursor: null })]);

    await callcast.calls.get('a/b?c#d');
    const query = { state: 'up,held', limit: 5, cursor: undefined, metadata: ['a=1', 'b=2'] };
    await callcast.calls.list(query).page();

    expect(api.asked.map(({ url }) => url)).toEqual([
      'http://api.example.com/v1/calls/a%2Fb%3Fc%23d',
      'http://api.example.com/v1/calls?state=up%2Cheld&limit=5&metadata=a%3D1&metadata=b%3D2',
    ]);
    expect(api.asked[0]?.headers).toEqual({ authorization: 'Bearer key-of-the-app' });
  });

  it.each(['', '.', '..'])('is not sent for the id %j, which is another path', async (id) => {
    const { callcast } = setup([]);

    await expect(callcast.calls.hangUp(id)).rejects.toThrow(TypeError);
  });

  it.each(['ftp://host', 'http://user:word@host', 'host'])('is not sent to %s', (url) => {
    expect(() => setup([], { url })).toThrow(TypeError);
  });

  it('reads lists to their end, page by page', async () => {
    const pages = [
      json({ items: [1, 2], nextCursor: 'c1' }),
      json({ items: [3], nextCursor: null }),
    ];
    const { api, callcast } = setup(pages);

    const found: unknown[] = [];
    for await (const call of callcast.calls.list({ limit: 2 })) found.push(call);

    expect(found).toEqual([1, 2, 3]);
    expect(api.asked[1]?.url).toBe('http://api.example.com/v1/calls?limit=2&cursor=c1');
  });

  it.each([
    [{}, 30_000],
    [{ wait: 'answered', waitSeconds: 45 }, 75_000],
    [{ wait: 'answered' }, 90_000],
  ] as const)('is given the time that the API is asked to wait: %j', async (query, timeMs) => {
    const { callcast, world } = setup(['silence'], { maxRetries: 0 });
    const startMs = world.nowMs();

    await expect(world.until(callcast.calls.create(BODY, { query }))).rejects.toMatchObject({
      code: 'TIMED_OUT',
    });

    expect(world.nowMs() - startMs).toBe(timeMs);
  });

  it('leaves no timer behind', async () => {
    const { callcast, world } = setup([json(CALL), problem(404, 'CALL_NOT_FOUND')]);

    await callcast.calls.get('one');
    await callcast.calls.get('two').catch(() => undefined);

    expect(world.waiting).toBe(0);
  });

  it('never shows the key', () => {
    const { callcast } = setup([]);

    expect(inspect(callcast, { depth: 9, showHidden: true })).not.toContain('key-of-the-app');
    expect(JSON.stringify(callcast)).not.toContain('key-of-the-app');
  });
});

describe('an error', () => {
  it('has the code, the status, the fields and the request', async () => {
    const errors = [{ path: 'to', message: 'is wrong' }];
    const body = { code: 'REQUEST_INVALID', detail: 'to: is wrong', errors };
    const { callcast } = setup([json(body, 400, { 'x-request-id': 'r-7' })]);

    await expect(callcast.calls.create(BODY)).rejects.toMatchObject({
      name: 'CallcastError',
      ...{ code: 'REQUEST_INVALID', message: 'to: is wrong', status: 400 },
      ...{ details: errors, requestId: 'r-7' },
    });
  });

  it.each([
    { what: 'of nobody', script: refused(), code: 'UNREACHABLE', says: 'ECONNREFUSED' },
    { what: 'in silence', script: 'silence', code: 'TIMED_OUT', says: 'in time' },
    {
      what: 'of a proxy',
      script: new Response('<p>', { status: 403 }),
      code: 'HTTP_ERROR',
      says: '403',
    },
    {
      what: 'elsewhere',
      script: new Response('', { status: 301 }),
      code: 'NOT_CALLCAST',
      says: 'redirect',
    },
    { what: 'of a page', script: new Response('<p>'), code: 'NOT_CALLCAST', says: 'not JSON' },
  ] as const)('of no answer of Callcast is told by the client: $what', async (row) => {
    const { callcast, world } = setup([row.script], { maxRetries: 0 });

    const asking = world.until(callcast.calls.get('one'));

    await expect(asking).rejects.toMatchObject({ code: row.code, details: [] });
    await expect(asking).rejects.toThrow(row.says);
  });
});

describe('a request that fails', () => {
  it.each([
    { what: 'nobody listens', script: refused },
    { what: 'nothing is answered', script: () => 'silence' as const },
    { what: 'a proxy has nobody', script: () => new Response('bad gateway', { status: 502 }) },
    {
      what: 'the store is away',
      script: () => problem(503, 'STORE_UNAVAILABLE', { 'retry-after': '1' }),
    },
    { what: 'something of ours is broken', script: () => problem(500, 'INTERNAL') },
  ])('is sent again with the same key when $what', async ({ script }) => {
    const { api, callcast, world } = setup([script(), script(), json(CALL, 202)]);

    await world.until(callcast.calls.create(BODY));

    expect(api.asked.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'key-1',
      'key-1',
      'key-1',
    ]);
    expect(api.asked.map(({ body }) => body)).toEqual([BODY, BODY, BODY]);
  });

  it.each([
    { status: 401, code: 'KEY_INVALID' },
    { status: 409, code: 'CALL_ID_IN_USE' },
    { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' },
    { status: 429, code: 'OUTPUTS_TOO_MANY' },
    { status: 502, code: 'DTMF_REFUSED' },
  ])('is not sent again when it is refused for good: $code', async ({ status, code }) => {
    const { callcast } = setup([problem(status, code)]);

    await expect(callcast.calls.create(BODY)).rejects.toMatchObject({ code, status });
  });

  it('waits longer each time, and gives up', async () => {
    const { api, callcast, world } = setup(Array.from({ length: 5 }, refused));

    await expect(world.until(callcast.calls.get('one'))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });

    expect(api.timesMs).toEqual([0, 250, 750, 1750, 3750]);
  });

  it('waits up to a half less by chance, so that clients do not come back together', () => {
    const waits = [0, 0.5, 1].map((random) => backoffMs(3, random));

    expect(waits).toEqual([1000, 750, 500]);
    expect(backoffMs(40, 0)).toBe(8_000);
  });

  it('waits as long as it is told to, in seconds or until a date', async () => {
    const date = new Date(1_000_000 + 3_000 + 9_000).toUTCString();
    const scripts = [
      problem(429, 'CALLS_TOO_FAST', { 'retry-after': '3' }),
      problem(503, 'STORE_UNAVAILABLE', { 'retry-after': date }),
      json(CALL),
    ];
    const { api, callcast, world } = setup(scripts);

    await world.until(callcast.calls.create(BODY));

    expect(api.timesMs).toEqual([0, 3_000, 12_000]);
  });

  it('is given up when it is told to wait for more than a minute', async () => {
    const { callcast } = setup([problem(429, 'RATE_LIMITED', { 'retry-after': '61' })]);

    await expect(callcast.calls.create(BODY)).rejects.toMatchObject({ retryAfterMs: 61_000 });
  });

  it('waits for an earlier attempt that is still under way, longer than for other things', async () => {
    const busy = () => problem(409, 'IDEMPOTENCY_KEY_BUSY', { 'retry-after': '1' });
    const scripts = [...Array.from({ length: 12 }, busy), json(CALL, 202)];
    const { api, callcast, world } = setup(scripts);

    await world.until(callcast.calls.create(BODY));

    expect(api.timesMs.at(-1)).toBe(12_000);
  });

  it('takes the key of the caller, who goes on where another process stopped', async () => {
    const { api, callcast } = setup([json(CALL, 202)]);

    await callcast.calls.create(BODY, { idempotencyKey: 'order-17' });

    expect(api.asked[0]?.headers['idempotency-key']).toBe('order-17');
  });
});

describe('a caller who gives up', () => {
  it('is told so, with the own reason, while the request is under way', async () => {
    const { callcast, world } = setup(['silence']);
    const controller = new AbortController();
    const asking = callcast.calls.get('one', {}, { signal: controller.signal });

    controller.abort(new Error('no time'));

    await expect(world.until(asking)).rejects.toThrow('no time');
    expect(world.waiting).toBe(0);
  });

  it('is told so while it waits for the next attempt', async () => {
    const controller = new AbortController();
    const { callcast, world, api } = setup([refused()]);
    const asking = callcast.calls.get('one', {}, { signal: controller.signal });
    while (api.asked.length === 0 || world.waiting === 0) await new Promise(setImmediate);

    controller.abort();

    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    expect(world.waiting).toBe(0);
  });

  it('before it begins sends nothing', async () => {
    const { api, callcast } = setup([]);

    await expect(callcast.calls.get('one', {}, { signal: AbortSignal.abort() })).rejects.toThrow();

    expect(api.asked).toEqual([]);
  });
});
