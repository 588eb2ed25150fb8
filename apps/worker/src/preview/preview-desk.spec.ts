import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ChannelKey, InternalRoutes, NodeClient } from '#adapters/nodes-http';
import { IdFactory } from '#domain';
import type { CallId } from '#domain';
import { Secret, silentLogger, systemClock, systemTimers } from '#foundation';
import { SeededRandom } from '#testkit';
import { FakeSource, readFlv } from '../../../../test/support/flv-tags.ts';
import { PreviewDesk } from './preview-desk.ts';
import type { PreviewedCall } from './preview-desk.ts';

const ids = new IdFactory(() => 1, new SeededRandom(1));
const NODE = ids.nodeId();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A call on air, and what ends it. */
function callOnAir() {
  const source = new FakeSource();
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  return { id: ids.callId(), source, done, finish };
}

async function setup(...calls: (PreviewedCall & { readonly id: CallId })[]) {
  const ended: string[] = [];
  let hear: () => void = () => undefined;
  const logger = {
    ...silentLogger,
    info: (_: string, fields?: Readonly<Record<string, unknown>>) => {
      ended.push(String(fields?.['end']));
      hear();
    },
  };
  const desk = new PreviewDesk({
    find: (id) => calls.find((call) => call.id === id),
    timers: systemTimers,
    logger,
  });
  const key = new ChannelKey(
    { secretKey: new Secret(Buffer.alloc(32).toString('base64')) },
    systemClock,
  );
  const internal = new InternalRoutes({
    node: NODE,
    key,
    routes: [desk.route],
    logger: silentLogger,
  });
  const server = createServer((request, reply) => void internal.serve(request, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const node = { id: NODE, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const client = new NodeClient({ key, timers: systemTimers });
  const open = (id: string): Promise<IncomingMessage> =>
    client.openStream(node, { path: `/internal/calls/${id}/preview.flv`, timeoutMs: 10_000 });
  const statusOf = async (id: string): Promise<number | undefined> => {
    const stream = await open(id);
    stream.resume();
    return stream.statusCode;
  };
  /** So many listeners have been let go. */
  const untilEnded = async (count: number): Promise<void> => {
    while (ended.length < count) await new Promise<void>((resolve) => (hear = resolve));
  };
  return { open, statusOf, ended, untilEnded };
}

describe('the preview of a worker', () => {
  it('streams until the call is over', async () => {
    const call = callOnAir();
    const { open, ended } = await setup(call);

    const stream = await open(call.id);
    call.source.emit(700);
    call.source.emit(720);
    call.finish();
    const parts: Buffer[] = [];
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);

    expect(stream.headers['content-type']).toBe('video/x-flv');
    const { tags } = readFlv(Buffer.concat(parts));
    expect(tags.map(({ timestampMs }) => timestampMs)).toEqual([0, 0, 20]);
    expect(ended).toEqual(['callOver']);
  });

  it('lets the call go when the listener leaves', async () => {
    const call = callOnAir();
    const { open, untilEnded, ended } = await setup(call);

    const stream = await open(call.id);
    expect(call.source.listenerCount).toBe(1);
    stream.destroy();
    await untilEnded(1);

    expect(ended).toEqual(['left']);
    expect(call.source.listenerCount).toBe(0);
  });

  it('has none of a call that is elsewhere, or without media', async () => {
    const call = { ...callOnAir(), source: undefined };
    const { statusOf } = await setup(call);

    expect(await statusOf(call.id)).toBe(409);
    expect(await statusOf(ids.callId())).toBe(404);
    expect(await statusOf('x')).toBe(404);
  });

  it('takes eight listeners a call and 32 in all, and another one when one has left', async () => {
    const calls = Array.from({ length: 5 }, callOnAir);
    const { open, statusOf, untilEnded } = await setup(...calls);
    const [first, second, third, fourth, fifth] = calls.map(({ id }) => id);

    const streams = [];
    for (const id of [first, second, third, fourth]) {
      for (let index = 0; index < 8; index++) streams.push(await open(id ?? ''));
      expect(await statusOf(id ?? '')).toBe(503);
    }
    expect(await statusOf(fifth ?? '')).toBe(503);
    streams[0]?.destroy();
    await untilEnded(1);

    expect(await statusOf(fifth ?? '')).toBe(200);
    expect(calls.map(({ source }) => source.listenerCount)).toEqual([7, 8, 8, 8, 1]);
  });
});
