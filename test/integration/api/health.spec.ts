import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queuePageSchema } from '#contracts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { Contract } from './contract.ts';
import type { ApiDescription } from './contract.ts';

/** Names of what is away. */
const away = new Set<string>();
const dependency = (name: string, isRequired: boolean) => ({
  name,
  isRequired,
  check: () =>
    away.has(name) ? Promise.reject(new Error('redis://user:hunter2@host')) : Promise.resolve(),
});
let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld({
    parts: {
      dependencies: [dependency('postgres', true), dependency('redis', false)],
    },
  });
});
afterAll(async () => {
  await world.close();
});

describe('/livez', () => {
  it('says that the process lives', async () => {
    const answer = await world.bare.get('/livez').expect(200);

    expect(answer.body).toEqual({ live: true });
  });
});

const NO_NODES = { running: 0, takingCalls: 0 };

describe('/readyz', () => {
  it('says ready when nothing is missing', async () => {
    const answer = await world.bare.get('/readyz').expect(200);

    expect(answer.body).toEqual({ ready: true, missing: [], degraded: [], nodes: NO_NODES });
  });

  it.each([
    { names: ['redis'], status: 200, body: { ready: true, missing: [], degraded: ['redis'] } },
    {
      names: ['postgres'],
      status: 503,
      body: { ready: false, missing: ['postgres'], degraded: [] },
    },
    {
      names: ['postgres', 'redis'],
      status: 503,
      body: { ready: false, missing: ['postgres'], degraded: ['redis'] },
    },
  ])('answers $status without $names, and names no more', async ({ names, status, body }) => {
    for (const name of names) away.add(name);

    const answer = await world.bare.get('/readyz').expect(status);
    away.clear();

    expect(answer.body).toEqual({ ...body, nodes: NO_NODES });
    await world.bare.get('/readyz').expect(200);
  });
});

describe('/metrics', () => {
  it('tells durations by route, calls by state and figures of the process', async () => {
    await world.as.post('/v1/calls').send(callBody('one')).expect(202);
    await world.as.get('/v1/calls/call_00000000000000000000000000').expect(404);
    await world.bare.get('/nowhere/at/all').expect(404);

    const answer = await world.bare.get('/metrics').expect(200);

    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    const { text } = answer;
    expect(text).toMatch(/^callcast_calls\{state="queued"\} 1$/m);
    expect(text).toMatch(/^callcast_calls\{state="up"\} 0$/m);
    expect(text).toMatch(
      /duration_seconds_count\{method="POST",route="\/v1\/calls",status="2xx"\} 1/,
    );
    expect(text).toMatch(
      /duration_seconds_count\{method="GET",route="\/v1\/calls\/:id",status="4xx"\} 1/,
    );
    expect(text).toMatch(/duration_seconds_count\{method="any",route="none",status="4xx"\} 1/);
    expect(text).toMatch(/requests_total\{method="POST",route="\/v1\/calls",status="202"\} 1/);
    expect(text).toMatch(/^process_cpu_user_seconds_total /m);
    expect(text).not.toContain('nowhere');
  });

  it('tells of every route', async () => {
    const routes = world.server.routes.routes.filter(({ access }) => access !== 'open');
    for (const { method, url } of routes) {
      const path = url.replace(/\/:\w+/g, '/x');
      await fetch(`${world.url}${path}`, { method, headers: { authorization: 'Bearer none' } });
    }

    const { text } = await world.bare.get('/metrics').expect(200);

    const silent = routes.filter(
      ({ method, url }) =>
        !text.includes(`requests_total{method="${method}",route="${url}",status="`) ||
        !text.includes(`duration_seconds_count{method="${method}",route="${url}",status="`),
    );
    expect(routes.length).toBeGreaterThan(60);
    expect(silent).toEqual([]);
  });

  it('tells how long every queue is, and for how long', async () => {
    await world.forgetCalls();
    await world.as.post('/v1/calls').send(callBody('waits')).expect(202);
    await world.as
      .post('/v1/calls')
      .send({ ...callBody('later'), startAt: new Date(Date.now() + 3_600_000).toISOString() })
      .expect(202);
    await world.sql(
      `UPDATE calls SET state_since = state_since - interval '1 minute' WHERE call_id = 'waits'`,
    );

    const { text } = await world.bare.get('/metrics').expect(200);

    const jobs = (queue: string, state: string) =>
      text.includes(`callcast_queue_jobs{store="postgres",queue="${queue}",state="${state}"} `);
    for (const queue of ['calls', 'commands', 'hooks']) {
      for (const state of ['waiting', 'delayed', 'active']) {
        expect(jobs(queue, state), `${queue} ${state}`).toBe(true);
      }
      // Calls and commands end with a reason of their own; their queues give nothing up.
      expect(jobs(queue, 'failed'), queue).toBe(queue === 'hooks');
    }
    expect(text).toContain('{store="postgres",queue="calls",state="waiting"} 1');
    expect(text).toContain('{store="postgres",queue="calls",state="delayed"} 1');
    expect(text).toMatch(
      /^callcast_queue_oldest_seconds\{store="postgres",queue="calls"\} 6\d\.\d+$/m,
    );
    const queues = queuePageSchema
      .strict()
      .parse((await world.as.get('/v1/queues').expect(200)).body);
    const names = queues.items.map(({ store, queue }) => `${store} ${queue}`);
    expect(names).toEqual(['postgres calls', 'postgres commands', 'postgres hooks']);
    const [calls] = queues.items;
    expect(calls).toMatchObject({ waiting: 1, delayed: 1, active: 0, failed: null });
    expect(calls?.oldestWaitingMs).toBeGreaterThanOrEqual(60_000);
  });

  it('tells the rest when the store is away', async () => {
    const storeless = await openWorld();
    await storeless.store.stop();
    try {
      const answer = await storeless.bare.get('/metrics').expect(200);

      expect(answer.text).not.toMatch(/^callcast_(?:calls|queue_jobs)\{/m);
      expect(answer.text).toMatch(/^process_cpu_user_seconds_total /m);
      const queues = await storeless.as.get('/v1/queues').expect(200);
      expect(queues.body).toEqual({ items: [], nextCursor: null });
      const refused = await storeless.as.get('/v1/calls').expect(503);
      expect(refused.body.code).toBe('STORE_UNAVAILABLE');
      expect(refused.headers['retry-after']).toBe('1');
    } finally {
      await storeless.close();
    }
  });
});

/** What the spec looks at of one operation. */
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

describe('/openapi.json', () => {
  it('describes every route, its body and its answers', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);

    expect(body.openapi).toBe('3.1.0');
    // Preflights, pages for people and what these pages sign in with are not described.
    const unknown = ['/', '/docs', '/docs/{file}', '/openapi.json'];
    const routes = world.server.routes.routes
      .filter(({ method }) => method !== 'OPTIONS')
      .map(({ url }) => url.replace(/\/:(\w+)/g, '/{$1}'))
      .filter((path) => !unknown.includes(path) && !path.startsWith('/dashboard'));
    expect(Object.keys(body.paths as object).sort()).toEqual([...new Set(routes)].sort());
    const create = body.paths['/v1/calls'].post;
    expect(create.requestBody.content['application/json'].schema.$ref).toMatch(/\/CreateCall$/);
    expect(create.responses['202'].content['application/json'].schema.$ref).toMatch(/\/Call$/);
    expect(create.responses['409'].content['application/problem+json'].schema.$ref).toMatch(
      /\/Problem$/,
    );
    expect(create.security).toEqual([{ bearer: [] }]);
  });

  it('says what every route answers when all is well', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);
    const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>);
    const answers = paths.flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => {
        const [status = 'none'] = Object.keys(responses).filter((one) => one.startsWith('2'));
        const types = Object.keys(responses[status]?.content ?? {}).join();
        return { route: `${method} ${path}`, answer: `${status} ${types}`.trim() };
      }),
    );

    const json = /^20[0-2] application\/json$/;
    expect(answers.filter(({ answer }) => !json.test(answer))).toEqual(
      expect.arrayContaining([
        { route: 'get /metrics', answer: '200 text/plain' },
        { route: 'get /v1/calls/{id}/preview.flv', answer: '200 video/x-flv' },
        { route: 'get /v1/events', answer: '200 text/event-stream' },
        { route: 'post /RESTCall/getStatus', answer: '200 text/plain' },
      ]),
    );
    expect(answers.filter(({ answer }) => !/^20[0-4]/.test(answer))).toEqual([]);
    const isWcs = (route: string): boolean => /^post \/(?:RESTCall|rest-api)\//.test(route);
    const empty = answers.filter(({ route, answer }) => answer === '200' && !isWcs(route));
    expect(empty).toEqual([]);
    expect(body.paths['/readyz'].get.responses['503'].content).toHaveProperty(['application/json']);
  });

  it('says of every route with a key what it answers without one, and while the service is not complete', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);
    const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>);
    const problems = paths
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, { responses }]) => {
          const statuses = ['401', '503'].filter(
            (status) => 'application/problem+json' in (responses[status]?.content ?? {}),
          );
          return `${method} ${path} ${statuses.join(' ')}`;
        }),
      );

    expect(problems.length).toBeGreaterThan(7);
    expect(problems.filter((each) => !each.endsWith(' 401 503'))).toEqual([]);
  });

  it('says which key is wanted, where from, and shows a first request', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);

    expect(body.components.securitySchemes.bearer).toEqual({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'opaque key',
    });
    expect(body.servers).toEqual([{ url: '/' }]);
    for (const path of ['call', 'getStatus', 'getCalls', 'hangup']) {
      const { security, description } = body.paths[`/RESTCall/${path}`].post;
      expect(security).toHaveLength(2);
      expect(security).toEqual(expect.arrayContaining([{}, { bearer: [] }]));
      expect(description).toContain('CALLCAST_WCS_OPEN');
    }
    for (const path of ['/v1/calls', '/RESTCall/call']) {
      const { example } = body.paths[path].post.requestBody.content['application/json'];
      expect(example).toMatchObject({ callId: 'morning-show' });
    }
  });

  it('has an example for every body that is asked for, which fits and is taken', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);
    const description = body as ApiDescription;
    const contract = new Contract(description);

    const wrong: string[] = [];
    for (const [path, operations] of Object.entries(description.paths)) {
      for (const [method, { requestBody }] of Object.entries(operations)) {
        const json = requestBody?.content['application/json'];
        if (json?.schema === undefined) continue;
        const errors =
          json.example === undefined
            ? 'there is none'
            : contract.errorsOf(json.schema, json.example);
        if (errors !== undefined) wrong.push(`${method} ${path}: ${errors}`);
        const url = path.replaceAll(/\{\w+\}/g, 'unknown');
        const send = method === 'patch' ? world.as.patch(url) : world.as.post(url);
        const { status } = await send.send(json.example as object);
        if ([400, 413, 415].includes(status)) wrong.push(`${method} ${path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has an example for every answer, which fits', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);
    const description = body as ApiDescription;
    const contract = new Contract(description);

    const wrong: string[] = [];
    let count = 0;
    for (const [path, operations] of Object.entries(description.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        for (const [status, { content = {} }] of Object.entries(responses)) {
          for (const [type, { schema = {}, example }] of Object.entries(content)) {
            if (type === 'video/x-flv') continue;
            const errors = example === undefined ? 'none' : contract.errorsOf(schema, example);
            if (errors !== undefined) wrong.push(`${method} ${path} ${status}: ${errors}`);
            count++;
          }
        }
      }
    }
    expect(count).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });

  it('says what every route answers to what it cannot read, and to too many requests', async () => {
    const { body } = await world.bare.get('/openapi.json').expect(200);
    const { paths } = body as ApiDescription;

    const silent = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { requestBody, responses }]) => {
        if (!('401' in responses)) return [];
        const usual = ['400', '403', '429', '500', '503'];
        const wanted = requestBody === undefined ? usual : [...usual, '413', '415'];
        return wanted
          .filter((status) => !(status in responses))
          .map((status) => `${method} ${path} ${status}`);
      }),
    );
    expect(silent).toEqual([]);
  });

  it('refers to nothing that it does not hold', async () => {
    const { text, body } = await world.bare.get('/openapi.json').expect(200);

    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    const held = Object.keys(body.components.schemas as object);
    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((name) => !held.includes(name ?? ''))).toEqual([]);
  });
});

describe('/docs', () => {
  it('is where a browser is sent from the root, and the same with a slash', async () => {
    const root = await world.bare.get('/').expect(302);
    const page = await world.bare.get('/docs').expect(200);
    const slashed = await world.bare.get('/docs/').expect(200);

    expect(root.headers['location']).toBe('/docs');
    expect(slashed.text).toBe(page.text);
    expect(slashed.headers['content-security-policy']).toBe(
      page.headers['content-security-policy'],
    );
  });

  it('is a page whose files all come from here', async () => {
    const page = await world.bare.get('/docs').expect(200);

    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\//);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(files).toHaveLength(4);
    for (const file of files) {
      const answer = await world.bare.get(file).expect(200);
      expect(Number(answer.headers['content-length'])).toBeGreaterThan(20);
    }
    const start = await world.bare.get('/docs/start.js').expect(200);
    expect(start.headers['content-type']).toMatch(/^text\/javascript/);
    expect(start.text).toContain("url: '/openapi.json'");
  });
});
