import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseRtmpUrl } from '#protocol/rtmp';
import type { RtmpPeer } from '#testkit';
import type { Lookup } from './resolve.ts';
import { KEY, publishWorld } from '../../../../../test/support/publish-world.ts';

const HOST = 'live.example.com';
const targetOf = (port: number, host = HOST) => parseRtmpUrl(`rtmp://${host}:${port}/live`, KEY);
const family = (address: string): number => (address.includes(':') ? 6 : 4);

/** A resolver that gives one answer after the other, and counts what it was asked. */
function resolver(...answers: (readonly string[] | Error)[]) {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _, callback) => {
    asked.push(hostname);
    const answer = answers.shift() ?? [];
    if (answer instanceof Error) callback(answer, []);
    else
      callback(
        null,
        answer.map((address) => ({ address, family: family(address) })),
      );
  };
  return { lookup, asked };
}

/** The peer, reached on ::1 as well; returns how many connections came there. */
async function alsoOnIpv6(
  peer: RtmpPeer,
  port = peer.port,
): Promise<{ count: number; port: number }> {
  const seen = { count: 0, port };
  const server = createServer((socket) => {
    seen.count += 1;
    const inner = connect(peer.port, '127.0.0.1');
    for (const end of [socket, inner]) end.on('error', () => undefined);
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '::1', resolve));
  onTestFinished(() => void server.close());
  seen.port = (server.address() as AddressInfo).port;
  return seen;
}

describe('the way to a server', () => {
  it('is looked up anew at every connection', async () => {
    const { peer, open } = await publishWorld();
    const ipv6 = await alsoOnIpv6(peer);
    const { lookup, asked } = resolver(['127.0.0.1'], ['::1']);
    const target = targetOf(peer.port);

    const steps: unknown[] = [];
    const onStep = (step: string, detail?: string): void => void steps.push([step, detail]);
    const first = open({ target, lookup, onStep });
    await first.ready;
    await first.close();
    await open({ target, lookup, onStep }).ready;

    expect(asked).toEqual([HOST, HOST]);
    expect(ipv6.count).toBe(1);
    expect(steps.filter((_, index) => index % 7 < 2)).toEqual([
      ['resolved', '127.0.0.1'],
      ['connected', '127.0.0.1'],
      ['resolved', '::1'],
      ['connected', '::1'],
    ]);
  });

  it('survives a name that is unknown for a while', async () => {
    const { peer, open } = await publishWorld();
    const unknown = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const { lookup } = resolver(unknown, [], ['127.0.0.1']);
    const target = targetOf(peer.port);

    expect(await open({ target, lookup }).ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'the host name is unknown (ENOTFOUND)',
    });
    expect(await open({ target, lookup }).ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'the host name has no address',
    });
    await open({ target, lookup }).ready;
  });

  it('leads to an IPv6 address', async () => {
    const { peer, open } = await publishWorld();
    const { port } = await alsoOnIpv6(peer, 0);

    const session = open({ target: targetOf(port, '[::1]') });
    await session.ready;

    expect(session.stats().state).toBe('publishing');
  });

  it('leads to the next address when one refuses, in turns of the IP versions', async () => {
    const { peer, open, time } = await publishWorld();
    const { lookup } = resolver(['::1', '2001:db8::1', '127.0.0.1']);
    const steps: unknown[] = [];

    const onStep = (step: string, detail?: string): void => void steps.push([step, detail]);
    await open({ target: targetOf(peer.port), lookup, onStep }).ready;

    expect(steps.slice(0, 2)).toEqual([
      ['resolved', '::1, 127.0.0.1, 2001:db8::1'],
      ['connected', '127.0.0.1'],
    ]);
    // Of the connection: the look every second.
    expect(time.pendingCount).toBe(1);
  });

  it('leads to the next address when one says nothing for 250 ms', async () => {
    const { peer, open, time } = await publishWorld();
    const { lookup } = resolver(['192.0.2.1', '127.0.0.1']);
    const asked = new Promise<void>((resolve) => {
      const onStep = (step: string): void => {
        if (step === 'resolved') resolve();
      };
      void open({ target: targetOf(peer.port), lookup, onStep });
    });
    await asked;

    time.advance(250);

    await peer.until(() => peer.steps.includes('publish'));
  });

  it('ends where no address takes the connection, with the first reason', async () => {
    const { peer, open, time } = await publishWorld();
    const { port } = peer;
    await peer.stop();
    const { lookup } = resolver(['127.0.0.1', '::1']);

    expect(await open({ target: targetOf(port), lookup }).ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'nothing listens on this port (ECONNREFUSED)',
    });
    expect(time.pendingCount).toBe(0);
  });
});

describe('addresses that may not be dialled', () => {
  const checkAddress = (address: string): string | undefined =>
    address === '127.0.0.1' ? 'is a private address' : undefined;

  it.each([
    { name: 'only such an address', addresses: ['127.0.0.1'] },
    { name: 'such an address among others', addresses: ['192.0.2.1', '::1', '127.0.0.1'] },
  ])('are not when a name leads to $name', async ({ addresses }) => {
    const { peer, open, time } = await publishWorld();
    const { lookup } = resolver(addresses);
    const target = targetOf(peer.port);

    expect(await open({ target, lookup, checkAddress }).ended).toMatchObject({
      code: 'RTMP_UNREACHABLE',
      detail: 'an address that the host name leads to is a private address',
    });
    expect(peer.connections).toHaveLength(0);
    expect(time.pendingCount).toBe(0);
  });

  it('are refused for good when the URL holds one', async () => {
    const { peer, open } = await publishWorld();

    expect(await open({ checkAddress }).ended).toMatchObject({
      code: 'RTMP_REFUSED',
      detail: 'the address of the server is a private address',
    });
    expect(peer.connections).toHaveLength(0);
  });

  it('leave the others alone', async () => {
    const { peer, open } = await publishWorld();
    const ipv6 = await alsoOnIpv6(peer);
    const { lookup } = resolver(['::1']);

    await open({ target: targetOf(peer.port), lookup, checkAddress }).ready;

    expect(ipv6.count).toBe(1);
  });
});
