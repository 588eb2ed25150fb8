import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBatchResultSchema } from '#contracts';
import { Fault } from '#domain';
import type { CallRegistry } from '#domain';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const away = { isAway: false, afterCalls: 0 };

/** A registry whose database goes away after some calls. */
const breakable = (registry: CallRegistry): CallRegistry =>
  new Proxy(registry, {
    get(target, name) {
      if (name !== 'createCall') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return (call: Parameters<CallRegistry['createCall']>[0]) =>
        away.isAway && away.afterCalls-- <= 0
          ? Promise.reject(new Fault('STORE_UNAVAILABLE'))
          : target.createCall(call);
    },
  });

let world: ApiWorld;
/** Another API on the same database, which may lose it. */
let other: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  const { databaseUrl, store } = world;
  other = await openWorld({ databaseUrl, parts: { registry: breakable(store.registry) } });
});
afterAll(async () => {
  await other.close();
  await world.close();
});

const send = (calls: readonly unknown[], key: string = randomUUID(), through = world) =>
  through.as.post('/v1/calls:batch').set('idempotency-key', key).send({ calls });

const statusesOf = (body: unknown): number[] =>
  callBatchResultSchema.parse(body).results.map(({ status }) => status);

const callCount = async (): Promise<number> =>
  (await world.dump('calls')).split('\n').filter((row) => row !== '').length;

describe('POST /v1/calls:batch', () => {
  it('places each call or says why not, in the order of the request', async () => {
    const canary = 'canary-of-the-batch';
    const { body, text } = await send([
      callBody('batch-1'),
      { ...callBody('batch-2'), to: canary },
      'no call',
      { ...callBody('batch-3'), auth: { username: 'u', password: canary }, priority: 4 },
      { ...callBody('batch-4'), outputs: [{ url: 'rtmp://10.0.0.1/live', streamKey: 'k' }] },
    ]).expect(200);

    const { placed, refused, results } = callBatchResultSchema.strict().parse(body);
    expect([placed, refused]).toEqual([2, 3]);
    expect(results.map(({ status }) => status)).toEqual([202, 400, 400, 202, 422]);
    expect(results.map(({ call }) => call?.callId)).toEqual([
      ...['batch-1', undefined, undefined, 'batch-3', undefined],
    ]);
    expect(results[1]?.problem).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(results[1]?.problem?.errors?.[0]?.path).toBe('to');
    expect(results[4]?.problem?.code).toBe('TARGET_REFUSED');
    expect(text).not.toContain(canary);
    expect(text).not.toContain('key-of-batch');
    const ids = results.flatMap(({ call }) => call?.id ?? []);
    expect(world.queue.jobs.map(({ callId }) => callId).sort()).toEqual(ids.sort());
  });

  it('gives what two of them ask for to the earlier one', async () => {
    const again = callBody('twice');
    const sameTarget = { ...callBody('other-name'), outputs: again.outputs };
    const calls = [
      // Refused itself, so that it takes the target from nobody.
      { ...again, callId: 'in vain' },
      ...[again, sameTarget, { ...callBody('twice-2'), callId: 'twice' }, callBody('twice-3')],
    ];

    const { body } = await send(calls).expect(200);

    expect(statusesOf(body)).toEqual([400, 202, 409, 409, 202]);
    const [, first, target, name] = callBatchResultSchema.parse(body).results;
    expect(target?.problem?.code).toBe('TARGET_IN_USE');
    expect(target?.problem?.detail).toContain(first?.call?.id);
    expect(name?.problem?.code).toBe('CALL_ID_IN_USE');
  });

  it('takes a thousand, once for a key, and not one more', async () => {
    const calls = Array.from({ length: 1_000 }, (_, index) => ({
      ...callBody(`many-${index}`),
      metadata: { note: 'x'.repeat(500) },
    }));
    const before = await callCount();
    const key = randomUUID();

    const first = await send(calls, key).expect(200);
    const again = await send(calls, key, other).expect(200);
    const more = await send([...calls, callBody('many-more')]).expect(400);
    const none = await send([]).expect(400);

    expect(first.body.placed).toBe(1_000);
    expect(callBatchResultSchema.parse(first.body).results.map(({ call }) => call?.callId)).toEqual(
      calls.map(({ callId }) => callId),
    );
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
    expect(await callCount()).toBe(before + 1_000);
    for (const { body } of [more, none]) expect(body.errors[0].path).toBe('calls');
  });

  it('leaves its key open while a call may still be placed, and then places only that one', async () => {
    const key = randomUUID();
    const calls = ['open-1', 'open-2', 'open-3'].map(callBody);
    const before = await callCount();

    Object.assign(away, { isAway: true, afterCalls: 2 });
    const first = await send(calls, key, other).expect(200);
    away.isAway = false;
    const second = await send(calls, key, other).expect(200);
    const third = await send(calls, key, world).expect(200);

    expect(statusesOf(first.body).sort()).toEqual([202, 202, 503]);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
    expect(statusesOf(second.body)).toEqual([202, 202, 202]);
    expect(third.headers['idempotent-replayed']).toBe('true');
    const idsOf = ({ body }: typeof first) =>
      callBatchResultSchema.parse(body).results.map(({ call }) => call?.id);
    const placedAtFirst = idsOf(first).filter((id) => id !== undefined);
    expect(idsOf(second)).toEqual(expect.arrayContaining(placedAtFirst));
    expect(await callCount()).toBe(before + 3);
  });

  it('is known by its path alone', async () => {
    await world.as.get('/v1/calls:batch').expect(405);
    await world.as.post('/v1/callsXbatch').send({}).expect(404);
    const openApi = await world.as.get('/openapi.json').expect(200);
    expect(openApi.body.paths['/v1/calls:batch'].post.requestBody).toBeDefined();
  });

  it('may be larger than other requests, to a limit', async () => {
    const large = { ...callBody('large'), metadata: { a: 'x'.repeat(70_000) } };
    const single = await world.as.post('/v1/calls').send(large).expect(413);
    const batch = await send([large]).expect(200);
    const tooLarge = await send(['x'.repeat(4_200_000)]).expect(413);

    expect(single.body.code).toBe('REQUEST_TOO_LARGE');
    expect(statusesOf(batch.body)).toEqual([400]);
    expect(tooLarge.body.code).toBe('REQUEST_TOO_LARGE');
  });
});
