import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#contracts';
import { IdFactory } from '#domain';
import type { CallId, NodeId } from '#domain';
import { systemRandom } from '#foundation';
import { API_KEY, callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const ids = new IdFactory(() => Date.UTC(2026, 0, 1), systemRandom);
const KEY = { authorization: `Bearer ${API_KEY}` };

/** A worker as the API sees it: what it answers, and the streams it has given. */
const node = {
  status: 200,
  asked: [] as string[],
  replies: [] as ServerResponse[],
};
const server = createServer((request, reply) => {
  node.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
  reply.writeHead(node.status, { 'content-type': 'video/x-flv' });
  reply.write('FLV');
  if (node.status === 200) node.replies.push(reply);
  else reply.end();
});

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  await world.close();
  server.close();
  server.closeAllConnections();
});

let count = 0;
async function place(): Promise<CallId> {
  const body = callBody(`preview-${++count}`);
  const answer = await world.as.post('/v1/calls').send(body).expect(202);
  return (answer.body as { id: CallId }).id;
}

const present = (id: NodeId, url: string | null) =>
  world.store.nodes.heartbeat({
    id,
    host: 'studio',
    pid: 1,
    version: '1.2.3',
    url,
    capacity: 1,
    usedCapacity: 0,
    activeCalls: 0,
    latenessP99Ms: 0,
    cpuCores: 0,
    refusal: null,
  });

/** A call that a node has taken. */
async function claimed(url: string | null = workerUrl()): Promise<CallId> {
  const id = await place();
  const owner = ids.nodeId();
  await present(owner, url);
  await world.store.ledger.claim(id, 0, owner);
  return id;
}

const workerUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const previewOf = (id: string) => `/v1/calls/${id}/preview.flv`;
const codeOf = async (id: string, status: number): Promise<string> => {
  const { body } = await world.as.get(previewOf(id)).expect(status);
  return problemSchema.parse(body).code;
};

describe('GET /v1/calls/{id}/preview.flv', () => {
  it('hands on what the node of the call streams, as it comes, until it ends', async () => {
    const id = await claimed();

    const answer = await fetch(world.url + previewOf(id), { headers: KEY });
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    node.replies.at(-1)?.end('more');
    const second = await reader?.read();
    const last = await reader?.read();

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('video/x-flv');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect([first, second].map((part) => Buffer.from(part?.value ?? []).toString())).toEqual([
      'FLV',
      'more',
    ]);
    expect(last?.done).toBe(true);
    expect(node.asked.at(-1)).toBe(`GET /internal/calls/${id}/preview.flv`);
  });

  it('lets the node go when the listener leaves', async () => {
    const id = await claimed();
    const leaving = new AbortController();

    await fetch(world.url + previewOf(id), { headers: KEY, signal: leaving.signal });
    const closed = once(node.replies.at(-1) ?? server, 'close');
    leaving.abort();

    await closed;
  });

  it('is cut, not ended, when the node goes away', async () => {
    const id = await claimed();

    const answer = await fetch(world.url + previewOf(id), { headers: KEY });
    node.replies.at(-1)?.destroy();

    await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
  });

  it('answers HEAD like GET, without a stream', async () => {
    const id = await claimed();

    const answer = await world.as.head(previewOf(id)).expect(200);

    expect(answer.headers['content-type']).toBe('video/x-flv');
    expect(answer.text).toBeUndefined();
    await world.as.head(previewOf(ids.callId())).expect(404);
  });

  it('is not there without a call, a node or media', async () => {
    expect(await codeOf('x', 404)).toBe('CALL_NOT_FOUND');
    expect(await codeOf(ids.callId(), 404)).toBe('CALL_NOT_FOUND');
    expect(await codeOf(await place(), 409)).toBe('PREVIEW_NONE');
    node.status = 409;
    expect(await codeOf(await claimed(), 409)).toBe('PREVIEW_NONE');
    node.status = 404;
    expect(await codeOf(await claimed(), 409)).toBe('PREVIEW_NONE');
    const ended = await place();
    await world.as.delete(`/v1/calls/${ended}`).expect(202);
    expect(await codeOf(ended, 409)).toBe('CALL_ALREADY_ENDED');
  });

  it('is away for now with too many listeners, or a node that cannot be asked', async () => {
    node.status = 503;
    expect(await codeOf(await claimed(), 503)).toBe('PREVIEW_FULL');
    node.status = 401;
    expect(await codeOf(await claimed(), 503)).toBe('NODE_UNREACHABLE');
    node.status = 500;
    expect(await codeOf(await claimed(), 503)).toBe('NODE_UNREACHABLE');
    expect(await codeOf(await claimed('http://127.0.0.1:9'), 503)).toBe('NODE_UNREACHABLE');
    expect(await codeOf(await claimed(null), 503)).toBe('NODE_UNREACHABLE');
    const id = await place();
    await world.store.ledger.claim(id, 0, ids.nodeId());
    expect(await codeOf(id, 503)).toBe('NODE_UNREACHABLE');
  });

  it('ends properly when the API stops', async () => {
    node.status = 200;
    const id = await claimed();
    const answer = await fetch(world.url + previewOf(id), { headers: KEY });

    const [body] = await Promise.all([answer.text(), world.server.close()]);

    expect(body).toBe('FLV');
  });
});
