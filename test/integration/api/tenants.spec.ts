import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { FakeRateWindows } from '#testkit';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { asker, makeKey, openOther } from './tenants-world.ts';

let world: ApiWorld;
/** A second API over the same database; both count requests together. */
let other: ApiWorld;
const rates = new FakeRateWindows();

beforeAll(async () => {
  const options = { parts: { rates }, settings: { wrongKeysPerMinute: 0 } };
  world = await openWorld(options);
  other = await openOther(world, options);
});
afterAll(async () => {
  await other.close();
  await world.close();
});

const codeOf = (answer: { readonly body: unknown }): string =>
  problemSchema.strict().parse(answer.body).code;

/** An app, and requests with a key of it at both APIs. */
async function tenant(appKey: string, fields: object = {}) {
  await world.as
    .post('/v1/apps')
    .send({ appKey, ...fields })
    .expect(201);
  const { id, key } = await makeKey(world, appKey, { scope: 'admin' });
  return { id, key, here: asker(world, key), there: asker(other, key) };
}

/** A key is known as it was for 2 s. */
async function untilRefused(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  let { status } = await ask();
  while (status === 200) ({ status } = await ask());
  return status;
}

describe('a key', () => {
  it('is shown once, and kept as a hash', async () => {
    const { body } = await world.as
      .post('/v1/keys')
      .send({ name: 'Studio', scope: 'read' })
      .expect(201);
    const { key, ...shown } = body as { id: string; key: string };
    const found = await world.as.get(`/v1/keys/${shown.id}`).expect(200);

    expect(key).toMatch(new RegExp(`^cc_${shown.id}_[0-9A-Za-z]{38}$`));
    expect(found.body).toEqual(shown);
    expect(found.body).toMatchObject({ appKey: 'default', name: 'Studio', scope: 'read' });
    for (const text of [await world.dump('audit_log'), await world.dump('api_keys')]) {
      expect(text).toContain(shown.id);
      expect(text).not.toContain(key.slice(-38));
    }
  });

  it('leaves no secret in log lines and answers, whatever it is used for', async () => {
    const { key, here } = await tenant('silent');
    await here.get('/v1/calls').expect(200);
    await here.get('/v1/nodes').expect(403);
    await here.post('/v1/calls').send({ nonsense: key }).expect(400);
    await asker(world, `${key}x`).get('/v1/calls').expect(401);
    const keys = await here.get('/v1/keys').expect(200);

    const secret = key.slice(-38);
    expect(keys.text).not.toContain(secret);
    expect(world.lines.join('\n')).not.toContain(secret);
  });

  it('that is revoked at one API is refused by all soon after, and what it has opened ends', async () => {
    const { id, key, there } = await tenant('leaver');
    await there.get('/v1/calls').expect(200);
    const ended = new Promise<void>((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` };
      get(`${other.url}/v1/events`, { headers }, (stream) => {
        stream.on('error', () => undefined).on('close', resolve);
        world.as.delete(`/v1/keys/${id}`).expect(200, (error: unknown) => {
          if (error !== null) reject(new Error('it was not revoked', { cause: error }));
        });
        stream.resume();
      });
    });

    await ended;
    expect(await untilRefused(async () => await there.get('/v1/calls'))).toBe(401);
    await asker(world, key).get('/v1/calls').expect(401);
  });

  it('is rotated with an overlap, or without', async () => {
    const { id, here } = await tenant('rotator');
    const first = await here.post(`/v1/keys/${id}/rotate`).send({ overlapSeconds: 60 }).expect(201);
    await here.get('/v1/calls').expect(200);
    const now = asker(world, first.body.key as string);
    const second = await now.post(`/v1/keys/${String(first.body.id)}/rotate`).send({
      overlapSeconds: 0,
    });

    expect(second.status).toBe(201);
    await now.get('/v1/calls').expect(401);
    await asker(world, second.body.key as string)
      .get('/v1/calls')
      .expect(200);
    const gone = await world.as.post(`/v1/keys/${String(first.body.id)}/rotate`).expect(409);
    expect(codeOf(gone)).toBe('API_KEY_OVER');
  });

  it('of an app makes none for others, and no operator', async () => {
    const { here } = await tenant('climber');

    expect(codeOf(await here.post('/v1/keys').send({ appKey: 'default' }))).toBe('REQUEST_INVALID');
    expect(codeOf(await here.post('/v1/keys').send({ allApps: true }))).toBe('SCOPE_MISSING');
    expect(codeOf(await world.as.post('/v1/keys').send({ appKey: 'nobody' }))).toBe(
      'APP_NOT_FOUND',
    );
  });

  it('of an operator sees all apps, and is ended by operators alone', async () => {
    const { here } = await tenant('watched');
    const call = await here.post('/v1/calls').send(callBody('watched')).expect(202);
    const operator = await makeKey(world, 'watched', { scope: 'read', allApps: true });

    await asker(world, operator.key).get(`/v1/calls/${call.body.id}`).expect(200);
    await asker(world, operator.key).get('/v1/apps').expect(200);
    expect(codeOf(await here.delete(`/v1/keys/${operator.id}`))).toBe('SCOPE_MISSING');
  });

  it('must not have expired when it is made', async () => {
    const answer = await world.as.post('/v1/keys').send({ expiresAt: '2020-01-01T00:00:00Z' });

    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [{ path: 'expiresAt', message: 'is over' }],
    ]);
  });

  it('that is wrong too often is told so, while right ones pass', async () => {
    const strict = await openOther(world, { settings: { wrongKeysPerMinute: 3 } });
    try {
      const wrong = async () => await asker(strict, 'wrong').get('/v1/calls');
      const codes = [];
      for (let tries = 0; tries < 5; tries++) codes.push(codeOf(await wrong()));

      expect(codes.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'KEY_INVALID'));
      // A minute may have ended in between.
      expect(codes).toContain('KEYS_GUESSED');
      await strict.as.get('/v1/calls').expect(200);
    } finally {
      await strict.close();
    }
  });
});

describe('an app', () => {
  it('that is disabled has no keys, and no calls', async () => {
    const { here } = await tenant('late-payer');
    await here.get('/v1/calls').expect(200);

    await world.as.patch('/v1/apps/late-payer').send({ enabled: false }).expect(200);

    let answer = await here.get('/v1/calls');
    while (answer.status === 200) answer = await here.get('/v1/calls');
    expect([answer.status, codeOf(answer)]).toEqual([403, 'APP_DISABLED']);
  });

  it('is changed in what is said alone, and every change is in its audit trail', async () => {
    const { here } = await tenant('changer', { limits: { maxCalls: 5 } });
    const { id } = await makeKey(world, 'changer');
    await world.as
      .patch('/v1/apps/changer')
      .send({ limits: { maxQueued: 2 }, allowed: { rtmpHosts: ['live.example.com'] } })
      .expect(200);
    await here.delete(`/v1/keys/${id}`).expect(200);
    const trunk = await here.post('/v1/trunks').send({
      ...{ name: 'exit', domain: 'sip.example.com', username: 'me', password: 'of-the-trunk' },
    });

    const app = await here.get('/v1/apps/changer').expect(200);
    expect(app.body).toMatchObject({
      limits: { maxCalls: 5, maxQueued: 2, maxCallsPerSecond: null },
      allowed: { sipDomains: null, rtmpHosts: ['live.example.com'] },
    });
    const { body, text } = await here.get('/v1/audit').expect(200);
    expect(body.items).toMatchObject([
      { action: 'trunk.created', object: trunk.body.id, after: { domain: 'sip.example.com' } },
      { action: 'key.revoked', object: id, keyApp: 'changer' },
      { action: 'app.changed', keyId: 'bootstrap', before: { limits: { maxQueued: null } } },
      { action: 'key.created', object: id },
      { action: 'key.created' },
      { action: 'app.created', object: 'changer', before: null },
    ]);
    expect(text).not.toContain('of-the-trunk');
  });

  it('cannot be made twice', async () => {
    await world.as.post('/v1/apps').send({ appKey: 'twin' }).expect(201);

    expect(codeOf(await world.as.post('/v1/apps').send({ appKey: 'twin' }))).toBe('APP_EXISTS');
  });
});

describe('the limits of an app', () => {
  it('hold at both APIs at once, and say when to come back', async () => {
    const { here, there } = await tenant('small', { limits: { maxCalls: 3 } });

    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? here : there).post('/v1/calls').send(callBody(`small-${index}`)),
      ),
    );

    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(refused).toHaveLength(9);
    for (const answer of refused) {
      expect(codeOf(answer)).toBe('CALLS_TOO_MANY');
      expect(answer.headers['retry-after']).toBe('5');
    }
  });

  it('are those of the settings where it has none, also for apps that pages name', async () => {
    const limits = { maxCalls: 1, maxQueued: 0, maxCallsPerSecond: 0 };
    const rest = { maxRequestsPerSecond: 0, maxKeyRequestsPerSecond: 0 };
    const strict = await openOther(world, { settings: { limits: { ...limits, ...rest } } });
    try {
      const place = async (callId: string) =>
        await strict.bare.post('/RESTCall/call').send({
          ...{ callId, callee: 'room', rtmpUrl: 'rtmp://live.example.com/live' },
          ...{ rtmpStream: `key-of-${callId}`, hasAudio: 'true', hasVideo: 'false' },
          connection: {
            ...{ sipLogin: 'a', sipAuthenticationName: 'a', sipPassword: 'b' },
            ...{ sipDomain: 'sip.example.com', sipPort: '5060', sipRegisterRequired: 'false' },
            appKey: 'pageApp',
          },
        });

      expect((await place('page-1')).status).toBe(200);
      expect(codeOf(await place('page-2'))).toBe('CALLS_TOO_MANY');
    } finally {
      await strict.close();
    }
  });
});

describe('the hosts that an app may use', () => {
  const ALLOWED = { sipDomains: ['*.sip.example.com'], rtmpHosts: ['live.example.com'] };
  const call = (fields: object) => ({
    to: 'sip:room@one.sip.example.com',
    outputs: [{ url: 'rtmp://live.example.com/live', streamKey: 'key-of-hosts' }],
    ...fields,
  });
  const elsewhere = { url: 'rtmp://other.example.com/live', streamKey: 'key-elsewhere' };

  it('are all that its calls, outputs, checks and trunks may name', async () => {
    const { here } = await tenant('fenced', { allowed: ALLOWED });
    const placed = await here.post('/v1/calls').send(call({})).expect(202);
    const outputs = `/v1/calls/${String(placed.body.id)}/outputs`;
    const login = { username: 'u', password: 'p' };
    const backup = { url: elsewhere.url, streamKey: 'backup-key', mode: 'hot' };
    const output = { url: 'rtmp://live.example.com/live', streamKey: 'key-two', backup };

    const refused: [string, object, string][] = [
      ['/v1/calls', call({ to: 'sip:room@sip.example.com' }), 'to'],
      ['/v1/calls', call({ to: 'sip:a@one.sip.example.com;maddr=192.0.2.7' }), 'to'],
      ['/v1/calls', call({ outboundProxy: 'sip:proxy.example.com' }), 'outboundProxy'],
      [
        '/v1/calls',
        call({ register: true, auth: login, registrar: 'sip:reg.example.com' }),
        'registrar',
      ],
      ['/v1/calls', call({ outputs: [elsewhere] }), 'outputs.0.url'],
      ['/v1/calls', call({ outputs: [output] }), 'outputs.0.backup.url'],
      [outputs, elsewhere, 'url'],
      ['/v1/outputs/check', elsewhere, 'url'],
      ['/v1/trunks', { name: 'out', domain: 'carrier.example.com' }, 'domain'],
    ];
    for (const [path, body, field] of refused) {
      const answer = await here.post(path).send(body);
      expect([path, field, answer.status]).toEqual([path, field, 422]);
      expect(codeOf(answer)).toBe('TARGET_REFUSED');
      expect(answer.body.errors[0]).toMatchObject({ path: field });
    }
  });

  it('are asked about again when a call goes out through a trunk of old', async () => {
    const { here } = await tenant('fenced-later');
    await here.post('/v1/trunks').send({ name: 'old', domain: 'carrier.example.com' }).expect(201);
    await world.as.patch('/v1/apps/fenced-later').send({ allowed: ALLOWED }).expect(200);

    const answer = await here.post('/v1/calls').send(call({ to: 'room', trunk: 'old' }));

    expect([answer.status, codeOf(answer)]).toEqual([422, 'TARGET_REFUSED']);
    expect(answer.body.errors[0]).toMatchObject({ path: 'trunk' });
  });
});

describe('the requests of a key', () => {
  it('are counted over both APIs, and every answer says how it stands', async () => {
    const limits = { maxKeyRequestsPerSecond: 0.0001, maxRequestsPerSecond: 100 };
    const { here, there } = await tenant('talker', { limits });

    const first = await here.get('/v1/calls').expect(200);
    const second = await there.get('/v1/calls').expect(429);

    expect(first.headers['ratelimit-policy']).toBe('"key";q=1;w=10000, "app";q=100;w=1');
    expect(first.headers['ratelimit']).toMatch(/^"key";r=0;t=\d+, "app";r=\d+;t=1$/);
    expect(codeOf(second)).toBe('RATE_LIMITED');
    expect(second.headers['ratelimit']).toMatch(/^"key";r=0;t=\d+$/);
    expect(second.headers['retry-after']).toMatch(/^\d{1,5}$/);
    await world.as.get('/v1/calls').expect(200);
  });

  it('are counted by addresses where pages of the WCS dialect need none', async () => {
    const limits = { maxCalls: 0, maxQueued: 0, maxCallsPerSecond: 0, maxRequestsPerSecond: 0 };
    const options = { settings: { limits: { ...limits, maxKeyRequestsPerSecond: 0.0001 } } };
    const strict = await openOther(world, options);
    const ask = () => strict.bare.post('/RESTCall/getStatus').send({ callId: 'nobody' });

    const first = await ask();
    const second = await ask();
    await strict.close();

    expect(first.status).not.toBe(429);
    expect(first.headers['ratelimit-policy']).toBe('"address";q=1;w=10000');
    expect([second.status, second.headers['retry-after']]).toEqual([429, expect.any(String)]);
    expect(codeOf(second)).toBe('RATE_LIMITED');
  });

  it('of one key are not held against another, nor those of one app', async () => {
    const { here } = await tenant('loud', { limits: { maxRequestsPerSecond: 0.0001 } });
    await here.get('/v1/calls').expect(200);
    expect(codeOf(await here.get('/v1/calls'))).toBe('RATE_LIMITED');
    const quiet = await tenant('quiet', { limits: { maxRequestsPerSecond: 0.0001 } });

    await quiet.here.get('/v1/calls').expect(200);
  });
});
