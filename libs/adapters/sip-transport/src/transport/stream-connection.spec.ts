import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { StreamConnection } from './stream-connection.ts';
import { tcpKind } from './stream-kind.ts';

const PING = '\r\n\r\n';

/** The socket of a peer that sends and never reads. */
class DeafSocket extends Duplex {
  override _read(): void {
    // Bytes come by `push`.
  }
  override _write(): void {
    // Nothing is ever taken.
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

function setup() {
  const socket = new DeafSocket();
  const rejections: string[] = [];
  const connection = new StreamConnection({
    id: 1,
    kind: tcpKind,
    socket: socket as unknown as Socket,
    peer: { transport: 'tcp', address: '192.0.2.1', port: 5060 },
    isOurs: false,
    timers: new VirtualTime(),
    idleMs: 1000,
    connectTimeoutMs: 1000,
    maxWaitingBytes: 1_048_576,
    receiver: {
      message: () => undefined,
      malformed: () => undefined,
      rejected: (reason) => void rejections.push(reason),
    },
    closed: () => undefined,
  });
  const says = (bytes: string): void => void socket.emit('data', Buffer.from(bytes));
  return { socket, connection, says };
}

describe('a connection', () => {
  it('answers each ping', () => {
    const { socket, says } = setup();

    says(PING.repeat(3));

    expect(socket.writableLength).toBe(6);
  });

  it('lets few answers wait for a peer that pings and never reads', () => {
    const { socket, says } = setup();

    for (let piece = 0; piece < 20; piece += 1) says(PING.repeat(5000));

    expect(socket.writableLength).toBeLessThan(5000);
    expect(socket.destroyed).toBe(false);
  });
});
