import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { UdpPeerSocket } from './udp-peer-socket.ts';
import { UdpTransport } from './udp-transport.ts';

const MESSAGE = Buffer.from('OPTIONS sip:x SIP/2.0');
const receiver = {
  message: () => undefined,
  malformed: () => undefined,
  rejected: () => undefined,
};

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function bound(host: string): Promise<Socket> {
  const socket = createSocket('udp4');
  closing.push(() => socket.close());
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

describe('UDP', () => {
  // A broadcast address, none at all, and one that is reserved: the peer may name any in its Contact.
  it.each(['255.255.255.255', '1:2:3', '240.0.0.1'])(
    'says that %s is not reached',
    async (address) => {
      const transport = new UdpTransport({ receiver, timers: new VirtualTime() });
      closing.push(() => transport.close());
      await transport.bind({ host: '127.0.0.1', port: 0 });

      const reason = await new Promise((failed) => {
        transport.send(MESSAGE, { transport: 'udp', address, port: 5060 }, failed);
      });

      expect(reason).toMatch(/^E[A-Z]+$/);
      expect(transport.peerSocketCount).toBe(0);
    },
  );

  it('sends by the common socket what the socket of a peer cannot be had for', async () => {
    const peer = await bound('127.0.0.1');
    const path = { transport: 'udp', address: '127.0.0.1', port: peer.address().port } as const;
    const common = await bound('127.0.0.1');
    let closedCount = 0;
    const socket: UdpPeerSocket = new UdpPeerSocket({
      // An address that this machine has not.
      local: { host: '192.0.2.1', port: 0 },
      peer: path,
      timers: new VirtualTime(),
      idleMs: 1000,
      received: () => undefined,
      sendElsewhere: (bytes) => common.send(bytes, path.port, path.address),
      closed: () => {
        expect(socket).toBeInstanceOf(UdpPeerSocket);
        closedCount += 1;
      },
    });

    socket.send(MESSAGE);

    const [bytes] = (await once(peer, 'message')) as [Buffer];
    expect(bytes).toEqual(MESSAGE);
    expect(closedCount).toBe(1);
  });
});
