import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { HookTargets } from '#domain';
import type { HookAnswer, HookFailure, HookTargetRules } from '#domain';
import { TestCa, VirtualTime } from '#testkit';
import { openHookPoster } from './hook-poster.ts';
import type { FindAddresses } from './judged-lookup.ts';

const TIMEOUT_MS = 15_000;
const BODY = new TextEncoder().encode('{"type":"call.ended"}');
const EVERYWHERE: HookTargetRules = { allow: [], allowPrivate: true, ports: 'any' };
const NOWHERE_LOCAL: HookTargetRules = { allow: [], allowPrivate: false, ports: 'any' };

/** Lets every URL through, so that what is asked at connect time stands alone. */
class ConnectTimeTargets extends HookTargets {
  override refusalOfUrl(): undefined {
    return undefined;
  }
}

/** Something that a test waits for. */
function signal(): { readonly fired: Promise<void>; readonly fire: () => void } {
  let fire: () => void = () => undefined;
  const fired = new Promise<void>((resolve) => (fire = resolve));
  return { fired, fire: () => fire() };
}

interface Listener {
  readonly port: number;
  readonly connectionCount: () => number;
}

async function listening(server: Server | TcpServer): Promise<Listener> {
  let count = 0;
  server.on('connection', () => (count += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connectionCount: () => count };
}

const sink = (handler: RequestListener): Promise<Listener> => listening(createServer(handler));

async function openPoster(
  options: {
    readonly targets?: HookTargets;
    readonly addresses?: Readonly<Record<string, readonly string[]>>;
    readonly findAddresses?: FindAddresses;
    readonly ca?: string;
  } = {},
) {
  const { targets = new HookTargets(EVERYWHERE), addresses = {}, ca } = options;
  const time = new VirtualTime();
  const known: FindAddresses = (name) =>
    Promise.resolve(
      (addresses[name] ?? []).map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      })),
    );
  const poster = openHookPoster({
    ...{ targets, timers: time, clock: time, findAddresses: options.findAddresses ?? known },
    ...(ca === undefined ? {} : { ca }),
  });
  await poster.start();
  onTestFinished(() => poster.stop());
  const post = (url: string): Promise<HookAnswer | HookFailure> =>
    poster.post({ url, headers: { 'webhook-id': 'evt_1' }, body: BODY, timeoutMs: TIMEOUT_MS });
  return { post, poster, time };
}

const bodyOf = (answer: HookAnswer | HookFailure): string =>
  answer.kind === 'answered' ? new TextDecoder().decode(answer.body) : answer.detail;

describe('a post', () => {
  it('sends its bytes and headers as they are, and shows the answer', async () => {
    const seen: { request: IncomingMessage; body: Buffer }[] = [];
    const { port } = await sink((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ request, body: Buffer.concat(chunks) });
        response.writeHead(201, { 'X-Who': ['a', 'b'] }).end('thanks');
      });
    });
    const { post, time } = await openPoster();

    const answer = await post(`http://127.0.0.1:${port}/in?app=1`);

    expect(answer).toMatchObject({ kind: 'answered', status: 201, isCut: false, durationMs: 0 });
    expect(answer.kind === 'answered' && answer.headers['x-who']).toBe('a, b');
    expect(bodyOf(answer)).toBe('thanks');
    const [{ request, body } = expect.fail('nothing was posted')] = seen;
    expect(request).toMatchObject({ method: 'POST', url: '/in?app=1' });
    expect(request.headers).toMatchObject({ 'webhook-id': 'evt_1', 'content-length': '21' });
    expect(Uint8Array.from(body)).toEqual(BODY);
    expect(time.pendingCount).toBe(0);
  });

  it('uses the connections of those before', async () => {
    const { port, connectionCount } = await sink((_, response) => response.end('ok'));
    const { post } = await openPoster();

    for (let count = 0; count < 20; count++) await post(`http://127.0.0.1:${port}/`);

    // A second one is opened while the first is being set free.
    expect(connectionCount()).toBeLessThanOrEqual(2);
  });

  it('is refused before the start and after the stop', async () => {
    const { port, connectionCount } = await sink((_, response) => response.end());
    const { post, poster } = await openPoster();
    await poster.stop();

    const answer = await post(`http://127.0.0.1:${port}/`);

    expect(answer).toMatchObject({ kind: 'failed', reason: 'unreachable' });
    expect(connectionCount()).toBe(0);
  });
});

describe('the end of a poster', () => {
  it('cuts what is under way, and connections in the making', async () => {
    const closed = signal();
    const connected = signal();
    const { port } = await listening(
      createTcpServer((socket) => {
        socket.on('close', () => closed.fire()).on('error', () => undefined);
        connected.fire();
      }),
    );
    const { post, poster } = await openPoster();
    const answer = post(`https://127.0.0.1:${port}/`);
    await connected.fired;

    await poster.stop();

    await closed.fired;
    expect(await answer).toMatchObject({ kind: 'failed', reason: 'broken' });
  });
});

describe('answers', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const target = await sink((_, response) => response.end());
    const { port } = await sink((_, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${target.port}/` }).end();
    });
    const { post } = await openPoster();

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'answered', status });
    expect(target.connectionCount()).toBe(0);
  });

  it.each([
    [410, {}],
    [429, { 'retry-after': '120' }],
    [204, {}],
    [500, {}],
  ])('%i is shown with its headers', async (status, headers) => {
    const { port } = await sink((_, response) => response.writeHead(status, headers).end());
    const { post } = await openPoster();

    const answer = await post(`http://127.0.0.1:${port}/`);

    expect(answer).toMatchObject({ kind: 'answered', status, headers });
    expect(bodyOf(answer)).toBe('');
  });

  it('are read for 64 KiB, and the connection of a longer one is closed', async () => {
    const GIGABYTE = 2 ** 30;
    const chunk = Buffer.alloc(16_384, 'x');
    let sentBytes = 0;
    const closed = signal();
    const pour = (response: ServerResponse): void => {
      while (sentBytes < GIGABYTE && !response.destroyed) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', () => pour(response));
      }
      response.end();
    };
    const { port } = await sink((_, response) => {
      response.on('close', () => closed.fire());
      pour(response.writeHead(200, { 'content-length': GIGABYTE }));
    });
    const { post } = await openPoster();

    const answer = await post(`http://127.0.0.1:${port}/`);
    await closed.fired;

    expect(answer).toMatchObject({ kind: 'answered', status: 200, isCut: true });
    expect(bodyOf(answer)).toHaveLength(65_536);
    expect(sentBytes).toBeLessThan(GIGABYTE / 10);
  });

  it('of exactly 64 KiB are whole', async () => {
    const { port } = await sink((_, response) => response.end(Buffer.alloc(65_536, 'x')));
    const { post } = await openPoster();

    const answer = await post(`http://127.0.0.1:${port}/`);

    expect(answer).toMatchObject({ kind: 'answered', isCut: false });
    expect(bodyOf(answer)).toHaveLength(65_536);
  });

  it('that are cut are failures, whatever their status', async () => {
    const { port } = await sink((_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy());
    });
    const { post } = await openPoster();

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'broken' },
    });
  });

  it('with headers without end are failures', async () => {
    const { port } = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`);
      }),
    );
    const { post } = await openPoster();

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'broken' },
      detail: 'the headers of the answer are longer than 16 KiB (UND_ERR_HEADERS_OVERFLOW)',
    });
  });

  it('that are no HTTP are failures', async () => {
    const { port } = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.write('-ERR unknown command\r\n');
      }),
    );
    const { post } = await openPoster();

    const answer = await post(`http://127.0.0.1:${port}/`);

    expect(answer).toMatchObject({ kind: 'failed', reason: 'broken' });
    expect(bodyOf(answer)).not.toContain('ERR unknown');
  });
});

describe('an endpoint that is slow', () => {
  const SLOW = { kind: 'failed', reason: 'timeout', durationMs: TIMEOUT_MS };

  it.each([
    ['says nothing', () => undefined],
    ['never ends its headers', (response: ServerResponse) => response.writeProcessing()],
    ['never ends its body', (response: ServerResponse) => response.writeHead(200).write('drop')],
  ])('and %s has 15 s for all of it', async (_, respond) => {
    const asked = signal();
    const { port } = await sink((_request, response) => {
      respond(response);
      asked.fire();
    });
    const { post, time } = await openPoster();
    const answer = post(`http://127.0.0.1:${port}/`);
    await asked.fired;

    time.advance(TIMEOUT_MS);

    expect(await answer).toMatchObject(SLOW);
    expect(time.pendingCount).toBe(0);
  });

  it('and never begins TLS has 15 s for all of it', async () => {
    const connected = signal();
    const { port } = await listening(createTcpServer(() => connected.fire()));
    const { post, time } = await openPoster();
    const answer = post(`https://127.0.0.1:${port}/`);
    await connected.fired;

    time.advance(TIMEOUT_MS);

    expect(await answer).toMatchObject(SLOW);
  });

  it('to be found has 15 s for all of it', async () => {
    const asked = signal();
    const findAddresses: FindAddresses = () => {
      asked.fire();
      return new Promise(() => undefined);
    };
    const targets = new HookTargets(NOWHERE_LOCAL);
    const { post, time } = await openPoster({ targets, findAddresses });
    const answer = post('https://sink.example.com/');
    await asked.fired;

    time.advance(TIMEOUT_MS);

    expect(await answer).toMatchObject(SLOW);
  });
});

/** One host for each way to write an address that hooks must not reach: all of them lead to this machine or near it. */
const LOCAL_HOSTS = [
  ...['127.0.0.1', '127.1', '127.0.0.1.', '2130706433', '0x7f000001', '0x7f.1', '0177.0.0.1'],
  ...['017700000001', '127.255.255.254', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]'],
  ...['[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::1]'],
  ...['[2002:7f00:1::]', '[2001:0:53aa:64c:0:0:80ff:fffe]', '[fe80::1]', '[fec0::1]', '[fd00::1]'],
  ...['[fd00:ec2::254]', '[ff02::1]', '[2001:db8::1]', '[5f00::1]', '[100::1]', '10.0.0.1'],
  ...['172.16.0.1', '192.168.0.1', '169.254.169.254', '100.100.100.200', '192.0.0.192'],
  ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '168.63.129.16', '%31%32%37.0.0.1', '①②⑦.0.0.1'],
];

describe('addresses that must not be called', () => {
  it.each(LOCAL_HOSTS)('%s is not, by its URL nor at the connection', async (host) => {
    const { port, connectionCount } = await sink((_, response) => response.end());
    const byUrl = await openPoster({ targets: new HookTargets(NOWHERE_LOCAL) });
    const atConnection = await openPoster({ targets: new ConnectTimeTargets(NOWHERE_LOCAL) });

    const answers = [
      await byUrl.post(`https://${host}:${port}/`),
      await atConnection.post(`http://${host}:${port}/`),
      await atConnection.post(`https://${host}:${port}/`),
    ];

    expect(answers.map((answer) => answer.kind === 'failed' && answer.reason)).toEqual([
      ...['refused', 'refused', 'refused'],
    ]);
    expect(connectionCount()).toBe(0);
  });

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['10.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['2606:4700::1111', '169.254.169.254', '8.8.8.8']],
    [['64:ff9b::7f00:1']],
  ])('are not when a name leads to %j', async (addresses) => {
    const { port, connectionCount } = await sink((_, response) => response.end());
    const targets = new HookTargets(NOWHERE_LOCAL);
    const { post } = await openPoster({ targets, addresses: { 'sink.example.com': addresses } });

    expect(await post(`https://sink.example.com:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'refused' },
      detail: 'an address that the host name leads to is a private, local or reserved address',
    });
    expect(connectionCount()).toBe(0);
  });

  it('are not when a name leads elsewhere at the next connection', async () => {
    const { port, connectionCount } = await sink((_, response) => {
      response.setHeader('connection', 'close').end('ok');
    });
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const asked: string[] = [];
    const findAddresses: FindAddresses = (name) => {
      asked.push(name);
      return Promise.resolve((answers.shift() ?? []).map((address) => ({ address, family: 4 })));
    };
    const rules = { allow: ['127.0.0.1'], allowPrivate: false, ports: 'any' } as const;
    const targets = new ConnectTimeTargets(rules);
    const { post } = await openPoster({ targets, findAddresses });

    const first = await post(`http://sink.example.com:${port}/`);
    const second = await post(`http://sink.example.com:${port}/`);

    expect(first).toMatchObject({ kind: 'answered', status: 200 });
    expect(second).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(asked).toEqual(['sink.example.com', 'sink.example.com']);
    expect(connectionCount()).toBe(1);
  });

  it('are not on a port that hooks must not use', async () => {
    const { port, connectionCount } = await sink((_, response) => response.end('+PONG'));
    const targets = new HookTargets({ allow: ['127.0.0.1'], allowPrivate: false, ports: [443] });
    const { post } = await openPoster({ targets });

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'refused', detail: 'the URL must use one of the ports 443' },
    });
    expect(connectionCount()).toBe(0);
  });

  it('may be called when the operator has named the host', async () => {
    const { port } = await sink((_, response) => response.end('ok'));
    const rules = { allow: ['localhost'], allowPrivate: false, ports: 'any' } as const;
    const { post } = await openPoster({ targets: new HookTargets(rules) });

    expect(bodyOf(await post(`http://localhost:${port}/`))).toBe('ok');
  });
});

describe('an endpoint that is not there', () => {
  it.each([
    ['the host name is unknown (ENOTFOUND)', 'ENOTFOUND'],
    ['the name servers do not answer (ETIMEOUT)', 'ETIMEOUT'],
  ])('is told of: %s', async (detail, code) => {
    const findAddresses: FindAddresses = () =>
      Promise.reject(Object.assign(new Error(`query ${code}`), { code }));
    const targets = new HookTargets(NOWHERE_LOCAL);
    const { post } = await openPoster({ targets, findAddresses });

    expect(await post('https://sink.example.com/')).toMatchObject({
      ...{ kind: 'failed', reason: 'unreachable', detail },
    });
  });

  it('is told of when nothing listens', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { post } = await openPoster();

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'unreachable' },
      detail: 'nothing listens on this port (ECONNREFUSED)',
    });
  });
});

describe('TLS', () => {
  let folder: string;
  let ca: TestCa;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callcast-hooks-'));
    ca = await TestCa.create(join(folder, 'ca'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function tlsSink(request: Parameters<TestCa['issue']>[0]): Promise<number> {
    const { certificate, key } = await ca.issue(request);
    const server = createTlsServer({ cert: certificate, key }, (_, response) => {
      response.end('ok');
    });
    server.on('tlsClientError', () => undefined);
    return (await listening(server)).port;
  }

  it('is spoken to whom the certificate is made out for', async () => {
    const port = await tlsSink({ names: ['localhost'] });
    const { post } = await openPoster({ ca: ca.certificate });

    expect(bodyOf(await post(`https://localhost:${port}/`))).toBe('ok');
  });

  it.each([
    ['the certificate is not made out for this host', { names: ['other.example'] }, true],
    ['the certificate has expired', { names: ['localhost'], isExpired: true }, true],
    [
      'the certificate comes from an authority that is not trusted here',
      { names: ['localhost'] },
      false,
    ],
  ])('is not when %s', async (words, request, isTrusted) => {
    const port = await tlsSink(request);
    const { post } = await openPoster(isTrusted ? { ca: ca.certificate } : {});

    const answer = await post(`https://localhost:${port}/`);

    expect(answer).toMatchObject({ kind: 'failed', reason: 'tls' });
    expect(bodyOf(answer)).toContain(words);
  });

  it('is not where none is spoken', async () => {
    const { port } = await sink((_, response) => response.end('ok'));
    const { post } = await openPoster();

    expect(await post(`https://127.0.0.1:${port}/`)).toMatchObject({
      ...{ kind: 'failed', reason: 'tls' },
    });
  });
});
