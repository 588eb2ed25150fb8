import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom, VirtualTime } from '#testkit';
import { StreamTransport } from './stream-transport.ts';
import { tcpKind } from './stream-kind.ts';

const PING = '\r\n\r\n';
const PONG = '\r\n';
const LONGEST_ROUND_MS = 30_000;
const MESSAGE = Buffer.from('OPTIONS');

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A connection of ours to a peer that says nothing by itself. Timers are virtual, sockets are not. */
async function setup({ hasCall = true } = {}) {
  const time = new VirtualTime();
  const calls = { isUp: hasCall };
  const transport = new StreamTransport({
    kind: tcpKind,
    host: '127.0.0.1',
    receiver: { message: () => undefined, rejected: () => undefined, malformed: () => undefined },
    hasCallWith: (address) => calls.isUp && address === '127.0.0.1',
    timers: time,
    random: new SeededRandom(1),
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => new Promise((resolve) => server.close(() => resolve())),
    () => transport.close(),
  );
  const { port } = server.address() as AddressInfo;
  const path = { transport: 'tcp', address: '127.0.0.1', port } as const;
  const connect = async (failed?: (reason: string) => void): Promise<Peer> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    transport.send(MESSAGE, path, failed);
    const peer = new Peer((await accepted)[0]);
    await peer.hears('OPTIONS');
    return peer;
  };
  return { time, calls, transport, path, connect };
}

class Peer {
  readonly socket: Socket;
  #heard = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
  }

  /** Waits until exactly this has come since the last time. */
  async hears(text: string): Promise<void> {
    while (this.#heard.length < text.length) {
      const [bytes] = (await once(this.socket, 'data')) as [Buffer];
      this.#heard += bytes.toString('latin1');
    }
    expect(this.#heard).toBe(text);
    this.#heard = '';
  }
}

describe('a connection that we opened', () => {
  it('is kept alive by pings as long as a call is with its peer', async () => {
    const { time, calls, transport, path, connect } = await setup();
    const peer = await connect();

    time.advance(LONGEST_ROUND_MS);
    await peer.hears(PING);
    calls.isUp = false;
    time.advance(LONGEST_ROUND_MS);
    transport.send(MESSAGE, path);

    await peer.hears('OPTIONS');
  });

  it('is kept alive while a transaction waits on it', async () => {
    const { time, transport, path, connect } = await setup({ hasCall: false });
    const failed = (): void => undefined;
    const peer = await connect(failed);

    time.advance(LONGEST_ROUND_MS);
    await peer.hears(PING);
    transport.release(path, failed);
    time.advance(LONGEST_ROUND_MS);
    transport.send(MESSAGE, path);

    await peer.hears('OPTIONS');
  });

  it('outlives a call without traffic, and ends ten minutes after it', async () => {
    const { time, calls, transport, connect } = await setup();
    await connect();

    time.advance(3_600_000);
    expect(transport.connectionCount).toBe(1);
    calls.isUp = false;
    time.advance(601_000);

    await expect.poll(() => transport.connectionCount).toBe(0);
    expect(time.pendingCount).toBe(0);
  });

  it('is dead when a peer that used to answer pings does not', async () => {
    const { time, transport, connect } = await setup();
    const reasons: string[] = [];
    const peer = await connect((reason) => reasons.push(reason));
    time.advance(LONGEST_ROUND_MS);
    await peer.hears(PING);
    peer.socket.write(PONG);
    peer.socket.write(PING);
    await peer.hears(PONG);

    time.advance(LONGEST_ROUND_MS);
    await peer.hears(PING);
    time.advance(9_999);
    const before = transport.connectionCount;
    time.advance(1);

    await expect.poll(() => reasons).toEqual(['ETIMEDOUT']);
    expect(before).toBe(1);
    const next = await connect();
    next.socket.destroy();
  });

  it('is left to TCP when its peer never answers pings', async () => {
    const { time, transport, connect } = await setup();
    const peer = await connect();

    time.advance(LONGEST_ROUND_MS);
    await peer.hears(PING);
    time.advance(20_000);

    expect(transport.connectionCount).toBe(1);
  });
});
