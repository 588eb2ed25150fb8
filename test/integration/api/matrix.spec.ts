import { afterAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { newApiKey } from '#domain';
import type { HookId } from '#domain';
import { systemRandom } from '#foundation';
import type { Access } from '../../../apps/api/src/http/access.ts';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import { claimed } from './hooks-world.ts';
import { asker, makeKey } from './tenants-world.ts';

/** Ids of things, by what they are. */
interface Objects {
  readonly app: string;
  readonly call: string;
  /** As its client calls it. */
  readonly callId: string;
  readonly output: string;
  readonly command: string;
  readonly trunk: string;
  readonly hook: string;
  readonly delivery: string;
  readonly key: string;
  readonly node: string;
}

/** What is there nowhere. */
const NOTHING: Objects = {
  app: 'nobody',
  call: 'call_00000000000000000000000000',
  callId: 'no-call',
  output: 'out_00000000000000000000000000',
  command: 'cmd_00000000000000000000000000',
  trunk: 'trunk_00000000000000000000000000',
  hook: 'hook_00000000000000000000000000',
  delivery: 'dlv_00000000000000000000000000',
  key: '0000000000000000',
  node: 'node_00000000000000000000000000',
};

/** What a route is asked with to have it touch an object. */
interface Row {
  /** Of its parameters, in their order. */
  readonly path?: readonly (keyof Objects)[];
  readonly query?: (objects: Objects) => Record<string, string>;
  readonly body?: (objects: Objects) => object;
  /** What a key of another app gets. Default: 404, the same as for what is nowhere. */
  readonly others?: 'list' | 'refused' | 'operator' | 'own';
}

const OUTPUT = { url: 'rtmp://live.example.com/live', streamKey: 'key-of-another-output' };
const RANGE = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
const wcsId = ({ callId }: Objects) => ({ callId });
const push = ({ output }: Objects) => ({ mediaSessionId: output });

/**
 * Each route that asks who it is. One that is not written down here fails, so that nobody forgets to say what others get.
 * `own`: it names nothing of another app, and what it makes belongs to the key.
 */
const ROWS: Readonly<Record<string, Row>> = {
  'POST /v1/calls': { body: () => callBody('of-south'), others: 'own' },
  'POST /v1/calls:batch': { body: () => ({ calls: [callBody('batch-south')] }), others: 'own' },
  'GET /v1/calls': { query: ({ app }) => ({ appKey: app }), others: 'list' },
  'GET /v1/calls/:id': { path: ['call'] },
  'DELETE /v1/calls/:id': { path: ['call'] },
  'POST /v1/calls/:id/dtmf': { path: ['call'], body: () => ({ digits: '1' }) },
  'POST /v1/calls/:id/mute': { path: ['call'], body: () => ({}) },
  'POST /v1/calls/:id/unmute': { path: ['call'], body: () => ({}) },
  'POST /v1/calls/:id/hold': { path: ['call'], body: () => ({}) },
  'POST /v1/calls/:id/resume': { path: ['call'], body: () => ({}) },
  'POST /v1/calls/:id/transfer': { path: ['call'], body: () => ({}) },
  'GET /v1/calls/:id/commands': { path: ['call'] },
  'GET /v1/calls/:id/commands/:commandId': { path: ['call', 'command'] },
  'POST /v1/calls/:id/outputs': { path: ['call'], body: () => OUTPUT },
  'POST /v1/calls/:id/outputs/:outputId/retry': { path: ['call', 'output'] },
  'DELETE /v1/calls/:id/outputs/:outputId': { path: ['call', 'output'] },
  'GET /v1/calls/:id/events': { path: ['call'] },
  'GET /v1/calls/:id/deliveries': { path: ['call'] },
  'GET /v1/calls/:id/stats': { path: ['call'] },
  'GET /v1/calls/:id/sip': { path: ['call'] },
  'GET /v1/calls/:id/preview.flv': { path: ['call'] },
  'POST /v1/outputs/check': { body: () => OUTPUT, others: 'own' },
  'POST /v1/trunks': {
    body: ({ app }) => ({ appKey: app, name: 'theirs', domain: 'sip.example.com' }),
    others: 'refused',
  },
  'GET /v1/trunks': { query: ({ app }) => ({ appKey: app }), others: 'list' },
  'GET /v1/trunks/:trunk': { path: ['trunk'] },
  'PATCH /v1/trunks/:trunk': { path: ['trunk'], body: () => ({ enabled: false }) },
  'DELETE /v1/trunks/:trunk': { path: ['trunk'] },
  'POST /v1/trunks/:trunk/test': { path: ['trunk'], body: () => ({}) },
  'POST /v1/hooks': {
    body: ({ app }) => ({ appKey: app, url: 'https://example.com/' }),
    others: 'refused',
  },
  'GET /v1/hooks': { query: ({ app }) => ({ appKey: app }), others: 'list' },
  'GET /v1/hooks/:id': { path: ['hook'] },
  'PATCH /v1/hooks/:id': { path: ['hook'], body: () => ({ enabled: false }) },
  'DELETE /v1/hooks/:id': { path: ['hook'] },
  'POST /v1/hooks/:id/rotate-secret': { path: ['hook'] },
  'POST /v1/hooks/:id/test': { path: ['hook'] },
  'POST /v1/hooks/:id/redeliver': { path: ['hook'], body: () => RANGE },
  'GET /v1/hooks/:id/deliveries': { path: ['hook'] },
  'GET /v1/hooks/:id/deliveries/:deliveryId': { path: ['hook', 'delivery'] },
  'POST /v1/hooks/:id/deliveries/:deliveryId/redeliver': { path: ['hook', 'delivery'] },
  'POST /v1/apps': { body: () => ({ appKey: 'west' }), others: 'operator' },
  'GET /v1/apps': { others: 'operator' },
  'GET /v1/apps/:appKey': { path: ['app'] },
  'PATCH /v1/apps/:appKey': { path: ['app'], body: () => ({ name: 'x' }), others: 'operator' },
  'POST /v1/keys': { body: ({ app }) => ({ appKey: app }), others: 'refused' },
  'GET /v1/keys': { query: ({ app }) => ({ appKey: app }), others: 'list' },
  'GET /v1/keys/:id': { path: ['key'] },
  'DELETE /v1/keys/:id': { path: ['key'] },
  'POST /v1/keys/:id/rotate': { path: ['key'], body: () => ({}) },
  'GET /v1/audit': { query: ({ app }) => ({ appKey: app }), others: 'list' },
  'GET /v1/events': { query: ({ call }) => ({ callId: call }) },
  'GET /v1/nodes': { others: 'operator' },
  'GET /v1/queues': { others: 'operator' },
  'POST /v1/nodes/:id/drain': { path: ['node'], body: () => ({}), others: 'operator' },
  'POST /v1/nodes/:id/resume': { path: ['node'], others: 'operator' },
  'GET /dashboard/session': { others: 'own' },
  'DELETE /dashboard/session': { others: 'own' },
  'DELETE /dashboard/sessions': { others: 'own' },
  'POST /RESTCall/call': { body: () => ({ ...WCS_CALL, callId: 'wcs-south' }), others: 'own' },
  'POST /RESTCall/getStatus': { body: wcsId },
  'POST /RESTCall/getCalls': { body: () => ({}), others: 'list' },
  'POST /RESTCall/hangup': { body: wcsId },
  'POST /RESTCall/sendDTMF': {
    body: (objects) => ({ ...wcsId(objects), dtmf: '1', type: 'INFO' }),
  },
  'POST /rest-api/call/startup': { body: () => ({ ...WCS5_CALL, callId: 'wcs5' }), others: 'own' },
  'POST /rest-api/call/find': { body: wcsId },
  'POST /rest-api/call/find_all': { body: () => ({}), others: 'list' },
  'POST /rest-api/call/terminate': { body: wcsId },
  'POST /rest-api/call/send_dtmf': {
    body: (objects) => ({ ...wcsId(objects), dtmf: '1', type: 'INFO' }),
  },
  'POST /rest-api/push/startup': {
    body: ({ callId }) => ({ streamName: callId, rtmpUrl: 'rtmp://live.example.com/live' }),
  },
  'POST /rest-api/push/find': { body: push },
  'POST /rest-api/push/find_all': { body: () => ({}), others: 'list' },
  'POST /rest-api/push/terminate': { body: push },
  'POST /rest-api/push/mute': { body: push },
  'POST /rest-api/push/unmute': { body: push },
};

const SIP = {
  sipLogin: 'studio',
  sipAuthenticationName: 'studio',
  sipPassword: 'password-of-studio',
  sipDomain: 'sip.example.com',
  sipPort: '5060',
  sipRegisterRequired: 'false',
};
const WCS_CALL = {
  callee: 'room',
  rtmpUrl: 'rtmp://live.example.com/live',
  rtmpStream: 'key-of-wcs',
  hasAudio: 'true',
  hasVideo: 'false',
  connection: { ...SIP, appKey: 'north' },
};
const WCS5_CALL = {
  ...SIP,
  callee: 'room',
  toStream: 'south',
  hasAudio: 'true',
  hasVideo: 'false',
};

const world = await openWorld({ settings: { wcsOpen: 'off' } });
afterAll(async () => {
  await world.close();
});

/** The routes that ask who it is. */
const ROUTES = world.server.routes.routes
  .filter(({ method, access }) => method !== 'HEAD' && access !== 'open')
  .map(({ method, url, access }) => ({ route: `${method} ${url}`, method, url, access }));

/** An app with one of everything, and its key. */
async function furnish(app: string): Promise<Objects> {
  await world.as.post('/v1/apps').send({ appKey: app }).expect(201);
  const { id: key, key: secret } = await makeKey(world, app, { scope: 'admin' });
  const as = asker(world, secret);
  const hook = await as.post('/v1/hooks').send({ url: 'https://example.com/' }).expect(201);
  const call = await as
    .post('/v1/calls')
    .send(callBody(`show-of-${app}`))
    .expect(202);
  const { id } = call.body as { id: string };
  await as.post(`/v1/calls/${id}/mute`).send({});
  const commands = await as.get(`/v1/calls/${id}/commands`).expect(200);
  const trunk = await as.post('/v1/trunks').send({ name: 'exit', domain: 'sip.example.com' });
  const { lanes } = await claimed(world, hook.body.id as HookId);
  return {
    ...{ app, key, call: id, callId: `show-of-${app}`, node: NOTHING.node },
    output: call.body.outputs[0].id,
    command: commands.body.items[0]?.id ?? NOTHING.command,
    trunk: trunk.body.id,
    hook: hook.body.id,
    delivery: lanes[0]?.deliveries[0]?.id ?? NOTHING.delivery,
  };
}

const north = await furnish('north');
await world.as.post('/v1/apps').send({ appKey: 'south' }).expect(201);
const keys = {
  read: await makeKey(world, 'south', { scope: 'read' }),
  write: await makeKey(world, 'south', { scope: 'write' }),
  admin: await makeKey(world, 'south', { scope: 'admin' }),
  revoked: await makeKey(world, 'south', { scope: 'admin' }),
  expired: await makeKey(world, 'south', { scope: 'admin' }),
};
await world.as.delete(`/v1/keys/${keys.revoked.id}`).expect(200);
await world.sql(
  `UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = '${keys.expired.id}'`,
);

interface Asked {
  readonly route: string;
  readonly key: string | undefined;
  readonly objects?: Objects;
}

/** Asks a route for objects. */
async function ask({ route, key, objects = north }: Asked) {
  const row = ROWS[route] ?? {};
  const [method = '', url = ''] = route.split(' ');
  const names = [...(row.path ?? [])];
  const path = url.replace(/(?<=\/):\w+/g, () => objects[names.shift() ?? 'app']);
  const verb = method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
  const request = world.bare[verb](path).query(row.query?.(objects) ?? {});
  if (key !== undefined) void request.set('authorization', `Bearer ${key}`);
  return await (row.body === undefined ? request : request.send(row.body(objects)));
}

const codeOf = (answer: { readonly body: unknown }): string =>
  problemSchema.strict().parse(answer.body).code;

/** What a key must be for, by the access of a route. */
const NARROW: Readonly<Record<Exclude<Access, 'open'>, readonly (keyof typeof keys)[]>> = {
  read: [],
  write: ['read'],
  wcs: ['read'],
  admin: ['read', 'write'],
  operatorRead: ['read', 'write', 'admin'],
  operator: ['read', 'write', 'admin'],
};

it('every route is written down here, and none that is not there', () => {
  expect(Object.keys(ROWS).sort()).toEqual(ROUTES.map(({ route }) => route).sort());
});

describe('the objects of the test', () => {
  it('are there, so that a 404 means something', () => {
    const missing = Object.entries(north).filter(
      ([name, id]) => name !== 'node' && id === NOTHING[name as keyof Objects],
    );

    expect(missing).toEqual([]);
  });
});

describe.each(ROUTES)('$route', ({ route, url, access }) => {
  const typo = `${keys.admin.key.slice(0, -1)}${keys.admin.key.endsWith('0') ? '1' : '0'}`;
  const { key: unknown } = newApiKey(systemRandom);

  it.each([
    ['no key', undefined, 'KEY_MISSING'],
    ['a key that was revoked', keys.revoked.key, 'KEY_INVALID'],
    ['a key that has expired', keys.expired.key, 'KEY_INVALID'],
    ['a key with a typing error', typo, 'KEY_INVALID'],
    ['a key that nobody has made', unknown.reveal(), 'KEY_INVALID'],
    ['something else', 'cc_', 'KEY_INVALID'],
  ])('refuses %s', async (_, key, code) => {
    const answer = await ask({ route, key });

    expect([answer.status, codeOf(answer)]).toEqual([401, code]);
    expect(answer.text).not.toContain(key ?? API_KEY);
  });

  it('refuses a key that is too narrow', async () => {
    for (const scope of NARROW[access as Exclude<Access, 'open'>]) {
      const answer = await ask({ route, key: keys[scope].key });

      expect([scope, answer.status, codeOf(answer)]).toEqual([scope, 403, 'SCOPE_MISSING']);
    }
  });

  it('says and does nothing of what belongs to another app', async () => {
    const others = ROWS[route]?.others ?? 'hidden';
    const answer = await ask({ route, key: keys.admin.key });

    if (others === 'hidden') {
      const nowhere = await ask({ route, key: keys.admin.key, objects: NOTHING });
      expect([answer.status, answer.body]).toEqual([404, nowhere.body]);
      expect(nowhere.status).toBe(404);
    }
    if (others === 'operator') expect(codeOf(answer)).toBe('SCOPE_MISSING');
    if (others === 'refused')
      expect([answer.status, codeOf(answer)]).toEqual([400, 'REQUEST_INVALID']);
    // What WCS lists is never empty.
    if (others === 'list') expect([200, 404]).toContain(answer.status);
    if (others === 'own' && answer.body.appKey !== undefined) {
      expect(answer.body.appKey).not.toBe('north');
    }
    if (!url.includes('/:') && others !== 'refused') {
      for (const id of Object.values(north)) expect(answer.text).not.toContain(`"${id}"`);
    }
  });
});

describe('after all that, the other app', () => {
  it('has what it had, as it was', async () => {
    const call = await world.as.get(`/v1/calls/${north.call}`).expect(200);
    const trunks = await world.as.get('/v1/trunks').query({ appKey: 'north' }).expect(200);
    const hook = await world.as.get(`/v1/hooks/${north.hook}`).expect(200);
    const key = await world.as.get(`/v1/keys/${north.key}`).expect(200);
    const audit = await world.as.get('/v1/audit').query({ appKey: 'north' }).expect(200);

    expect(call.body).toMatchObject({ state: 'queued', appKey: 'north' });
    expect(call.body.outputs).toHaveLength(1);
    expect(trunks.body.items).toMatchObject([{ id: north.trunk, enabled: true }]);
    expect(hook.body.enabled).toBe(true);
    expect(key.body.revokedAt).toBeNull();
    for (const { keyId } of audit.body.items) {
      expect([keys.read.id, keys.write.id, keys.admin.id]).not.toContain(keyId);
    }
  });
});

describe('fields that are nobody’s to set', () => {
  const FIELDS = {
    ...{ id: 'x', tenantId: 'x', ownerId: 'x', epoch: 9, status: 'x', state: 'ended' },
  };
  const TEXTS = Object.entries(FIELDS).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  /** Nothing is stored of what they are told. */
  const TRIALS = new Set(['POST /v1/outputs/check', 'POST /v1/trunks/:trunk/test']);
  const MAKING = ROUTES.filter(
    ({ route, url }) => ROWS[route]?.body !== undefined && url.startsWith('/v1/'),
  ).filter(({ route }) => !TRIALS.has(route));

  it.each(MAKING)('are refused by $route, and never stored', async ({ route, method, url }) => {
    const row = ROWS[route] ?? {};
    const names = [...(row.path ?? [])];
    const path = url.replace(/(?<=\/):\w+/g, () => NOTHING[names.shift() ?? 'app']);
    const body = JSON.stringify(row.body?.(NOTHING));
    const send = async (field: string) =>
      await world.as[method === 'POST' ? 'post' : 'patch'](path)
        .set('content-type', 'application/json')
        .send(body === '{}' ? `{${field}}` : `${body.slice(0, -1)},${field}}`);

    for (const text of TEXTS) expect([text, (await send(text)).status]).toEqual([text, 400]);
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const { text } = await send(`"${name}":{"allApps":true,"epoch":9}`);
      expect(text).not.toMatch(/"allApps":true|"epoch":9/);
    }
  });
});
