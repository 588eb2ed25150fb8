import { connect } from 'node:net';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { makeDashboard } from './dashboard-folder.ts';

/** Who may use which route. A new route fails here until it is written down. */
const EXPECTED = {
  'POST /v1/calls': 'write',
  'POST /v1/calls:batch': 'write',
  'GET /v1/calls': 'read',
  'GET /v1/calls/:id': 'read',
  'DELETE /v1/calls/:id': 'write',
  'POST /v1/calls/:id/dtmf': 'write',
  'POST /v1/calls/:id/mute': 'write',
  'POST /v1/calls/:id/unmute': 'write',
  'POST /v1/calls/:id/hold': 'write',
  'POST /v1/calls/:id/resume': 'write',
  'POST /v1/calls/:id/transfer': 'write',
  'GET /v1/calls/:id/commands': 'read',
  'GET /v1/calls/:id/commands/:commandId': 'read',
  'POST /v1/calls/:id/outputs': 'write',
  'POST /v1/calls/:id/outputs/:outputId/retry': 'write',
  'DELETE /v1/calls/:id/outputs/:outputId': 'write',
  'GET /v1/calls/:id/events': 'read',
  'GET /v1/calls/:id/deliveries': 'read',
  'GET /v1/calls/:id/stats': 'read',
  'GET /v1/calls/:id/sip': 'read',
  'GET /v1/calls/:id/preview.flv': 'read',
  'POST /v1/outputs/check': 'write',
  'POST /v1/trunks': 'admin',
  'GET /v1/trunks': 'read',
  'GET /v1/trunks/:trunk': 'read',
  'PATCH /v1/trunks/:trunk': 'admin',
  'DELETE /v1/trunks/:trunk': 'admin',
  'POST /v1/trunks/:trunk/test': 'write',
  'POST /v1/hooks': 'admin',
  'GET /v1/hooks': 'read',
  'GET /v1/hooks/:id': 'read',
  'PATCH /v1/hooks/:id': 'admin',
  'DELETE /v1/hooks/:id': 'admin',
  'POST /v1/hooks/:id/rotate-secret': 'admin',
  'POST /v1/hooks/:id/test': 'write',
  'POST /v1/hooks/:id/redeliver': 'write',
  'GET /v1/hooks/:id/deliveries': 'read',
  'GET /v1/hooks/:id/deliveries/:deliveryId': 'read',
  'POST /v1/hooks/:id/deliveries/:deliveryId/redeliver': 'write',
  'POST /v1/apps': 'operator',
  'GET /v1/apps': 'operatorRead',
  'GET /v1/apps/:appKey': 'read',
  'PATCH /v1/apps/:appKey': 'operator',
  'POST /v1/keys': 'admin',
  'GET /v1/keys': 'admin',
  'GET /v1/keys/:id': 'admin',
  'DELETE /v1/keys/:id': 'admin',
  'POST /v1/keys/:id/rotate': 'admin',
  'GET /v1/audit': 'admin',
  'GET /v1/events': 'read',
  'GET /v1/nodes': 'operatorRead',
  'GET /v1/queues': 'operatorRead',
  'POST /v1/nodes/:id/drain': 'operator',
  'POST /v1/nodes/:id/resume': 'operator',
  'OPTIONS /RESTCall/:method': 'open',
  'POST /RESTCall/call': 'wcs',
  'POST /RESTCall/getStatus': 'wcs',
  'POST /RESTCall/getCalls': 'wcs',
  'POST /RESTCall/hangup': 'wcs',
  'POST /RESTCall/sendDTMF': 'wcs',
  'OPTIONS /rest-api/:group/:method': 'open',
  'POST /rest-api/call/startup': 'wcs',
  'POST /rest-api/call/find': 'wcs',
  'POST /rest-api/call/find_all': 'wcs',
  'POST /rest-api/call/terminate': 'wcs',
  'POST /rest-api/call/send_dtmf': 'wcs',
  'POST /rest-api/push/startup': 'wcs',
  'POST /rest-api/push/find': 'wcs',
  'POST /rest-api/push/find_all': 'wcs',
  'POST /rest-api/push/terminate': 'wcs',
  'POST /rest-api/push/mute': 'wcs',
  'POST /rest-api/push/unmute': 'wcs',
  'GET /': 'open',
  'GET /livez': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'open',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /docs/:file': 'open',
  'GET /dashboard': 'open',
  'GET /dashboard/*': 'open',
  'POST /dashboard/session': 'open',
  'GET /dashboard/session': 'read',
  'DELETE /dashboard/session': 'read',
  'DELETE /dashboard/sessions': 'read',
} as const;

const NEEDS_KEY = ['read', 'write', 'admin', 'operatorRead', 'operator'];

const routesOf = (...accesses: readonly string[]) =>
  Object.entries(EXPECTED)
    .filter(([, expected]) => accesses.includes(expected))
    .map(([route]) => {
      const [method = '', url = ''] = route.split(' ');
      const path = url
        .replace(':id', 'call_00000000000000000000000000')
        .replace(':outputId', 'out_00000000000000000000000000')
        .replace(':trunk', 'trunk_00000000000000000000000000')
        .replace(':file', 'start.js');
      return {
        method: method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete' | 'options',
        path,
      };
    });

let dashboard: Awaited<ReturnType<typeof makeDashboard>>;
let world: ApiWorld;
let closed: ApiWorld;
beforeAll(async () => {
  dashboard = await makeDashboard();
  world = await openWorld({ settings: { dashboardFolder: dashboard.folder } });
  closed = await openWorld({ settings: { wcsOpen: 'off' } });
});
afterAll(async () => {
  await world.close();
  await closed.close();
  await dashboard.remove();
});

describe('the routes', () => {
  it('are those that are written down here', () => {
    const routes = world.server.routes.routes.map(({ method, url, access }) => [
      `${method} ${url}`,
      access,
    ]);

    const heads = Object.entries(EXPECTED)
      .filter(([route]) => route.startsWith('GET '))
      .map(([route, access]) => [route.replace('GET', 'HEAD'), access]);
    expect(Object.fromEntries(routes)).toEqual({ ...EXPECTED, ...Object.fromEntries(heads) });
  });

  it.each(routesOf('open'))('$method $path needs no key', async ({ method, path }) => {
    // Not those of the world: they would keep the cookie of who signs in.
    const request = supertest(world.url)[method](path.replace(':method', 'call'));
    const answer = await (method === 'post' ? request.send({ apiKey: API_KEY }) : request);

    expect(answer.status).toBeLessThan(400);
  });
});

describe.each(routesOf(...NEEDS_KEY))('$method $path', ({ method, path }) => {
  const WRONG: readonly { name: string; header: string | undefined; code: string }[] = [
    { name: 'no key', header: undefined, code: 'KEY_MISSING' },
    { name: 'an empty header', header: '', code: 'KEY_MISSING' },
    { name: 'another scheme', header: `Basic ${API_KEY}`, code: 'KEY_MISSING' },
    { name: 'the bare key', header: API_KEY, code: 'KEY_MISSING' },
    { name: 'a scheme without key', header: 'Bearer ', code: 'KEY_MISSING' },
    { name: 'two keys', header: `Bearer ${API_KEY} ${API_KEY}`, code: 'KEY_MISSING' },
    { name: 'another key', header: 'Bearer wrong-key-0123456789', code: 'KEY_INVALID' },
    {
      name: 'the beginning of the key',
      header: `Bearer ${API_KEY.slice(0, -1)}`,
      code: 'KEY_INVALID',
    },
    { name: 'more than the key', header: `Bearer ${API_KEY}x`, code: 'KEY_INVALID' },
    { name: 'the key in capitals', header: `Bearer ${API_KEY.toUpperCase()}`, code: 'KEY_INVALID' },
  ];

  it.each(WRONG)('refuses $name', async ({ header, code }) => {
    const request = world.bare[method](path);

    const answer = await (header === undefined ? request : request.set('authorization', header));

    expect(answer.status).toBe(401);
    expect(problemSchema.strict().parse(answer.body).code).toBe(code);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.text).not.toContain(API_KEY);
  });
});

describe('a request without a key', () => {
  it('is refused before its body is looked at', async () => {
    const malformed = await world.bare
      .post('/v1/calls')
      .set('content-type', 'application/json')
      .send('{');
    const large = await world.bare
      .post('/v1/calls')
      .set('content-type', 'application/json')
      .send('x'.repeat(100_000));

    expect(malformed.status).toBe(401);
    expect(large.status).toBe(401);
  });
});

describe.each(routesOf('wcs'))('$method $path', ({ path }) => {
  it('takes requests of this machine without a key', async () => {
    const answer = await world.bare.post(path).send({ callId: 'unknown' });

    expect(answer.status).not.toBe(401);
  });

  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])(
    'takes none that came through a proxy: %s',
    async (header) => {
      const answer = await world.bare.post(path).set(header, '127.0.0.1').send({});

      expect(answer.status).toBe(401);
    },
  );

  it('asks everybody for the key where it is closed', async () => {
    const without = await closed.bare.post(path).send({ callId: 'unknown' });
    const withKey = await closed.as.post(path).send({ callId: 'unknown' });

    expect(without.status).toBe(401);
    expect(problemSchema.parse(without.body).code).toBe('KEY_MISSING');
    expect(withKey.status).not.toBe(401);
  });
});

describe('the WCS dialect open to all', () => {
  it('takes requests from anywhere', async () => {
    const open = await openWorld({ settings: { wcsOpen: 'any' } });
    try {
      const answer = await open.bare
        .post('/RESTCall/getCalls')
        .set('x-forwarded-for', '203.0.113.9')
        .send({});

      expect(answer.status).toBe(404);
      expect(answer.body.code).toBe('CALL_NOT_FOUND');
    } finally {
      await open.close();
    }
  });
});

describe('a path that is none', () => {
  it.each(['/v1', '/v1/call', '/v2/calls', '/RESTCall', '/RESTCall/nope', '/..%2f', '/docs/../x'])(
    '%s answers with a problem',
    async (path) => {
      const answer = await world.bare.get(path).expect(404);

      expect(problemSchema.strict().parse(answer.body).code).toBe('ROUTE_NOT_FOUND');
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    },
  );

  it('that ends in a slash is one of them', async () => {
    const answer = await world.as.get('/v1/calls/').expect(404);

    expect(problemSchema.strict().parse(answer.body).code).toBe('ROUTE_NOT_FOUND');
  });

  it.each(['/docs/package.json', '/docs/..%2f..%2fpackage.json', '/docs/swagger-ui.js.map'])(
    '%s shows no file',
    async (path) => {
      await world.bare.get(path).expect(404);
    },
  );

  it('that cannot be read answers with a problem', async () => {
    const answer = await world.bare.get('/v1/calls/%zz').expect(400);

    expect(problemSchema.strict().parse(answer.body).code).toBe('REQUEST_INVALID');
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('that is too long answers with a problem', async () => {
    const answer = await world.as.get(`/v1/calls/${'x'.repeat(500)}`).expect(404);

    expect(problemSchema.strict().parse(answer.body).code).toBe('ROUTE_NOT_FOUND');
  });
});

describe('what is no HTTP', () => {
  /** Everything that the server says to some bytes until it hangs up. */
  async function answerTo(url: string, bytes: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(bytes);
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
    return text;
  }

  it.each([
    ['nonsense', 'HELO mail\r\n\r\n'],
    ['a header without end', `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    ],
  ])('answers with a problem on both ports: %s', async (_, bytes) => {
    for (const url of [world.url, world.wcsUrl]) {
      const text = await answerTo(url, bytes);

      expect(text).toMatch(/^HTTP\/1\.1 400 .*\r\nContent-Type: application\/problem\+json\r\n/);
      const body = JSON.parse(text.split('\r\n\r\n')[1] ?? '') as unknown;
      expect(problemSchema.strict().parse(body).code).toBe('REQUEST_INVALID');
    }
    await world.bare.get('/livez').expect(200);
  });
});

describe('HEAD', () => {
  const PATHS = ['/livez', '/readyz', '/openapi.json', '/docs', '/v1/calls', '/v1/events'];

  it.each(PATHS)('of %s answers as GET does, without a body', async (path) => {
    const answer = await world.as.head(path).expect(200);

    expect(answer.headers['content-type']).toBeDefined();
    expect(answer.text).toBeFalsy();
  });

  it.each(routesOf(...NEEDS_KEY).filter(({ method }) => method === 'get'))(
    'of $path needs the key as GET does',
    async ({ path }) => {
      await world.bare.head(path).expect(401);
    },
  );
});

describe('a wrong method', () => {
  it('on a path that only a browser may ask about is a path that is none', async () => {
    const answer = await world.bare.post('/RESTCall/nope').send({}).expect(404);

    expect(problemSchema.strict().parse(answer.body).code).toBe('ROUTE_NOT_FOUND');
  });

  it.each([
    ['put', '/v1/calls', 'GET, HEAD, POST'],
    ['delete', '/v1/calls', 'GET, HEAD, POST'],
    ['post', '/v1/calls/call_00000000000000000000000000', 'DELETE, GET, HEAD'],
    ['patch', '/v1/events', 'GET, HEAD'],
    ['post', '/livez', 'GET, HEAD'],
    ['get', '/RESTCall/call', 'OPTIONS, POST'],
    ['head', '/RESTCall/call', 'OPTIONS, POST'],
  ] as const)('%s %s says which ones there are', async (method, path, allowed) => {
    const answer = await world.as[method](path).expect(405);

    expect(answer.headers['allow']).toBe(allowed);
    if (method !== 'head') {
      expect(problemSchema.strict().parse(answer.body).code).toBe('METHOD_NOT_ALLOWED');
    }
  });
});

describe('an answer', () => {
  it('carries the id of its request, the one given or one of ours', async () => {
    const given = await world.bare.get('/livez').set('x-request-id', 'trace-1');
    const made = await world.bare.get('/livez').set('x-request-id', 'bad id"');

    expect(given.headers['x-request-id']).toBe('trace-1');
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is the same on the port of the WCS dialect', async () => {
    const answer = await fetch(`${world.wcsUrl}/v1/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(callBody('over-the-other-port')),
    });

    expect(answer.status).toBe(202);
  });
});
