import { connect as connectPlain, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateRequest } from '#testkit';
import { allTablesEmpty, OFFER } from '../support/signalling-world.ts';
import { rejection } from '../support/srf-client.ts';
import { failureOf, identityOf, opensslClient, TlsWorld } from './support/tls-world.ts';

let world: TlsWorld;
beforeAll(async () => {
  world = await TlsWorld.create();
});
afterEach(() => world.close());
afterAll(() => world.remove());

/** A peer with a certificate of the trusted authority, and a server with a client. */
async function setup(
  certificate: CertificateRequest = { names: ['localhost'] },
  tls: TlsOptions = {},
) {
  const { certificate: cert, key } = await world.trusted.issue(certificate);
  const peer = await world.peer('tls', { tls: { cert, key, ...tls } });
  const server = await world.tlsServer();
  return { server, peer, srf: await world.client(server) };
}

describe('a call over TLS', () => {
  it('goes over one connection with the peer that the name stands for', async () => {
    const { server, srf, peer } = await setup();

    const calling = srf.createUAC(peer.uriAt('localhost'), { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, { contact: `<${peer.uriAt('localhost')}>` });
    const dialog = await calling;
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);
    await ending;

    const { port } = server.sipAddress;
    expect(invite.headers.get('Via')).toMatch(
      new RegExp(`^SIP/2\\.0/TLS 127\\.0\\.0\\.1:${port};branch=`),
    );
    expect(invite.headers.get('Contact')).toBe(`<sip:127.0.0.1:${port};transport=tls>`);
    expect(dialog.res.protocol).toBe('tls');
    expect(peer.connectionCount).toBe(1);
    await allTablesEmpty(server);
  });

  it('is hung up by the peer on the connection that we opened', async () => {
    const { server, srf, peer } = await setup();

    const calling = srf.createUAC(peer.uriAt('localhost'), { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200, { contact: `<${peer.uriAt('localhost')}>` });
    const dialog = await calling;
    const ended = new Promise((resolve) => dialog.on('destroy', (_bye, why) => resolve(why)));
    await peer.request('ACK');
    peer.sendWithin(invite, 'BYE', 1);

    expect(await ended).toBe('normal release');
    expect((await peer.response('BYE')).status).toBe(200);
    expect(peer.connectionCount).toBe(1);
    await allTablesEmpty(server);
  });

  it('goes on at an address that the peer names, with the name that it has proved', async () => {
    const { server, srf, peer } = await setup();

    const calling = srf.createUAC(peer.uriAt('localhost'), { localSdp: OFFER });
    peer.respond(await peer.request('INVITE'), 200, { contact: `<${peer.uri}>` });
    const dialog = await calling;
    await peer.request('ACK');
    const ending = dialog.destroy();
    peer.respond(await peer.request('BYE'), 200);

    expect((await ending).method).toBe('BYE');
    expect(peer.connectionCount).toBe(1);
    await allTablesEmpty(server);
  });

  it('is told to a sips: address as one', async () => {
    const { server, srf, peer } = await setup();

    const failing = failureOf(srf, `sips:bob@localhost:${peer.port}`);
    const invite = await peer.request('INVITE');
    peer.respond(invite, 486);

    expect(await failing).toBe('486 Status 486');
    expect(invite.headers.get('Contact')).toBe(`<sips:127.0.0.1:${server.sipAddress.port}>`);
  });

  it('fails at once when the connection breaks, and the next one makes a new connection', async () => {
    const { server, srf, peer } = await setup();

    const calling = srf.createUAC(peer.uriAt('localhost'), { localSdp: OFFER });
    await peer.request('INVITE');
    peer.disconnect();
    const error = await rejection(calling);
    const failing = failureOf(srf, peer.uriAt('localhost'));
    peer.respond(await peer.request('INVITE'), 486);

    expect(error.status).toBe(503);
    expect(await failing).toBe('486 Status 486');
    expect(peer.connectionCount).toBe(2);
    await allTablesEmpty(server);
  });

  it('does not use the connection on which the peer has proved another name', async () => {
    const { server, srf, peer } = await setup({ names: ['a.localhost'] });
    const answered = failureOf(srf, peer.uriAt('a.localhost'));
    peer.respond(await peer.request('INVITE'), 486);
    await answered;

    const failure = await failureOf(srf, peer.uriAt('b.localhost'));

    expect(failure).toMatch(/^503 TLS: the certificate of .* does not name b\.localhost$/);
    expect(server.stats().tlsConnections).toBe(1);
    expect(peer.count('INVITE')).toBe(1);
  });
});

describe('the certificate of a peer', () => {
  it.each([
    ['the address', { addresses: ['127.0.0.1'] }, '127.0.0.1'],
    ['all names of a domain', { names: ['*.sip.localhost'] }, 'studio.sip.localhost'],
    ['the name among others', { names: ['a.localhost', 'b.localhost'] }, 'b.localhost'],
    ['the SIP domain', { uris: ['sip:b.localhost'] }, 'b.localhost'],
  ])('is good when it names %s', async (_what, certificate, host) => {
    const { server, srf, peer } = await setup(certificate);

    const failing = failureOf(srf, peer.uriAt(host));
    peer.respond(await peer.request('INVITE'), 486);

    expect(await failing).toBe('486 Status 486');
    await allTablesEmpty(server);
  });

  it.each([
    ['another name', { names: ['a.localhost'] }, 'b.localhost'],
    ['the name but not the address', { names: ['localhost'] }, '127.0.0.1'],
    ['a name two labels up', { names: ['*.sip.localhost'] }, 'a.b.sip.localhost'],
    ['a user of the SIP domain', { uris: ['sip:x@b.localhost'] }, 'b.localhost'],
  ])('is no good when it names %s', async (_what, certificate, host) => {
    const { server, srf, peer } = await setup(certificate);

    const failure = await failureOf(srf, peer.uriAt(host));

    expect(failure).toBe(
      `503 TLS: the certificate of 127.0.0.1:${peer.port} does not name ${host}`,
    );
    expect(peer.received).toHaveLength(0);
    await allTablesEmpty(server);
  });

  it('is no good when it has expired', async () => {
    const { srf, peer } = await setup({ names: ['localhost'], isExpired: true });

    const failure = await failureOf(srf, peer.uriAt('localhost'));

    expect(failure).toBe(`503 TLS: the certificate of 127.0.0.1:${peer.port} has expired`);
    expect(peer.received).toHaveLength(0);
  });

  it.each([
    ['an authority that is trusted for other domains', ['other.example']],
    ['an authority that nobody trusts', undefined],
  ])('is no good when it is of %s', async (_what, domains) => {
    const { certificate: cert, key } = await world.stranger.issue({ names: ['localhost'] });
    const peer = await world.peer('tls', { tls: { cert, key } });
    const server =
      domains === undefined
        ? await world.server()
        : await world.tlsServer({ domains, ca: world.stranger.certificate });
    const srf = await world.client(server);

    const failure = await failureOf(srf, peer.uriAt('localhost'));

    expect(failure).toBe(
      `503 TLS: the certificate of 127.0.0.1:${peer.port} is of no authority that is trusted here`,
    );
    expect(peer.received).toHaveLength(0);
  });
});

describe('a peer over TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that speaks %s is called', async (version) => {
    const { srf, peer } = await setup(undefined, { minVersion: version, maxVersion: version });

    const failing = failureOf(srf, peer.uriAt('localhost'));
    peer.respond(await peer.request('INVITE'), 486);

    expect(await failing).toBe('486 Status 486');
  });

  it('that speaks nothing newer than TLS 1.1 is not called', async () => {
    const { srf, peer } = await setup(undefined, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });

    const failure = await failureOf(srf, peer.uriAt('localhost'));

    expect(failure).toBe('503 TLS: no version of TLS in common');
    expect(peer.received).toHaveLength(0);
  });

  it('that speaks no TLS is not called', async () => {
    const { srf } = await setup();
    const plain = createServer((socket) => socket.end('SIP/2.0 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;

    const failure = await failureOf(srf, `sip:bob@localhost:${port};transport=tls`);
    plain.close();

    expect(failure).toBe('503 TLS: the peer does not speak TLS');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that asks for a certificate over %s gets the one for its domain',
    async (version) => {
      const { certificate: cert, key } = await world.trusted.issue({ names: ['*.sip.localhost'] });
      const ours = await world.stranger.issue({ names: ['callcast.example'] });
      const asking = {
        requestCert: true,
        rejectUnauthorized: true,
        ca: world.stranger.certificate,
      };
      const versions = { minVersion: version, maxVersion: version };
      const peer = await world.peer('tls', { tls: { cert, key, ...asking, ...versions } });
      const ca = world.trusted.certificate;
      const server = await world.tlsServer({}, [
        { domains: ['trunk.sip.localhost'], ca, identity: identityOf(ours) },
      ]);
      const srf = await world.client(server);

      const failing = failureOf(srf, peer.uriAt('trunk.sip.localhost'));
      peer.respond(await peer.request('INVITE'), 486);

      expect(await failing).toBe('486 Status 486');
      expect(await failureOf(srf, peer.uriAt('other.sip.localhost'))).toMatch(
        /^503 TLS: the peer (?:wants a certificate of ours|refused the handshake)$/,
      );
      await allTablesEmpty(server);
    },
  );
});

describe('a port for TLS', () => {
  async function listening({ asksForCertificate = false } = {}) {
    const issued = await world.trusted.issue({ names: ['localhost'] });
    const clientCa = asksForCertificate ? world.stranger.certificate : undefined;
    const listen = { port: 0, identity: identityOf(issued), clientCa };
    const server = await world.server({
      sip: { host: '127.0.0.1', port: 0, tls: { listen, peers: [] } },
    });
    return { server, port: server.tlsPort ?? 0 };
  }

  const optionsRequest = (branch: string): string =>
    [
      'OPTIONS sip:callcast@localhost SIP/2.0',
      `Via: SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bK${branch}`,
      'Max-Forwards: 70',
      'From: <sip:peer@192.0.2.7>;tag=1',
      'To: <sip:callcast@localhost>',
      `Call-ID: ${branch}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n');

  /** What comes back on a connection of Node's until it holds a whole response or is closed. */
  const exchange = (port: number, pieces: readonly string[], options: ConnectionOptions = {}) =>
    new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect(
        {
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca: world.trusted.certificate,
          ...options,
        },
        () => {
          const [piece, ...rest] = pieces;
          const write = (text: string | undefined, later: readonly string[]): void => {
            if (text === undefined) return;
            socket.write(text, () => write(later[0], later.slice(1)));
          };
          write(piece, rest);
        },
      );
      socket.on('data', (bytes: Buffer) => {
        heard += String(bytes);
        if (heard.includes('\r\n\r\n')) socket.end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(heard));
    });

  it.each(['-tls1_2', '-tls1_3'])('takes what openssl sends with %s', async (version) => {
    const { server, port } = await listening();

    const heard = await opensslClient(port, [version, '-CAfile', world.trusted.certificatePath], {
      input: optionsRequest('openssl'),
      until: /\r\n\r\n/,
    });

    expect(heard).toMatch(/^SIP\/2\.0 200 OK\r\n/m);
    expect(heard).toContain('received=127.0.0.1');
    await allTablesEmpty(server);
  });

  it('takes no TLS 1.1', async () => {
    const { port } = await listening();

    const heard = await opensslClient(port, ['-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0'], {
      input: optionsRequest('old'),
      until: /alert protocol version/,
    });

    expect(heard).toMatch(/alert protocol version/);
    expect(heard).not.toContain('SIP/2.0 200');
  });

  it('takes a message wherever it is split', async () => {
    const { server, port } = await listening();

    const heard = await exchange(port, optionsRequest('split').split(''));

    expect(heard).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    await allTablesEmpty(server);
  });

  it('takes only peers with a certificate where it asks for one', async () => {
    const { server, port } = await listening({ asksForCertificate: true });
    const { certificate, key } = await world.stranger.issue({ names: ['peer.example'] });
    const wrong = await world.trusted.issue({ names: ['peer.example'] });

    const good = await exchange(port, [optionsRequest('good')], { cert: certificate, key });
    const none = await exchange(port, [optionsRequest('none')]);
    const bad = await exchange(port, [optionsRequest('bad')], {
      cert: wrong.certificate,
      key: wrong.key,
    });

    expect(good).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect([none, bad]).toEqual(['', '']);
    await allTablesEmpty(server);
  });

  it('is in Via and Contact', async () => {
    const { certificate: cert, key } = await world.trusted.issue({ names: ['localhost'] });
    const peer = await world.peer('tls', { tls: { cert, key } });
    const listen = { port: 0, identity: identityOf({ certificate: cert, key }) };
    const peers = [{ domains: ['localhost'], ca: world.trusted.certificate }];
    const server = await world.server({
      sip: { host: '127.0.0.1', port: 0, tls: { listen, peers } },
    });
    const srf = await world.client(server);

    const failing = failureOf(srf, peer.uriAt('localhost'));
    const invite = await peer.request('INVITE');
    peer.respond(invite, 486);
    await failing;

    expect(invite.headers.get('Via')).toContain(`SIP/2.0/TLS 127.0.0.1:${server.tlsPort};`);
    expect(invite.headers.get('Contact')).toBe(`<sip:127.0.0.1:${server.tlsPort};transport=tls>`);
  });

  it('lets go of handshakes that never end when the server stops', async () => {
    const { server, port } = await listening();
    const socket = connectPlain(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));

    await server.stop();

    await closed;
  });
});
