import { createHash } from 'node:crypto';
import { get } from 'node:http';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { FakeRateWindows } from '#testkit';
import { Secret } from '#foundation';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { makeKey, openOther } from './tenants-world.ts';

let world: ApiWorld;
/** A second API over the same database. */
let other: ApiWorld;
beforeAll(async () => {
  const options = { parts: { rates: new FakeRateWindows() } };
  world = await openWorld(options);
  other = await openOther(world, options);
});
afterAll(async () => {
  await other.close();
  await world.close();
});

const codeOf = (answer: { readonly body: unknown }): string =>
  problemSchema.strict().parse(answer.body).code;

/** What a browser keeps of an answer. */
const cookieOf = (answer: { readonly headers: Record<string, string> }): string =>
  String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';

interface Page {
  readonly cookie: string;
  readonly csrfToken: string;
  readonly body: Record<string, unknown>;
}

/** Requests of a browser that keeps no cookie by itself. */
const fresh = ({ url }: ApiWorld) => supertest(url);

/** Signs in with a key. */
async function signIn(apiKey: string, at: ApiWorld = world): Promise<Page> {
  const answer = await fresh(at).post('/dashboard/session').send({ apiKey }).expect(200);
  const { csrfToken } = answer.body as { csrfToken: string };
  return { cookie: cookieOf(answer), csrfToken, body: answer.body };
}

/** Requests of a page: with its cookie, and its token where it is told to send it. */
const asPage = ({ cookie, csrfToken }: Page, at: ApiWorld = world, withToken = true) => {
  const agent = supertest.agent(at.url).set('cookie', cookie);
  return withToken ? agent.set('x-csrf-token', csrfToken) : agent;
};

let apps = 0;

/** A key of an app of its own. */
async function tenant(fields: Parameters<typeof makeKey>[2] = { scope: 'admin' }) {
  const appKey = `app-${(apps += 1)}`;
  await world.as.post('/v1/apps').send({ appKey }).expect(201);
  return { appKey, ...(await makeKey(world, appKey, fields)) };
}

const hashOf = ({ cookie }: Page): string =>
  createHash('sha256')
    .update(cookie.split('=')[1] ?? '')
    .digest('hex');

/** What a session was is known for 2 s. */
async function untilOver(page: Page, at: ApiWorld = world): Promise<string> {
  const ask = async () => await asPage(page, at).get('/v1/calls');
  let answer = await ask();
  while (answer.status === 200) answer = await ask();
  return codeOf(answer);
}

/** A stream of a session; resolves when it has begun, and `ended` when it is over. */
async function openStream({ cookie }: Page, { url }: ApiWorld) {
  return await new Promise<{ readonly status: number | undefined; readonly ended: Promise<void> }>(
    (resolve, reject) => {
      get(`${url}/v1/events`, { headers: { cookie } }, (stream) => {
        const ended = new Promise<void>((over) => {
          stream.on('error', () => undefined).on('close', over);
        });
        stream.resume();
        resolve({ status: stream.statusCode, ended });
      }).on('error', reject);
    },
  );
}

describe('signing in', () => {
  it('gives a cookie that no script and no other site gets, and tells who it is', async () => {
    const { id, key, appKey } = await tenant({ scope: 'write' });
    const before = Date.now();
    const answer = await fresh(world).post('/dashboard/session').send({ apiKey: key }).expect(200);

    expect(String(answer.headers['set-cookie'])).toMatch(
      /^callcast_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      ...{ keyId: id, appKey, scope: 'write', allApps: false },
      csrfToken: expect.stringMatching(/^[\w-]{43}$/) as string,
      expiresAt: expect.any(String) as string,
    });
    const hours = (Date.parse(answer.body.expiresAt as string) - before) / 3_600_000;
    expect(hours).toBeGreaterThan(23.9);
    expect(hours).toBeLessThan(24.1);
    const page = { cookie: cookieOf(answer), csrfToken: '', body: answer.body as Page['body'] };
    const shown = await asPage(page).get('/dashboard/session').expect(200);
    expect(shown.body).toEqual(answer.body);
    expect(shown.headers['cache-control']).toBe('no-store');
  });

  it('over https, as a proxy or the setting says, ties the cookie to this host and to https', async () => {
    const secure = await openOther(world, {
      settings: { dashboardUrl: new URL('https://callcast.example.com') },
    });
    const PATTERN =
      /^__Host-callcast_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Secure$/;
    const signedIn = (at: ApiWorld, headers: Record<string, string>) =>
      fresh(at).post('/dashboard/session').set(headers).send({ apiKey: API_KEY }).expect(200);
    try {
      const https = { 'x-forwarded-proto': 'https, http' };
      const proxied = await signedIn(world, https);
      const set = await signedIn(secure, { origin: 'https://callcast.example.com' });

      for (const answer of [proxied, set]) {
        expect(String(answer.headers['set-cookie'])).toMatch(PATTERN);
      }
      const cookie = cookieOf(proxied);
      await fresh(world).get('/v1/calls').set(https).set('cookie', cookie).expect(200);
      await fresh(secure).get('/v1/calls').set('cookie', cookieOf(set)).expect(200);
      // A host below the same domain could have set one without the prefix.
      const planted = cookie.replace('__Host-', '');
      await fresh(world).get('/v1/calls').set(https).set('cookie', planted).expect(401);
      await fresh(secure).get('/v1/calls').set('cookie', planted).expect(401);
    } finally {
      await secure.close();
    }
  });

  it('makes a new token each time, and ends the session that the browser had', async () => {
    const first = await signIn(API_KEY);
    const answer = await asPage(first)
      .post('/dashboard/session')
      .send({ apiKey: API_KEY })
      .expect(200);
    const planted = `callcast_session=${'ab'.repeat(32)}`;
    const fixed = await fresh(world)
      .post('/dashboard/session')
      .set('cookie', planted)
      .send({ apiKey: API_KEY })
      .expect(200);

    expect(cookieOf(answer)).not.toBe(first.cookie);
    expect(cookieOf(fixed)).not.toBe(planted);
    expect(codeOf(await fresh(world).get('/v1/calls').set('cookie', planted))).toBe('SESSION_OVER');
    expect(codeOf(await asPage(first).get('/v1/calls'))).toBe('SESSION_OVER');
    await fresh(world).get('/v1/calls').set('cookie', cookieOf(answer)).expect(200);
  });

  it('with a wrong key is refused, and soon with a longer wait', async () => {
    const strict = await openOther(world, { settings: { wrongKeysPerMinute: 3 } });
    const trial = async (apiKey: string) =>
      await fresh(strict).post('/dashboard/session').send({ apiKey });
    try {
      const answers = [];
      for (let tries = 0; tries < 8; tries++) answers.push(await trial('wrong-key-0123456789'));

      expect(codeOf(answers[0] ?? { body: {} })).toBe('KEY_INVALID');
      for (const answer of answers) expect(answer.headers['set-cookie']).toBeUndefined();
      const told = answers.find(({ status }) => status === 429);
      expect([told?.body.code, Number(told?.headers['retry-after']) > 0]).toEqual([
        'KEYS_GUESSED',
        true,
      ]);
      // Whoever has a key passes: others may stand behind the same address.
      expect((await trial(API_KEY)).status).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it.each([
    {},
    { apiKey: '' },
    { apiKey: 7 },
    { apiKey: 'x'.repeat(300) },
    { apiKey: 'x', more: 1 },
  ])('takes nothing but a key (%#)', async (body) => {
    const answer = await fresh(world).post('/dashboard/session').send(body).expect(400);

    expect(codeOf(answer)).toBe('REQUEST_INVALID');
  });

  it.each([
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is refused to a page of another site: %j', async (headers) => {
    const answer = await fresh(world)
      .post('/dashboard/session')
      .set(headers as Record<string, string>)
      .send({ apiKey: API_KEY });

    expect([answer.status, codeOf(answer)]).toEqual([403, 'CSRF_MISSING']);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('and out everywhere are in the audit trail', async () => {
    const { id, key, appKey } = await tenant();
    const page = await signIn(key);
    await asPage(page).delete('/dashboard/sessions').expect(204);

    const { body } = await world.as.get('/v1/audit').query({ appKey, limit: 2 });
    expect(body.items).toMatchObject([
      { action: 'session.all_closed', keyId: id, object: id, before: { sessions: 1 } },
      {
        action: 'session.opened',
        keyId: id,
        object: id,
        after: { endsAt: page.body['expiresAt'] },
      },
    ]);
  });

  it('leaves neither the key nor the token in log lines, answers and tables', async () => {
    const { key } = await tenant();
    const page = await signIn(key);
    const shown = await asPage(page).get('/dashboard/session').expect(200);
    await asPage(page).get('/v1/nodes').expect(403);
    await fresh(world).post('/dashboard/session').send({ apiKey: key, more: key }).expect(400);
    const [, token = ''] = page.cookie.split('=');

    const lines = world.lines.join('\n');
    const tables = [await world.dump('sessions'), await world.dump('audit_log')].join('\n');
    for (const text of [lines, shown.text, tables]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(key.slice(-38));
    }
    expect(tables).toContain(hashOf(page));
    expect(lines).not.toContain(page.csrfToken);
  });
});

describe('a session', () => {
  it('may do what its key may, in its app', async () => {
    const reader = await signIn((await tenant({ scope: 'read' })).key);
    const writer = await signIn((await tenant({ scope: 'write' })).key);

    await asPage(reader).get('/v1/calls').expect(200);
    expect(codeOf(await asPage(reader).post('/v1/calls').send(callBody('of-readers')))).toBe(
      'SCOPE_MISSING',
    );
    const call = await asPage(writer).post('/v1/calls').send(callBody('of-writers')).expect(202);
    expect(call.body.appKey).toBe(writer.body['appKey']);
    expect((await asPage(reader).get(`/v1/calls/${call.body.id}`)).status).toBe(404);
    expect(codeOf(await asPage(writer).get('/v1/keys'))).toBe('SCOPE_MISSING');
    const preview = await asPage(writer).get(`/v1/calls/${call.body.id}/preview.flv`);
    expect([preview.status, preview.body.code]).toEqual([409, 'PREVIEW_NONE']);
  });

  it('of the bootstrap key is the operator’s', async () => {
    const page = await signIn(API_KEY);

    expect(page.body).toMatchObject({ keyId: 'bootstrap', scope: 'admin', allApps: true });
    await asPage(page).get('/v1/nodes').expect(200);
  });

  it('is held to the requests per second of its key, and so is signing in', async () => {
    const { appKey, key } = await tenant();
    const page = await signIn(key);
    const limits = { maxKeyRequestsPerSecond: 0.0001 };
    await world.as.patch(`/v1/apps/${appKey}`).send({ limits }).expect(200);

    const first = await asPage(page).get('/v1/calls').expect(200);

    expect(first.headers['ratelimit-policy']).toContain('"key";q=1;w=10000');
    expect(codeOf(await asPage(page, other).get('/v1/calls'))).toBe('RATE_LIMITED');
    const again = await fresh(world).post('/dashboard/session').send({ apiKey: key });
    expect([again.status, codeOf(again)]).toEqual([429, 'RATE_LIMITED']);
  });

  it('gives way to a key', async () => {
    const page = await signIn(API_KEY);
    const agent = asPage(page);

    expect(codeOf(await agent.get('/v1/calls').set('authorization', 'Bearer wrong'))).toBe(
      'KEY_INVALID',
    );
    const keyed = await world.as.get('/dashboard/session').set('cookie', page.cookie);
    expect([keyed.status, codeOf(keyed)]).toEqual([401, 'SESSION_OVER']);
  });

  it('opens nothing of the WCS dialect', async () => {
    const closed = await openOther(world, { settings: { wcsOpen: 'off' } });
    try {
      const page = await signIn(API_KEY, closed);
      for (const path of ['/RESTCall/getCalls', '/rest-api/call/find_all']) {
        const answer = await asPage(page, closed).post(path).send({});
        expect([answer.status, codeOf(answer)]).toEqual([401, 'KEY_MISSING']);
      }
    } finally {
      await closed.close();
    }
  });

  it('is one of twenty of its key at most: the oldest goes', async () => {
    const { id, key } = await tenant();
    const first = await signIn(key);
    const second = await signIn(key);
    await Promise.all(
      Array.from({ length: 19 }, (_, n) => signIn(key, n % 2 === 0 ? world : other)),
    );

    const kept = (await world.dump('sessions')).split('\n').filter((row) => row.includes(id));
    expect(kept).toHaveLength(20);
    expect(codeOf(await asPage(first).get('/v1/calls'))).toBe('SESSION_OVER');
    await asPage(second).get('/v1/calls').expect(200);
  });
});

/** Each waits for what is known for 2 s: side by side, and with keys of their own. */
describe.concurrent('a session ends', () => {
  it.each([
    ['nobody has used it for eight hours', `seen_at = seen_at - interval '8 h'`],
    ['it is a day old', `ends_at = ends_at - interval '24 h'`],
  ])('once %s', async (_, move) => {
    const { key } = await tenant();
    const [page, stays] = [await signIn(key), await signIn(key)];
    await asPage(page).get('/v1/calls').expect(200);

    await world.sql(`UPDATE sessions SET ${move} WHERE token_hash = '\\x${hashOf(page)}'`);

    expect(await untilOver(page)).toBe('SESSION_OVER');
    await asPage(stays).get('/v1/calls').expect(200);
    await signIn(key);
    expect(await world.dump('sessions')).not.toContain(hashOf(page));
  });

  it('without use, whatever it has left open, and not while it is used', async () => {
    const { key } = await tenant();
    const [used, open, closed] = [await signIn(key), await signIn(key), await signIn(key)];
    const [{ ended }, looked] = [await openStream(open, world), await openStream(closed, world)];
    const age = async (page: Page, minutes: number): Promise<void> =>
      await world.sql(
        `UPDATE sessions SET seen_at = seen_at - interval '${minutes} min' WHERE token_hash = '\\x${hashOf(page)}'`,
      );
    const minutesUnseen = async (page: Page): Promise<number> => {
      const rows = (await world.dump('sessions'))
        .split('\n')
        .map((row) => JSON.parse(row) as { token_hash: string; seen_at: string });
      const row = rows.find(({ token_hash: hash }) => hash.includes(hashOf(page)));
      return (Date.now() - Date.parse(row?.seen_at ?? '')) / 60_000;
    };
    await Promise.all([age(used, 479), age(open, 479), age(closed, 480)]);

    while ((await minutesUnseen(used)) > 1) await asPage(used, other).get('/v1/calls').expect(200);
    // By now the sessions of what is open have been looked at.
    await looked.ended;
    await age(open, 1);

    await ended;
    expect(await untilOver(open)).toBe('SESSION_OVER');
  });

  it('with signing out, at every API, and takes its cookie and streams with it', async () => {
    const { key } = await tenant();
    const [page, stays] = [await signIn(key), await signIn(key)];
    const stream = await openStream(page, other);
    expect(stream.status).toBe(200);

    const answer = await asPage(page).delete('/dashboard/session').expect(204);

    expect(String(answer.headers['set-cookie'])).toBe(
      'callcast_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    );
    expect(codeOf(await asPage(page).get('/v1/calls'))).toBe('SESSION_OVER');
    await stream.ended;
    expect(await untilOver(page, other)).toBe('SESSION_OVER');
    await asPage(stays).get('/v1/calls').expect(200);
  });

  it('with signing out everywhere: all of the key, at every API, and of no other key', async () => {
    const { key } = await tenant();
    const [here, there] = [await signIn(key), await signIn(key, other)];
    const stranger = await signIn((await tenant()).key);
    const streams = [await openStream(here, world), await openStream(there, other)];

    await asPage(here).delete('/dashboard/sessions').expect(204);

    expect(codeOf(await asPage(here).get('/v1/calls'))).toBe('SESSION_OVER');
    await Promise.all(streams.map(({ ended }) => ended));
    expect(await untilOver(there, other)).toBe('SESSION_OVER');
    await asPage(stranger).get('/v1/calls').expect(200);
  });

  it.each([
    ['revoked', (id: string) => world.as.delete(`/v1/keys/${id}`).expect(200)],
    [
      'over',
      (id: string) => world.sql(`UPDATE api_keys SET expires_at = now() WHERE id = '${id}'`),
    ],
    [
      'of an app that is disabled',
      (_: string, appKey: string) =>
        world.as.patch(`/v1/apps/${appKey}`).send({ enabled: false }).expect(200),
    ],
  ])('with its key that is %s, streams too', async (_name, end) => {
    const { id, key, appKey } = await tenant();
    const page = await signIn(key, other);
    const { ended } = await openStream(page, other);

    await end(id, appKey);

    await ended;
    expect(await untilOver(page, other)).toBe('SESSION_OVER');
  });

  it('with the bootstrap key that it was opened with', async () => {
    const page = await signIn(API_KEY);
    const changed = await openOther(world, {
      settings: { apiKey: new Secret('another-bootstrap-key') },
    });
    try {
      expect(codeOf(await asPage(page, changed).get('/v1/calls'))).toBe('SESSION_OVER');
      await asPage(page, other).get('/v1/calls').expect(200);
    } finally {
      await changed.close();
    }
  });
});

describe('what changes something', () => {
  const routes = () =>
    world.server.routes.routes.filter(
      ({ method, access }) =>
        !['GET', 'HEAD'].includes(method) && !['open', 'wcs'].includes(access),
    );
  const pathOf = (url: string): string =>
    url.replace(/(?<=\/):\w+/g, 'call_00000000000000000000000000');

  it('asks for the token of the page, whatever it is', async () => {
    const page = await signIn(API_KEY);
    const stranger = await signIn(API_KEY);
    expect(routes().length).toBeGreaterThan(25);
    for (const { method, url } of routes()) {
      const verb = method.toLowerCase() as 'post' | 'patch' | 'delete' | 'put';
      const send = async (token: string | undefined) => {
        const request = asPage(page, world, false)[verb](pathOf(url));
        const answer = await (token === undefined ? request : request.set('x-csrf-token', token));
        return [method, url, answer.status, codeOf(answer)];
      };
      for (const token of [undefined, '', 'x', stranger.csrfToken, page.cookie.split('=')[1]]) {
        expect(await send(token)).toEqual([method, url, 403, 'CSRF_MISSING']);
      }
    }
    // Nothing of it was done: the session is still there.
    await asPage(page).get('/v1/calls').expect(200);
    await asPage(page).post('/v1/calls').send(callBody('with-token')).expect(202);
  });

  it.each([
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])('and what reads is refused to a page of another site: %j', async (headers) => {
    const page = await signIn(API_KEY);
    const evil = asPage(page).set(headers);

    expect(codeOf(await evil.get('/v1/calls'))).toBe('CSRF_MISSING');
    expect(codeOf(await evil.post('/v1/calls').send(callBody('evil')))).toBe('CSRF_MISSING');
  });

  it('is taken from a page of this host', async () => {
    const page = await signIn(API_KEY);

    await asPage(page)
      .post('/v1/calls')
      .set({ origin: world.url, 'sec-fetch-site': 'same-origin' })
      .send(callBody('of-this-host'))
      .expect(202);
  });
});
