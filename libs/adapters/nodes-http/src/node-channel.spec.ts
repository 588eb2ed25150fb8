import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { NodeId } from '#domain';
import { Secret, silentLogger, systemClock, systemTimers } from '#foundation';
import { ChannelKey } from './channel-key.ts';
import { InternalRoutes } from './internal-routes.ts';
import type { InternalRoute } from './internal-routes.ts';
import { NodeClient } from './node-client.ts';

const NODE = 'node_1' as NodeId;
const keyOf = (byte: number) =>
  new ChannelKey({ secretKey: new Secret(Buffer.alloc(32, byte).toString('base64')) }, systemClock);

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function setup(...routes: InternalRoute[]) {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (event: string) => void errors.push(event) };
  const internal = new InternalRoutes({ node: NODE, key: keyOf(1), routes, logger });
  const server = createServer((request, reply) => void internal.serve(request, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new NodeClient({ key: keyOf(1), timers: systemTimers });
  return { url, client, errors, server, node: { id: NODE, url } };
}

const echo: InternalRoute = {
  method: 'POST',
  path: '/internal/things/:name/echo',
  handle: ({ params, body }) => Promise.resolve({ status: 202, body: { params, body } }),
};
const ask = (path: string, body: object = {}) => ({ path, body, timeoutMs: 10_000 });

describe('the channel between the API and a node', () => {
  it('carries JSON there and back', async () => {
    const { client, node } = await setup(echo);

    const answer = await client.postJson(node, ask('/internal/things/a/echo?q=1', { x: [1] }));

    expect(answer).toEqual({ status: 202, body: { params: { name: 'a' }, body: { x: [1] } } });
  });

  it('refuses who has no token, or one of another secret key, and names the likely causes', async () => {
    const { client, node, url } = await setup(echo);
    const stranger = new NodeClient({ key: keyOf(2), timers: systemTimers });

    const bare = await fetch(`${url}/internal/things/a/echo`, { method: 'POST', body: '{}' });

    expect([bare.status, await bare.json()]).toEqual([
      401,
      { error: 'the token is missing, expired, or not for this node and request' },
    ]);
    const refused = { code: 'NODE_UNREACHABLE', detail: expect.stringContaining('secret keys') };
    await expect(stranger.postJson(node, ask('/internal/things/a/echo'))).rejects.toMatchObject(
      refused,
    );
    const other = { ...node, id: 'node_2' as NodeId };
    await expect(client.postJson(other, ask('/internal/things/a/echo'))).rejects.toMatchObject(
      refused,
    );
  });

  it('answers 404, 413, 400 and 500 without a word of what broke', async () => {
    const broken: InternalRoute = {
      method: 'POST',
      path: '/internal/broken',
      handle: () => Promise.reject(new Error('password')),
    };
    const { client, node, url, errors } = await setup(echo, broken);
    const path = '/internal/things/a/echo';
    const authorization = keyOf(1).authorize({ node: NODE, method: 'POST', path });

    const none = await client.postJson(node, ask('/internal/things'));
    const large = await client.postJson(node, ask(path, { x: 'x'.repeat(65_536) }));
    const bodies = ['{', keyOf(1).seal({ node: NODE, method: 'POST', path }, '{')];
    const [open, crooked] = await Promise.all(
      bodies.map((body) => fetch(url + path, { method: 'POST', body, headers: { authorization } })),
    );
    const failed = await client.postJson(node, ask('/internal/broken'));

    expect([none, large, open, crooked, failed].map((answer) => answer?.status)).toEqual([
      404, 413, 400, 400, 500,
    ]);
    expect(JSON.stringify(failed.body)).not.toContain('password');
    expect(errors).toEqual(['internal.failed']);
  });

  it('carries a stream, and tells the node when its reader has gone', async () => {
    let tellGone: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (tellGone = resolve));
    const { client, node } = await setup({
      method: 'GET',
      path: '/internal/stream',
      handle: ({ signal }, reply) => {
        reply.writeHead(200, { 'content-type': 'video/x-flv' });
        reply.write('FLV');
        signal.addEventListener('abort', tellGone);
        return Promise.resolve(undefined);
      },
    });

    const stream = await client.openStream(node, { path: '/internal/stream', timeoutMs: 10_000 });
    const [first] = (await once(stream, 'data')) as [Buffer];
    stream.destroy();

    expect(stream.headers['content-type']).toBe('video/x-flv');
    expect(first.toString()).toBe('FLV');
    await gone;
  });

  it('says that a node has no server, is not there, or does not answer', async () => {
    const { node, client, server } = await setup({
      method: 'POST',
      path: '/internal/silent',
      handle: () => new Promise(() => undefined),
    });
    const post = (url: string | null, timeoutMs: number) =>
      client.postJson({ id: NODE, url }, { path: '/internal/silent', body: {}, timeoutMs });

    await expect(post(null, 10_000)).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      detail: 'The node of the call has no HTTP server.',
    });
    await expect(post(node.url, 50)).rejects.toMatchObject({
      detail: 'The node of the call does not answer.',
    });
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await expect(post(node.url, 10_000)).rejects.toMatchObject({
      detail: 'The node of the call cannot be reached: ECONNREFUSED.',
    });
  });
});
