import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Callcast, CallcastError } from '#sdk';
import type { CallcastOptions, Event, Fetch } from '#sdk';
import { generateSdk } from '../../../libs/sdk/generator/generate-sdk.ts';
import type { OpenApi } from '../../../libs/sdk/generator/open-api.ts';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { CuttableProxy } from './cuttable-proxy.ts';

const SOURCES = new URL('../../../libs/sdk/src/openapi/', import.meta.url).pathname;

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(async () => {
  await world.forgetCalls();
});

const client = (options: Partial<CallcastOptions> = {}): Callcast =>
  new Callcast({ url: world.url, apiKey: API_KEY, ...options });

describe('the sources of the SDK', () => {
  // `npm run generate:sdk` writes them anew.
  it.each(['schemas.ts', 'routes.ts'] as const)(
    'are what the description of the API gives: %s',
    async (name) => {
      const { body } = await world.bare.get('/openapi.json').expect(200);
      const path = `${SOURCES}${name}`;
      const style = await prettier.resolveConfig(path);
      const text = await prettier.format(generateSdk(body as OpenApi)[name], {
        ...style,
        filepath: path,
      });
      if (process.env['UPDATE_SDK'] === '1') writeFileSync(path, text);

      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});

describe('the SDK', () => {
  it('places, finds, lists and ends calls', async () => {
    const callcast = client();

    const placed = await callcast.calls.create(callBody('sdk-one'));
    const found = await callcast.calls.get(placed.id);
    await callcast.calls.create(callBody('sdk-two'));
    const listed: string[] = [];
    for await (const { callId } of callcast.calls.list({ limit: 1 })) listed.push(callId);
    await callcast.calls.hangUp(placed.id);
    const ended = await callcast.calls.get(placed.id);
    const history = await callcast.calls.events(placed.id).page();

    expect(found).toEqual(placed);
    expect(listed).toEqual(['sdk-two', 'sdk-one']);
    expect(ended).toMatchObject({ state: 'ended', verdict: { result: 'canceled' } });
    expect(history.items.map(({ type }) => type)).toEqual([
      'call.queued',
      'output.closed',
      'call.ended',
    ]);
  });

  it('places a call once, also when the answer is lost', async () => {
    const statuses: number[] = [];
    const losing: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (statuses.push(response.status) === 1) throw new TypeError('fetch failed');
      return response;
    };

    const call = await client({ fetch: losing }).calls.create(callBody('sdk-lost'));

    expect(statuses).toEqual([202, 202]);
    const { items } = await client().calls.list().page();
    expect(items.filter(({ callId }) => callId === 'sdk-lost')).toEqual([call]);
  });

  it('tells what the API refuses', async () => {
    const refused = client().calls.create({ ...callBody('sdk-bad'), to: 'nobody' });
    await expect(refused).rejects.toBeInstanceOf(CallcastError);
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'REQUEST_INVALID', status: 400, details: [{ path: 'to' }] },
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });

    const unknown = client().calls.get('call_00000000000000000000000000');
    await expect(unknown).rejects.toMatchObject({ code: 'CALL_NOT_FOUND', status: 404 });

    const keyless = client({ apiKey: 'another-key-0123456789' }).calls.list().page();
    await expect(keyless).rejects.toMatchObject({ code: 'KEY_INVALID', status: 401 });
  });

  it('hears every event once while its line is cut again and again, from the first moment on', async () => {
    const proxy = await CuttableProxy.open(world.url);
    const start = await world.store.feed.tail();
    const heard: Event[] = [];
    const controller = new AbortController();
    const stream = client({ url: proxy.through(world.url) }).events.listen(
      {},
      { after: start, signal: controller.signal, onReconnect: () => proxy.mend() },
    );

    const listening = (async () => {
      for await (const event of stream) {
        heard.push(event);
        if (heard.length % 4 === 0) proxy.cut();
        if (heard.length === 12) controller.abort(new Error('enough'));
      }
    })();
    const calls = await Promise.all(
      Array.from({ length: 6 }, (_, index) => client().calls.create(callBody(`sdk-cut-${index}`))),
    );
    await Promise.all(calls.map(({ id }) => client().calls.hangUp(id)));
    await expect(listening).rejects.toThrow('enough');
    await proxy.close();

    const stored = await world.store.feed.read(start, 100);
    expect(heard.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
  });

  it('listens from when it came, also when it is cut before it has heard anything', async () => {
    const proxy = await CuttableProxy.open(world.url);
    let cuts = 0;
    const url = proxy.through(world.url);
    const placeWhileAway = async (): Promise<void> => {
      if (cuts++ > 0) return;
      await client().calls.create(callBody('sdk-away'));
      proxy.mend();
    };
    const cutting: Fetch = async (target, init) => {
      const response = await fetch(target, init);
      return cuts > 0 ? response : cutAfterFirstPiece(response, () => proxy.cut());
    };
    const stream = client({ url, fetch: cutting }).events.listen(
      {},
      { onReconnect: () => void placeWhileAway() },
    );

    const types: string[] = [];
    for await (const { callId, type } of stream) {
      const call = await client().calls.get(callId);
      if (call.callId === 'sdk-away') types.push(type);
      if (types.length === 1) break;
    }
    await proxy.close();

    expect(types).toEqual(['call.queued']);
  });
});

/** The answer, whose line is cut as soon as something has come. */
function cutAfterFirstPiece(response: Response, cut: () => void): Response {
  const pieces = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        controller.enqueue(piece);
        cut();
      },
    }),
  );
  return new Response(pieces, { status: response.status, headers: response.headers });
}
