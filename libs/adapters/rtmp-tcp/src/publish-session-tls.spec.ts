import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseRtmpUrl } from '#protocol/rtmp';
import { selfSigned, TestCa } from '#testkit';
import type { TestCertificate } from '#testkit';
import { readRtmpTrust } from './index.ts';
import type { PublishOptions, PublishSession } from './index.ts';
import type { Lookup } from './dial/resolve.ts';
import type { RtmpTrust } from './publish-contract.ts';
import { frame, KEY, publishWorld, roundTrip } from '../../../../test/support/publish-world.ts';

const HOST = 'live.example.com';
/** The name leads to this machine. */
const lookup: Lookup = (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

let folder: string;
let good: TestCertificate;
let expired: TestCertificate;
let otherName: TestCertificate;
let byAddress: TestCertificate;
let stranger: TestCertificate;
let itself: Pick<TestCertificate, 'certificate' | 'key'>;
let trust: RtmpTrust | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'callcast-rtmps-'));
  const ca = await TestCa.create(join(folder, 'ours'));
  const foreign = await TestCa.create(join(folder, 'foreign'));
  good = await ca.issue({ names: [HOST] });
  expired = await ca.issue({ names: [HOST], isExpired: true });
  otherName = await ca.issue({ names: ['other.example.com'] });
  byAddress = await ca.issue({ addresses: ['127.0.0.1'] });
  stranger = await foreign.issue({ names: [HOST] });
  itself = await selfSigned(folder, HOST);
  const problems: string[] = [];
  trust = readRtmpTrust(ca.certificatePath, problems);
  expect(problems).toEqual([]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server with TLS in front of the peer, and how to publish to it by name. */
async function tlsWorld(
  { certificate: cert, key }: Pick<TestCertificate, 'certificate' | 'key'>,
  tls: TlsOptions = {},
  host = HOST,
) {
  const world = await publishWorld();
  const names: unknown[] = [];
  const errors: unknown[] = [];
  const server = createServer({ cert, key, ...tls }, (socket) => {
    names.push(socket.servername);
    const inner = connectTcp(world.peer.port, '127.0.0.1');
    socket.on('error', (error: NodeJS.ErrnoException) => {
      errors.push(error.code);
      inner.destroy();
    });
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const target = parseRtmpUrl(`rtmps://${host}:${port}/live`, KEY);
  const open = (
    options: Omit<Partial<PublishOptions>, 'trust'> & { trust?: RtmpTrust | undefined } = {},
  ) => {
    const { trust: chosen, ...rest } = { trust, ...options };
    return world.open({
      target,
      lookup,
      ...rest,
      ...(chosen === undefined ? {} : { trust: chosen }),
    });
  };
  return { ...world, open, names, errors, port };
}

describe('RTMPS', () => {
  it('publishes to a server whose certificate names it, and says whom it means', async () => {
    const { peer, open, names } = await tlsWorld(good);
    const session = open();
    await session.ready;

    for (let index = 0; index < 80; index += 1) session.write(frame(index * 23, 200));
    await peer.until(() => peer.tags.length === 82);
    await roundTrip(peer);
    await session.close();

    expect(names).toEqual([HOST]);
    expect(peer.tags.at(-1)?.body.equals(frame(79 * 23, 200).body)).toBe(true);
    expect(peer.commands.at(-1)?.[0]).toBe('deleteStream');
    expect(session.stats().bytesAcked).toBeGreaterThan(8192);
    expect(await session.ended).toBe('closed');
  });

  it('accepts a certificate for the address when the URL has one, without a server name', async () => {
    const { open, names } = await tlsWorld(byAddress, {}, '127.0.0.1');

    await open().ready;

    expect(names).toEqual([false]);
  });

  it('accepts what nobody else certifies when the operator names it as an authority', async () => {
    const path = join(folder, 'pinned.pem');
    writeFileSync(path, itself.certificate);
    const problems: string[] = [];
    const { open } = await tlsWorld(itself);

    await open({ trust: readRtmpTrust(path, problems) }).ready;

    expect(problems).toEqual([]);
  });

  it('is reset by a node that may no longer write', async () => {
    const { peer, open, errors } = await tlsWorld(good);
    const lease = { isHeld: true };
    const session = open({ fence: () => lease.isHeld });
    await session.ready;
    await peer.until(() => peer.tags.length === 2);
    lease.isHeld = false;

    session.write(frame(0));

    expect(await session.ended).toMatchObject({ detail: 'this node may no longer write' });
    await peer.until(() => peer.openConnections === 0);
    expect(peer.tags).toHaveLength(2);
    expect(errors).toEqual(['ECONNRESET']);
  });
});

describe('RTMPS to a server that is not to be trusted', () => {
  const OLD: TlsOptions = {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  };

  it.each([
    {
      name: 'its certificate has expired',
      certificate: () => expired,
      detail: 'the certificate has expired (CERT_HAS_EXPIRED)',
    },
    {
      name: 'its certificate names another host',
      certificate: () => otherName,
      detail:
        'the certificate is not made out for live.example.com but for DNS:other.example.com (ERR_TLS_CERT_ALTNAME_INVALID)',
    },
    {
      name: 'nobody has certified it',
      certificate: () => itself,
      detail: 'the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    },
    {
      name: 'an authority has certified it that is not trusted',
      certificate: () => stranger,
      detail:
        'the certificate comes from an authority that is not trusted here, or the server leaves out those in between (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    },
    {
      name: 'its TLS is too old',
      certificate: () => good,
      tls: OLD,
      detail:
        'the server speaks only versions of TLS older than 1.2 (ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION)',
    },
  ])('says so when $name', async ({ certificate, tls, detail }) => {
    const { peer, time, open } = await tlsWorld(certificate(), tls);
    const session = open();

    expect(await session.ended).toMatchObject({ code: 'RTMP_TLS', detail });
    await expect(session.ready).rejects.toMatchObject({ code: 'RTMP_TLS' });
    expect(peer.connections).toHaveLength(0);
    expect(time.pendingCount).toBe(0);
  });

  it('trusts only public authorities by default', async () => {
    const { open } = await tlsWorld(good);

    expect(await open({ trust: undefined }).ended).toMatchObject({
      code: 'RTMP_TLS',
      detail: expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    });
  });
});

describe('a port that speaks something else', () => {
  /** A TCP server that does this with every connection. */
  async function portOf(handle: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  it('is no TLS', async () => {
    const { open } = await publishWorld();
    const port = await portOf((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const target = parseRtmpUrl(`rtmps://127.0.0.1:${port}/live`, KEY);

    expect(await open({ target }).ended).toMatchObject({
      code: 'RTMP_TLS',
      detail:
        'the server speaks no TLS on this port; maybe the URL should begin with rtmp:// (ERR_SSL_WRONG_VERSION_NUMBER)',
    });
  });

  it('is closed in the face of TLS', async () => {
    const { time, open } = await publishWorld();
    const port = await portOf((socket) => void socket.once('data', () => socket.end()));
    const target = parseRtmpUrl(`rtmps://127.0.0.1:${port}/live`, KEY);

    expect(await open({ target }).ended).toMatchObject({
      code: 'RTMP_TLS',
      detail: expect.stringContaining('closed the connection instead of answering to TLS'),
    });
    expect(time.pendingCount).toBe(0);
  });

  it('says nothing to TLS for 10 s', async () => {
    const { time, open } = await publishWorld();
    const session = await new Promise<PublishSession>((resolve) => {
      void portOf((socket) => void socket.once('data', () => resolve(opened))).then((port) => {
        opened = open({ target: parseRtmpUrl(`rtmps://127.0.0.1:${port}/live`, KEY) });
      });
      let opened: PublishSession;
    });

    time.advance(10_000);

    expect(await session.ended).toMatchObject({
      code: 'RTMP_TIMEOUT',
      detail: 'the TLS handshake did not come within 10000 ms',
    });
    expect(time.pendingCount).toBe(0);
  });

  it('is TLS where RTMP was meant, and says so in a TLS alert', async () => {
    const { open } = await publishWorld();
    const alert = Buffer.from('15030100020246', 'hex');
    const port = await portOf((socket) => void socket.once('data', () => socket.end(alert)));
    const target = parseRtmpUrl(`rtmp://127.0.0.1:${port}/live`, KEY);

    expect(await open({ target }).ended).toMatchObject({
      code: 'RTMP_TLS',
      detail: 'the server speaks TLS on this port; the URL should begin with rtmps://',
    });
  });

  it('is TLS where RTMP was meant, and just closes', async () => {
    const { port, open } = await tlsWorld(good);
    const target = parseRtmpUrl(`rtmp://127.0.0.1:${port}/live`, KEY);

    expect(await open({ target }).ended).toMatchObject({
      code: 'RTMP_LOST',
      detail:
        'the server closed the connection instead of answering to handshake; if it wants TLS the URL should begin with rtmps://',
    });
  });
});
