import { Gauge, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { NodeId } from '#domain';
import { silentLogger } from '#foundation';
import { HealthServer } from './health-server.ts';
import { addNodeMetrics } from './node-metrics.ts';

const servers: HealthServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function setup(host = '127.0.0.1', port = 0) {
  const missing: string[] = [];
  const node: { refusal: string | null } = { refusal: null };
  const metrics = new Registry();
  const server = new HealthServer({
    host,
    port,
    metrics,
    missing: () => missing,
    refusal: () => node.refusal,
    internal: {
      takes: ({ url }) => url === '/internal/echo',
      serve: (_, reply) => Promise.resolve(void reply.end('internal')),
    },
    logger: silentLogger,
  });
  servers.push(server);
  await server.start();
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url ?? ''}${path}`, init);
  return { server, metrics, missing, node, ask };
}

describe('the server of a worker', () => {
  it('lives, and is ready until something is missing', async () => {
    const { ask, missing, node } = await setup();

    const live = await ask('/livez');
    const ready = await ask('/readyz');
    missing.push('signalling', 'room');
    node.refusal = 'late';
    const busy = await ask('/readyz?verbose');

    expect([live.status, await live.json()]).toEqual([200, { live: true }]);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, missing: [], refusal: null },
    ]);
    expect(busy.status).toBe(503);
    expect(await busy.json()).toEqual({
      ready: false,
      missing: ['signalling', 'room'],
      refusal: 'late',
    });
  });

  it('tells the figures of the node, each anew when it is asked', async () => {
    const { ask, metrics } = await setup();
    const sessions = [{ state: 'up' }, { state: 'up' }, { state: 'dialing' }];
    const roster = { sessions } as unknown as Parameters<typeof addNodeMetrics>[1]['roster'];
    addNodeMetrics(metrics, {
      node: 'node_7' as NodeId,
      roster,
      takeLateness: () => ({ p50Ms: 1, p99Ms: 12.5, maxMs: 40, count: 50 }),
      forgivenBeats: () => 3,
      encoderRestarts: () => 2,
    });

    await ask('/metrics');
    sessions.pop();
    const answer = await ask('/metrics');
    const text = await answer.text();

    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toContain('callcast_node_info{node="node_7"} 1');
    expect(text).toContain('callcast_node_calls{state="up"} 2');
    expect(text).toContain('callcast_node_calls{state="dialing"} 0');
    expect(text).toContain('callcast_metronome_lateness_seconds{quantile="0.99"} 0.0125');
    expect(text).toContain('callcast_metronome_forgiven_beats_total 3');
    expect(text).toContain('callcast_aac_encoder_restarts_total 2');
  });

  it('answers GET and HEAD of three paths, and nothing else', async () => {
    const { ask } = await setup();

    const head = await ask('/livez', { method: 'HEAD' });
    const post = await ask('/metrics', { method: 'POST', body: 'x' });
    const other = await ask('/v1/calls');

    expect([head.status, await head.text()]).toEqual([200, '']);
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(other.status).toBe(404);
  });

  it('answers 500 when the figures are broken, and goes on', async () => {
    const { ask, metrics } = await setup();
    new Gauge({
      name: 'broken',
      help: 'x',
      registers: [metrics],
      collect: () => {
        throw new Error('password in a message');
      },
    });

    const answer = await ask('/metrics');

    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('password');
    expect((await ask('/livez')).status).toBe(200);
  });

  it('leaves what the API asks to others', async () => {
    const { ask } = await setup();

    expect(await (await ask('/internal/echo', { method: 'POST' })).text()).toBe('internal');
    expect((await ask('/internal/other')).status).toBe(404);
  });

  it('is reached on loopback where it listens on all addresses', async () => {
    const { server, ask } = await setup('0.0.0.0');

    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await ask('/livez')).status).toBe(200);
  });

  it('says that a port is taken, and frees its own', async () => {
    const { server } = await setup();
    const port = Number(new URL(server.url ?? '').port);

    await expect(setup('127.0.0.1', port)).rejects.toThrow('EADDRINUSE');
    await server.stop();
    await server.stop();
    const next = await setup('127.0.0.1', port);

    expect(next.server.url).toBe(`http://127.0.0.1:${port}`);
  });

  it('has an address that can be asked with IPv6 too', async () => {
    const { server, ask } = await setup('::1');

    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await ask('/livez')).status).toBe(200);
  });
});
