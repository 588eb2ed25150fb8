import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { allTablesEmpty, OFFER } from '../support/signalling-world.ts';
import { failureOf, TlsWorld } from './support/tls-world.ts';

let world: TlsWorld;
beforeAll(async () => {
  world = await TlsWorld.create();
});
afterEach(() => world.close());
afterAll(() => world.remove());

async function setup(
  certificate: { names?: string[]; addresses?: string[]; isExpired?: boolean } = {
    names: ['localhost'],
  },
) {
  const { certificate: cert, key } = await world.trusted.issue(certificate);
  const peer = await world.peer('tls', { tls: { cert, key } });
  const server = await world.tlsServer();
  return { server, peer, srf: await world.client(server) };
}

describe('a call over TLS', () => {
  it('goes over one connection with the peer that the name stands for, and is hung up on it', async () => {
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

  it.each([
    ['the address', { addresses: ['127.0.0.1'] }, '127.0.0.1'],
    ['all names of a domain', { names: ['*.sip.localhost'] }, 'studio.sip.localhost'],
    ['the name among others', { names: ['a.localhost', 'b.localhost'] }, 'b.localhost'],
  ])('reaches a peer whose certificate names %s', async (_what, certificate, host) => {
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
  ])('fails at a peer whose certificate names %s', async (_what, certificate, host) => {
    const { server, srf, peer } = await setup(certificate);

    const failure = await failureOf(srf, peer.uriAt(host));

    expect(failure).toMatch(/^503 TLS: the certificate of 127\.0\.0\.1:\d+ does not name/);
    expect(peer.received).toHaveLength(0);
    await allTablesEmpty(server);
  });
});
