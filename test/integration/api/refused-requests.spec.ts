import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  const page = await world.store.registry.listCalls({ limit: 1 });
  expect(page.items).toEqual([]);
  expect(world.queue.jobs).toEqual([]);
  await world.close();
});

/** Every field filled, so that any of them can be spoiled. */
const FULL = {
  callId: 'full',
  to: 'sip:room@sip.example.com',
  from: { user: 'studio', displayName: 'Studio 1', domain: 'studio.example.com' },
  auth: {
    username: 'studio',
    password: 'secret',
    authUsername: 'digest',
    realms: ['sip.example.com'],
  },
  outboundProxy: 'sip:edge.example.com',
  headers: { 'X-Show': 'news' },
  media: {
    direction: 'recvonly',
    earlyMedia: 'ignore',
    audio: { codecs: ['PCMU'], sampleRate: 44100, bitrateKbps: 64 },
  },
  outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key' }],
  limits: { ringSeconds: 60, maxSeconds: 600, mediaTimeoutSeconds: 30 },
  metadata: { show: 'news' },
};

type Json = Record<string, unknown>;

/** A copy of the full body with one field set; undefined removes it. */
function spoiled(path: string, value: unknown): Json {
  const body = structuredClone(FULL) as Json;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const parent = names.reduce((inner, name) => inner[name] as Json, body);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
  return body;
}

async function expectRefused(body: object, path: string): Promise<void> {
  const answer = await world.as.post('/v1/calls').send(body);

  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.strict().parse(answer.body);
  expect(problem).toMatchObject({ code: 'REQUEST_INVALID', status: 400 });
  expect(answer.status).toBe(400);
  const paths = problem.errors?.map((error) => error.path) ?? [];
  expect(paths.filter((found) => found.startsWith(path))).not.toEqual([]);
}

describe('a request without', () => {
  it.each([
    'to',
    'outputs',
    'outputs.0.url',
    'outputs.0.streamKey',
    'auth.username',
    'auth.password',
  ])('%s is refused, and the field is named', async (path) => {
    await expectRefused(spoiled(path, undefined), path);
  });
});

describe('an unknown field', () => {
  it.each([
    'registers',
    'trunks',
    'dtmfs',
    'callid',
    'from.usr',
    'auth.pasword',
    'media.video',
    'media.srtps',
    'media.audio.codec',
    'outputs.0.key',
    'limits.ring',
  ])('%s is named', async (path) => {
    const answer = await world.as.post('/v1/calls').send(spoiled(path, true)).expect(400);

    expect(answer.body.errors).toEqual([{ path, message: 'is not a known field' }]);
    expect(answer.body.detail).toBe(`${path}: is not a known field`);
  });
});

describe('a wrong type', () => {
  const WRONG: readonly { name: string; value: unknown }[] = [
    { name: 'a number', value: 7 },
    { name: 'null', value: null },
    { name: 'a list', value: [[]] },
    { name: 'true', value: true },
  ];
  const FIELDS = [
    'callId',
    'to',
    'from',
    'from.user',
    'from.displayName',
    'from.domain',
    'auth',
    'auth.username',
    'auth.password',
    'auth.authUsername',
    'auth.realms',
    'outboundProxy',
    'media',
    'media.direction',
    'media.earlyMedia',
    'media.audio',
    'media.audio.codecs',
    'outputs',
    'outputs.0.url',
    'outputs.0.streamKey',
    'limits',
    'headers',
    'headers.X-Show',
    'metadata',
    'metadata.show',
  ];
  const cases = FIELDS.flatMap((path) => WRONG.map(({ name, value }) => ({ path, name, value })));

  it.each(cases)('$name as $path is refused', async ({ path, value }) => {
    await expectRefused(spoiled(path, value), path);
  });

  it.each([
    ['limits.ringSeconds', 0],
    ['limits.ringSeconds', 301],
    ['limits.ringSeconds', 1.5],
    ['limits.ringSeconds', '60'],
    ['limits.maxSeconds', 0],
    ['limits.mediaTimeoutSeconds', 4],
    ['limits.mediaGapSeconds', 4],
    ['limits.mediaGapSeconds', 3601],
    ['limits.silenceSeconds', 2],
    ['limits.holdSeconds', 0],
    ['limits.holdSeconds', 86_401],
    ['onCallLoss', 'wait'],
    ['media.onTimeout', 'wait'],
    ['media.audio.sampleRate', 44000],
    ['media.audio.bitrateKbps', 15],
    ['media.audio.content', 'noise'],
    ['media.audio.constantRate', 'yes'],
    ['media.audio.codecs', []],
    ['media.audio.codecs', ['G729']],
    ['media.direction', 'sendonly'],
    [
      'outputs',
      Array.from({ length: 9 }, (_, index) => ({ url: 'rtmp://a.b/c', streamKey: `${index}` })),
    ],
    ['callId', ''],
    ['callId', 'x'.repeat(129)],
    ['callId', 'a b'],
    ['metadata', Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v']))],
    ['metadata.show', 'x'.repeat(513)],
  ])('%s = %j is refused', async (path, value) => {
    await expectRefused(spoiled(path, value), path);
  });
});

describe('a header', () => {
  it.each([
    ['Via', 'x'],
    ['route', '<sip:evil.test>'],
    ['Authorization', 'Digest x'],
    ['Content-Length', '0'],
    ['X-A\r\nVia', 'x'],
    ['x-a%0d%0aVia%3a', 'x'],
    ['X-A', 'x\r\nVia: y'],
    ['X-A', 'x'.repeat(513)],
  ])('%j: %j is refused, and the header is named', async (name, value) => {
    await expectRefused(
      { ...FULL, headers: { 'X-Show': 'news', [name]: value } },
      `headers.${name}`,
    );
  });
});

describe('an address', () => {
  it.each([
    'room@sip.example.com',
    'tel:+15551234567',
    'http://sip.example.com',
    'sip:',
    'sip:@sip.example.com',
    'sip:a@b@sip.example.com',
    'sip:a:password@sip.example.com',
    'sip:a@sip.example.com:0',
    'sip:a@sip.example.com:65536',
    'sip:a@sip.example.com?Subject=x',
    'SIP :a@sip.example.com',
  ])('%j cannot be dialled', async (to) => {
    await expectRefused(spoiled('to', to), 'to');
    await expectRefused(spoiled('outboundProxy', to), 'outboundProxy');
  });

  it.each([
    'http://live.example.com/live',
    'https://live.example.com/live',
    'srt://live.example.com/live',
    'file:///etc/passwd',
    'rtmp:live',
    'rtmp://',
    'rtmp://live.example.com',
    'rtmp://live.example.com/',
    'rtmp:///live',
    'rtmp://live.example.com:99999/live',
    'rtmp://live.example.com/live#x',
    'rtmp://live.example.com/live app=x',
    'rtmp://live.example.com/live?token=abc',
    'rtmp://live.example.com/live?PASSWORD=abc',
    'concat:rtmp://live.example.com/live',
  ])('%j is no target', async (url) => {
    await expectRefused(spoiled('outputs.0.url', url), 'outputs.0.url');
  });
});

describe('what could break out of a header', () => {
  const POISON = {
    'a line break': '\r\nX-Evil: 1',
    'a line feed': '\nX-Evil: 1',
    'a return': '\rX',
    'an encoded line break': '%0d%0aX-Evil: 1',
    'an encoded line break in capitals': '%0D%0AX',
    NUL: '\u0000',
    'an encoded NUL': '%00',
    DEL: '\u007f',
    'half a character': '\ud800',
  };
  const QUOTING = {
    'a quote': '"',
    'an opening bracket': '<',
    'a closing one': '>',
    'a backslash': '\\',
  };
  const GOOD: Readonly<Record<string, (poison: string) => string>> = {
    to: (poison) => `sip:ro${poison}om@sip.example.com`,
    'from.user': (poison) => `stu${poison}dio`,
    'from.displayName': (poison) => `Stu${poison}dio`,
    'from.domain': (poison) => `stu${poison}dio.example.com`,
    'auth.username': (poison) => `stu${poison}dio`,
    'auth.authUsername': (poison) => `stu${poison}dio`,
    outboundProxy: (poison) => `sip:edge.example.com;transport=u${poison}dp`,
  };
  const STORED: typeof GOOD = {
    'auth.password': (poison) => `pass${poison}word`,
    callId: (poison) => `na${poison}me`,
    'outputs.0.url': (poison) => `rtmp://live.example.com/li${poison}ve`,
    'outputs.0.streamKey': (poison) => `ke${poison}y`,
  };
  const rows = (fields: typeof GOOD, poisons: Readonly<Record<string, string>>) =>
    Object.entries(fields).flatMap(([path, build]) =>
      Object.entries(poisons).map(([name, poison]) => ({
        path,
        name,
        value: build(poison),
        poison,
      })),
    );

  it.each([...rows({ ...GOOD, ...STORED }, POISON), ...rows(GOOD, QUOTING)])(
    '$name in $path is refused and not given back',
    async ({ path, value }) => {
      const answer = await world.as.post('/v1/calls').send(spoiled(path, value)).expect(400);

      expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path }] });
      expect(JSON.stringify(answer.body)).not.toContain(JSON.stringify(value).slice(1, -1));
      expect(answer.text).not.toContain('X-Evil');
    },
  );

  it.each(Object.keys(GOOD))('the same field without it is taken as %s', async (path) => {
    // With a private target the request is well formed and still goes nowhere.
    const body = spoiled(path, GOOD[path]?.(''));
    body['outputs'] = [{ url: 'rtmp://10.0.0.1/live', streamKey: 'key' }];

    const answer = await world.as.post('/v1/calls').send(body).expect(422);

    expect(answer.body.errors).toMatchObject([{ path: 'outputs.0.url' }]);
  });

  it('a user of the digest that cannot be the user of From is refused when From has none', async () => {
    const body = { ...FULL, from: {}, auth: { username: 'a@b', password: 'x' } };

    await expectRefused(body, 'auth.username');
  });

  it.each(['\u0000', '\ud800'])('%j in metadata is refused', async (text) => {
    await expectRefused(spoiled('metadata.show', text), 'metadata.show');
    await expectRefused(spoiled(`metadata.${text}x`, 'y'), 'metadata');
  });
});

describe('a body', () => {
  it('of more than 64 KiB is refused', async () => {
    const body = JSON.stringify({ ...FULL, metadata: { show: 'x'.repeat(64 * 1024) } });

    const answer = await world.as
      .post('/v1/calls')
      .set('content-type', 'application/json')
      .send(body)
      .expect(413);

    expect(problemSchema.parse(answer.body).code).toBe('REQUEST_TOO_LARGE');
  });

  it('of exactly 64 KiB is read', async () => {
    const rest = JSON.stringify({ junk: '' }).length;

    const answer = await world.as.post('/v1/calls').send({ junk: 'x'.repeat(64 * 1024 - rest) });

    expect(answer.status).toBe(400);
  });

  it.each(['{', '{"to": }', 'to=x', '{"to":"x"}}', "{'to':'x'}", '\u0000'])(
    'that is no JSON is refused: %j',
    async (body) => {
      const answer = await world.as
        .post('/v1/calls')
        .set('content-type', 'application/json')
        .send(body)
        .expect(400);

      expect(answer.body).toMatchObject({
        code: 'REQUEST_INVALID',
        errors: [{ path: '', message: 'is not valid JSON' }],
      });
    },
  );

  it.each(['[]', 'null', '7', '"text"', 'true', ''])(
    'that is no object is refused: %j',
    async (body) => {
      const answer = await world.as
        .post('/v1/calls')
        .set('content-type', 'application/json')
        .send(body)
        .expect(400);

      expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: '' }] });
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'nonsense'])(
    'of type %s is refused',
    async (type) => {
      const answer = await world.as
        .post('/v1/calls')
        .set('content-type', type)
        .send(JSON.stringify(FULL))
        .expect(415);

      expect(problemSchema.parse(answer.body).code).toBe('REQUEST_NOT_JSON');
    },
  );

  it.each(['hello', ''])('of another type is refused for its type, not for %j', async (body) => {
    const answer = await world.as
      .post('/v1/calls')
      .set('content-type', 'text/plain')
      .send(body)
      .expect(415);

    expect(answer.body.code).toBe('REQUEST_NOT_JSON');
  });

  it('with a charset is read', async () => {
    const answer = await world.as
      .post('/v1/calls')
      .set('content-type', 'application/json; charset=utf-8')
      .send('{}');

    expect(answer.status).toBe(400);
  });

  it.each([
    ['objects', '{"a":'.repeat(9_000) + '1' + '}'.repeat(9_000)],
    ['lists', '['.repeat(32_000) + ']'.repeat(32_000)],
  ])('of %s without end in one another is refused, and the process lives', async (_, body) => {
    const answer = await world.as
      .post('/v1/calls')
      .set('content-type', 'application/json')
      .send(body);

    expect(answer.status).toBe(400);
    await world.bare.get('/livez').expect(200);
  });

  it('cannot reach prototypes', async () => {
    const body = '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}';

    await world.as.post('/v1/calls').set('content-type', 'application/json').send(body).expect(400);

    expect(({} as Json)['isAdmin']).toBeUndefined();
  });
});

describe('a target of the local network', () => {
  it.each([
    ['to', spoiled('to', 'sip:a@127.0.0.1')],
    ['to', spoiled('to', 'sip:a@sip.example.com;maddr=10.0.0.1')],
    ['outboundProxy', spoiled('outboundProxy', 'sip:[::1]')],
    ['outputs.0.url', spoiled('outputs.0.url', 'rtmp://169.254.169.254/latest')],
  ])('in %s is refused', async (path, body) => {
    const answer = await world.as.post('/v1/calls').send(body).expect(422);

    expect(answer.body).toMatchObject({ code: 'TARGET_REFUSED', errors: [{ path }] });
    expect(answer.text).not.toContain('169.254');
  });

  it('is taken where the operator allows it', async () => {
    const open = await openWorld({ settings: { allowPrivateTargets: true } });
    try {
      const outputs = [{ url: 'rtmp://127.0.0.1:1935/live', streamKey: 'key' }];
      await open.as
        .post('/v1/calls')
        .send({ ...callBody('local'), to: 'sip:a@localhost:5070', outputs })
        .expect(202);
    } finally {
      await open.close();
    }
  });
});
