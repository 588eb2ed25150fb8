import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Callcast, CallcastError } from '#sdk';
import type { CallcastOptions, Event, Fetch } from '#sdk';
import { generateSdk } from '../../../libs/sdk/generator/generate-sdk.ts';
import type { OpenApi } from '../../../libs/sdk/generator/open-api.ts';
import { CommandRun } from '../../support/command-run.ts';
import type { CommandRunOptions } from '../../support/command-run.ts';
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

    const placed = await callcast.calls.create({
      ...callBody('sdk-one'),
      metadata: { show: 'news', host: 'zoe' },
    });
    const found = await callcast.calls.get(placed.id);
    await callcast.calls.create(callBody('sdk-two'));
    const fields = { appKey: 'default', metadata: ['show=news', 'host=zoe'] };
    const filtered = await callcast.calls.list(fields).page();
    const listed: string[] = [];
    for await (const { callId } of callcast.calls.list({ limit: 1 })) listed.push(callId);
    await callcast.calls.hangUp(placed.id);
    const ended = await callcast.calls.get(placed.id);
    const history = await callcast.calls.events(placed.id).page();

    expect(filtered.items).toEqual([placed]);
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

const callcast = (argv: readonly string[], options: CommandRunOptions = {}): CommandRun =>
  new CommandRun(argv, { url: world.url, apiKey: API_KEY }, options);

const idIn = (line: string): string => /call_\w+/.exec(line)?.[0] ?? 'none';

describe('the command line', () => {
  it('places a call with secrets that are asked for, follows it, and says how it ended', async () => {
    const run = callcast(
      [
        ...['call', 'room@sip.example.com', '--username', 'studio', '--metadata', 'show=news'],
        ...['-o', 'rtmp://live.example.com/live', '--call-id', 'cli-one'],
      ],
      { secrets: ['key-of-the-stream', 'password-of-studio'], columns: 100 },
    );
    const id = idIn(await run.until('sip:room@sip.example.com'));
    await run.until('call.queued');
    await run.until(/^queued · waiting · /);
    const call = await client().calls.get(id);

    await client().calls.hangUp(id);

    expect(await run.exit).toBe(1);
    expect(run.questions).toEqual([
      'Stream key of rtmp://live.example.com/live',
      'Password of studio',
    ]);
    expect(call).toMatchObject({
      ...{ callId: 'cli-one', to: 'sip:room@sip.example.com', metadata: { show: 'news' } },
      outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key…am' }],
    });
    expect(run.printed.map((line) => line.split('  ')[1])).toEqual([
      'sip:room@sip.example.com',
      ...['call.queued', 'output.closed', 'call.ended', undefined],
    ]);
    expect(run.printed.at(-1)).toMatch(/^canceled: CALL_CANCELED: /);
    expect(run.printed.join()).not.toMatch(/key-of-the-stream|password/);
  });

  it('leaves a call that goes on at Ctrl-C, and says how to end it', async () => {
    const run = callcast(['call', 'sip:room@sip.example.com']);
    const id = idIn(await run.until('call_'));
    await run.until('call.queued');

    run.leave();

    expect(await run.exit).toBe(130);
    expect(run.notes).toEqual([`The call goes on. To end it: callcast hangup ${id}`]);
    expect(run.shown).toEqual([]);
    expect(await client().calls.get(id)).toMatchObject({ state: 'queued' });
  });

  it('does without waiting, and speaks JSON', async () => {
    const placed = callcast(['call', 'sip:room@sip.example.com', '--detach', '--json']);
    expect(await placed.exit).toBe(0);
    const [call] = placed.objects;
    const id = String(call?.['id']);

    const watched = callcast(['watch', id, '--json']);
    await watched.until('call.queued');
    const ended = callcast(['hangup', id, '--json']);

    expect(await ended.exit).toBe(0);
    expect(ended.objects).toMatchObject([{ id, state: 'ended' }]);
    expect(await watched.exit).toBe(1);
    expect(watched.objects.map(({ seq, type }) => ({ seq, type }))).toEqual([
      { seq: 1, type: 'call.queued' },
      { seq: 2, type: 'call.ended' },
    ]);
  });

  it('lists calls in a table that fits, or as JSON, as many as wanted', async () => {
    for (const name of ['a', 'b', 'c']) await client().calls.create(callBody(`cli-list-${name}`));

    const narrow = callcast(['list'], { columns: 80 });
    const two = callcast(['list', '--limit', '2', '--state', 'queued', '--json']);
    const none = callcast(['list', '--state', 'up']);
    const exits = await Promise.all([narrow.exit, two.exit, none.exit]);

    expect(exits).toEqual([0, 0, 0]);
    expect(narrow.printed).toHaveLength(4);
    expect(narrow.printed[0]).toMatch(/^CALL +STATE +ON AIR +AGE( +TALK)? +VERDICT +TO$/);
    expect(narrow.printed[1]).toMatch(/^call_\w{26} {2}queued {2}waiting {2}\d s .* sip:\S*…?$/);
    expect(Math.max(...narrow.printed.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(two.objects.map(({ callId }) => callId)).toEqual(['cli-list-c', 'cli-list-b']);
    expect(none).toMatchObject({ printed: [], notes: ['There are no such calls.'] });
  });

  it('tells what happens to all calls until Ctrl-C', async () => {
    const start = await world.store.feed.tail();
    const { id } = await client().calls.create(callBody('cli-all'));
    const run = callcast(['watch', '--after', start, '--types', 'call.*']);

    await run.until(`${id}  call.queued`);
    run.leave();

    expect(await run.exit).toBe(130);
  });

  it.each([
    { argv: ['hangup', 'call_00000000000000000000000000'], exit: 1, says: 'CALL_NOT_FOUND' },
    { argv: ['watch', 'call_00000000000000000000000000'], exit: 1, says: 'CALL_NOT_FOUND' },
    { argv: ['list', '--state', 'dreaming'], exit: 1, says: '  state' },
    { argv: ['call', 'sip:nobody@@'], exit: 1, says: '  to: ' },
    { argv: ['watch', 'call_1', '--after', '0'], exit: 2, says: '--after belongs to' },
    { argv: ['list', 'calls'], exit: 2, says: 'it takes no arguments' },
    { argv: ['list', '--limit', '-1'], exit: 2, says: '--limit' },
    { argv: ['call'], exit: 2, says: 'one SIP address' },
    { argv: ['call', '--body', '/nowhere/call.json'], exit: 2, says: 'cannot be read' },
    {
      argv: ['call', '--body', 'call.json', '--trunk', 'x'],
      exit: 2,
      says: '--trunk belongs into',
    },
    { argv: ['dtmf', 'call_1', '1', '--method', 'morse'], exit: 2, says: 'rfc4733, info' },
    { argv: ['fly'], exit: 2, says: 'there is no command' },
  ])('$argv ends with $exit and says $says', async ({ argv, exit, says }) => {
    const run = callcast(argv);

    expect(await run.exit).toBe(exit);
    expect(run.notes.join('\n')).toContain(says);
    expect(run.notes.join('\n')).not.toContain(API_KEY);
    expect(run.printed).toEqual([]);
  });

  it('asks for keys that are left out, and tells a refusal in JSON too', async () => {
    const { id } = await client().calls.create(callBody('cli-keys'));

    const run = callcast(['dtmf', id, '--json'], { secrets: ['12#'] });

    expect(await run.exit).toBe(1);
    expect(run.questions).toEqual(['Keys']);
    expect(run.objects).toMatchObject([{ error: { code: 'CALL_NOT_ANSWERED', status: 409 } }]);
  });

  it('says that a key is not known, and that nobody is there', async () => {
    const wrong = new CommandRun(['list'], { url: world.url, apiKey: 'another-key-0123456789' });
    const nobody = new CommandRun(['list'], { url: 'http://127.0.0.1:9', apiKey: API_KEY });

    expect(await Promise.all([wrong.exit, nobody.exit])).toEqual([3, 3]);
    expect(wrong.notes.join()).toMatch(/KEY_INVALID.*CALLCAST_API_KEY/);
    expect(nobody.notes.join()).toMatch(/UNREACHABLE: http:\/\/127\.0\.0\.1:9 .*CALLCAST_URL/);
  });

  it('takes deliveries, and believes those that are signed', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'callcast-hooks-')), 'secret');
    writeFileSync(file, `${HOOK_SECRET}\n`);
    const run = callcast(['hooks', 'listen', '--secret-file', file, '--count', '3']);
    const url = /http:\S+/.exec(await run.until('Listening'))?.[0] ?? '';
    const event = {
      id: 'evt_1',
      callId: 'call_1',
      type: 'call.ended',
      at: 'now',
      data: { code: 'X' },
    };

    const good = await deliver(url, JSON.stringify(event));
    const wcs = await deliver(`${url}CallStatusEvent`, '{"status":"FINISH"}');
    const forged = await deliver(url, JSON.stringify(event), `${JSON.stringify(event)} `);

    expect([good, wcs, forged]).toEqual([204, 204, 400]);
    expect(await run.exit).toBe(1);
    expect(run.printed).toEqual([
      'ok  now  call_1  call.ended  code=X',
      'ok  /CallStatusEvent  {"status":"FINISH"}',
      expect.stringMatching(/^NOT BELIEVED {2}msg_1 {2}no signature fits/),
    ]);
    rmSync(dirname(file), { recursive: true });
  });

  it('makes a hook of its own to listen with, and takes it away', async () => {
    const run = callcast(['hooks', 'listen', '--register', '--events', 'call.*', '--count', '1']);
    await run.until('Listening');
    const { items } = await client().hooks.list().page();

    const test = await client().hooks.test(items[0]?.id ?? '');

    expect(items).toMatchObject([{ events: ['call.*'], description: 'callcast hooks listen' }]);
    expect(test.ok).toBe(true);
    expect(await run.exit).toBe(0);
    expect(run.printed).toEqual([expect.stringMatching(/^ok .* hook\.test /)]);
    expect(await client().hooks.list().page()).toMatchObject({ items: [] });
  });
});

const HOOK_SECRET = `whsec_${Buffer.from('a secret of a hook, 24 by').toString('base64')}`;

/** One delivery, signed by the reference library; `sent` is another body than the signed one. */
async function deliver(url: string, body: string, sent = body): Promise<number> {
  const at = new Date();
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(HOOK_SECRET).sign('msg_1', at, body),
  };
  return (await fetch(url, { method: 'POST', headers, body: sent })).status;
}
