import { afterEach, describe, expect, it } from 'vitest';
import { ScriptedNames } from '#testkit';
import { allTablesEmpty, OFFER, SignallingWorld } from '../support/signalling-world.ts';
import { fromTag } from '../support/sip-peer.ts';
import { rejection } from '../support/srf-client.ts';
import type { SrfOutgoing } from '../support/srf-client.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

const CHALLENGE = 'Digest realm="local", nonce="abc123", qop="auth", algorithm=MD5';
const TRANSPORTS = ['udp', 'tcp'] as const;

describe('a call placed by drachtio-srf', () => {
  it.each(TRANSPORTS)('is set up over %s and hung up by us', async (transport) => {
    const { server, srf, peer } = await world.setup({ transport });
    const provisionals: number[] = [];

    const calling = srf.createUAC(
      peer.uri,
      { localSdp: OFFER },
      { cbProvisional: (response) => provisionals.push(response.status) },
    );
    const invite = await peer.request('INVITE');
    for (const status of [100, 183, 180, 200]) peer.respond(invite, status);
    const dialog = await calling;
    const ack = await peer.request('ACK');
    const ending = dialog.destroy();
    const bye = await peer.request('BYE');
    peer.respond(bye, 200);
    await ending;

    expect(provisionals).toEqual([183, 180]);
    expect(dialog.res.protocol).toBe(transport);
    expect([dialog.res.source_address, dialog.res.source_port]).toEqual(['127.0.0.1', peer.port]);
    expect([ack.uri, bye.uri]).toEqual([peer.uri, peer.uri]);
    expect(ack.headers.get('To')).toContain(';tag=peer');
    expect(srf.app.client.idle).toBe(true);
    await allTablesEmpty(server);
  });

  it.each(TRANSPORTS)('is hung up by the peer over %s', async (transport) => {
    const { server, srf, peer } = await world.setup({ transport });
    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 200);
    const dialog = await calling;
    await peer.request('ACK');

    const destroyed = new Promise((resolve) => {
      dialog.on('destroy', (_bye, reason) => resolve(reason));
    });
    peer.sendWithin(invite, 'BYE', 1000);

    expect(await destroyed).toBe('normal release');
    expect((await peer.response('BYE')).status).toBe(200);
    await allTablesEmpty(server);
  });

  it('has addresses made from the advertised one, and what the application asked for', async () => {
    const { server, srf, peer } = await world.setup({
      sip: { host: '127.0.0.1', port: 0, advertisedAddress: '192.0.2.77' },
    });
    const { port } = server.sipAddress;

    const calling = srf.createUAC(peer.uri, {
      localSdp: OFFER,
      callingNumber: 'studio',
      headers: { 'X-Foo': 'bar', 'User-Agent': 'probe/1' },
    });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 404);
    await rejection(calling);

    const { headers } = invite;
    expect(headers.get('Via')).toMatch(
      new RegExp(`^SIP/2.0/UDP 192\\.0\\.2\\.77:${port};rport;branch=z9hG4bK`),
    );
    expect(headers.get('From')).toBe(`<sip:studio@192.0.2.77:${port}>;tag=${fromTag(invite)}`);
    expect(headers.get('Contact')).toBe(`<sip:studio@192.0.2.77:${port}>`);
    expect(headers.get('To')).toBe(`<${peer.uri}>`);
    expect(headers.get('Max-Forwards')).toBe('70');
    expect(headers.get('Content-Type')).toBe('application/sdp');
    expect(headers.get('Content-Length')).toBe(String(OFFER.length));
    expect([headers.get('X-Foo'), headers.get('User-Agent')]).toEqual(['bar', 'probe/1']);
    await allTablesEmpty(server);
  });

  it.each([401, 407])('answers a %s with the same Call-ID and the next CSeq', async (status) => {
    const { server, srf, peer } = await world.setup();
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    const answerName = status === 401 ? 'Authorization' : 'Proxy-Authorization';

    const calling = srf.createUAC(peer.uri, {
      localSdp: OFFER,
      auth: { username: 'u', password: 'p' },
    });
    const first = await peer.request('INVITE');
    peer.respond(first, status, { headers: [[name, CHALLENGE]] });
    const failureAck = await peer.request('ACK');
    const second = await peer.request('INVITE');
    peer.respond(second, 200);
    const dialog = await calling;
    const ack = await peer.request('ACK');
    peer.sendWithin(second, 'BYE', 5);
    await peer.response('BYE');

    const sequence = Number(first.headers.get('CSeq')?.split(' ')[0]);
    expect(second.headers.get('Call-ID')).toBe(first.headers.get('Call-ID'));
    expect(second.headers.get('CSeq')).toBe(`${sequence + 1} INVITE`);
    expect(second.headers.get('From')).toBe(first.headers.get('From'));
    expect(second.headers.get('To')).not.toContain('tag');
    expect(second.headers.get(answerName)).toContain('response=');
    expect(failureAck.headers.get('Via')).toBe(first.headers.get('Via'));
    expect(second.headers.get('Via')).not.toBe(first.headers.get('Via'));
    // RFC 3261 section 13.2.2.4: the ACK of the 2xx carries the credentials of its INVITE.
    expect(ack.headers.get(answerName)).toBe(second.headers.get(answerName));
    expect(dialog.id).toContain(fromTag(first));
    await allTablesEmpty(server);
  });

  it('sends the digest retry to where the challenge came from (proxy field)', async () => {
    const server = await world.server({
      names: new ScriptedNames({ a: { 'trunk.example': ['127.0.0.1', '127.0.0.9'] } }),
    });
    const srf = await world.client(server);
    const peer = await world.peer();

    const calling = srf.createUAC(`sip:bob@trunk.example:${peer.port}`, {
      localSdp: OFFER,
      auth: { username: 'u', password: 'p' },
    });
    const first = await peer.request('INVITE');
    peer.respond(first, 407, { headers: [['Proxy-Authenticate', CHALLENGE]] });
    const second = await peer.request('INVITE');
    peer.respond(second, 486);
    await rejection(calling);

    expect([first.uri, second.uri]).toEqual(
      Array.from({ length: 2 }, () => `sip:bob@trunk.example:${peer.port}`),
    );
    expect(second.headers.has('Route')).toBe(false);
    await allTablesEmpty(server);
  });

  it.each([302, 403, 486, 488, 503, 603])(
    'is told of a %s, which the stack acknowledges',
    async (status) => {
      const { server, srf, peer } = await world.setup();

      const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
      const invite = await peer.request('INVITE');
      peer.respond(invite, status);
      const ack = await peer.request('ACK');

      expect((await rejection(calling)).status).toBe(status);
      expect(ack.headers.get('Via')).toBe(invite.headers.get('Via'));
      await allTablesEmpty(server);
      expect(peer.count('ACK')).toBe(1);
    },
  );
});

describe('a peer that cannot be reached', () => {
  it.each([
    ['a closed UDP port', (port: number) => `sip:x@127.0.0.1:${port}`, 503],
    ['a refused TCP connection', (port: number) => `sip:x@127.0.0.1:${port};transport=tcp`, 503],
    ['an unknown name', () => 'sip:x@no-such-host.invalid', 503],
    ['a sips URI by UDP', () => 'sips:x@127.0.0.1;transport=udp', 416],
  ])('is reported for %s', async (_name, uriOf, status) => {
    const { server, srf } = await world.setup();
    const gone = await world.peer();
    const { port } = gone;
    await gone.close();

    const error = await rejection(srf.createUAC(uriOf(port), { localSdp: OFFER }));

    expect(error.status).toBe(status);
    await allTablesEmpty(server);
  });

  it('is reported as 408 when it never answers, after the INVITE was repeated', async () => {
    const { server, srf, peer } = await world.setup();

    const error = await rejection(srf.createUAC(peer.uri, { localSdp: OFFER }));

    expect(error.status).toBe(408);
    // Seven in virtual time; a busy machine may be late for the last ones.
    expect(peer.countAll('INVITE')).toBeGreaterThanOrEqual(5);
    await allTablesEmpty(server);
  });

  it('is reported as 503 at once when it breaks the connection', async () => {
    const { server, srf, peer } = await world.setup({ transport: 'tcp' });

    const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
    await peer.request('INVITE');
    peer.disconnect();

    expect((await rejection(calling)).status).toBe(503);
    await allTablesEmpty(server);
  });

  it('is passed over when its name has a further address that works', async () => {
    const server = await world.server({
      names: new ScriptedNames({ a: { 'two.example': ['127.0.0.99', '127.0.0.1'] } }),
    });
    const srf = await world.client(server);
    const peer = await world.peer();

    const calling = srf.createUAC(`sip:bob@two.example:${peer.port}`, { localSdp: OFFER });
    const invite = await peer.request('INVITE');
    peer.respond(invite, 486);

    expect((await rejection(calling)).status).toBe(486);
    await allTablesEmpty(server);
  });

  it.each([
    ['ourselves', (port: number) => `sip:x@127.0.0.1:${port}`, 'can not send request to myself'],
    [
      'a transport that is not there',
      () => 'sip:x@127.0.0.1;transport=sctp',
      'requested protocol/transport not available',
    ],
    ['no host', () => 'sip:', 'invalid request-uri: INVITE sip: SIP/2.0'],
  ])('is refused as a command when it is %s', async (_name, uriOf, reason) => {
    const { server, srf } = await world.setup();

    const error = await rejection(
      srf.createUAC(uriOf(server.sipAddress.port), { localSdp: OFFER }),
    );

    expect(error.message).toBe(reason);
    await allTablesEmpty(server);
  });
});

describe('requests outside dialogs', () => {
  it('are sent by drachtio-srf: OPTIONS and a challenged REGISTER', async () => {
    const { server, srf, peer } = await world.setup();
    const statuses: number[] = [];
    const send = async (options: object): Promise<void> => {
      await new Promise<void>((resolve) => {
        srf.request(peer.uri, options, (_error, request: SrfOutgoing) => {
          request.on('response', (response) => {
            statuses.push(response.status);
            resolve();
          });
        });
      });
    };

    const asking = send({ method: 'OPTIONS' });
    const options = await peer.request('OPTIONS');
    peer.respond(options, 200);
    await asking;
    const registering = send({
      method: 'REGISTER',
      headers: { From: 'sip:alice@example.com', Contact: '<sip:alice@localhost>;expires=60' },
      auth: { username: 'alice', password: 'p' },
    });
    const first = await peer.request('REGISTER');
    peer.respond(first, 401, { headers: [['WWW-Authenticate', CHALLENGE]] });
    const second = await peer.request('REGISTER');
    peer.respond(second, 200);
    await registering;

    const { port } = server.sipAddress;
    expect(statuses).toEqual([200, 200]);
    expect(options.headers.has('Contact')).toBe(false);
    expect(second.headers.get('Contact')).toBe(`<sip:alice@127.0.0.1:${port}>;expires=60`);
    expect(second.headers.get('Authorization')).toContain('username="alice"');
    await allTablesEmpty(server);
  });
});
