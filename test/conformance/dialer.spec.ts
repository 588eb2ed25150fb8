import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { DrachtioDialer } from '#adapters/sip-drachtio';
import { SignallingServer } from '#adapters/sip-transport';
import type { DialRequest, LegEnd, LegIdentity, LegObserver } from '#domain';
import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { buildAnswer, buildNextOffer, buildOffer, readAnswer } from '#protocol/sdp';
import type { LocalAudio } from '#protocol/sdp';
import { VirtualTime, digestProblem, startSippCallee } from '#testkit';
import type { ExpectedDigest } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { givenServer } from '../support/given-server.ts';
import { UdpSipPeer } from './support/udp-sip-peer.ts';
import type { PeerMessage } from './support/udp-sip-peer.ts';

const OURS: LocalAudio = {
  codecs: ['PCMU', 'PCMA'],
  direction: 'recvonly',
  address: '127.0.0.1',
  port: 20_000,
  ptimeMs: 20,
  sessionId: 1,
  version: 1,
};
const THEIRS: LocalAudio = { ...OURS, direction: 'sendrecv', port: 30_000, sessionId: 2 };
const OFFER = buildOffer(OURS);

/** Hears a leg as a call session would: keeps the descriptions, answers offers. */
class Ear implements LegObserver {
  readonly heard: string[] = [];
  identity: LegIdentity | undefined;
  remoteSdp = '';
  localSdp = OFFER;
  end: LegEnd | undefined;
  #waiters: (() => void)[] = [];

  #hear(what: string): void {
    this.heard.push(what);
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async until(what: string): Promise<void> {
    while (!this.heard.includes(what)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The code of a failure, the kind of any other end. */
  async outcome(): Promise<string> {
    await this.until('ended');
    if (this.end?.kind === 'failed') return this.end.fault.code;
    return this.end?.kind ?? 'none';
  }

  inviteSent(identity: LegIdentity): void {
    this.identity = identity;
    this.#hear('inviteSent');
  }
  rang(): void {
    this.#hear('rang');
  }
  earlyMediaOffered(): void {
    this.#hear('earlyMedia');
  }
  answered(sdp: string): void {
    this.remoteSdp = sdp;
    this.#hear('answered');
  }
  reoffered(sdp: string): string {
    this.localSdp = buildAnswer(sdp, OURS, this.localSdp).sdp;
    this.#hear('reoffered');
    return this.localSdp;
  }
  offerAsked(): string {
    this.localSdp = buildNextOffer(OURS, this.localSdp);
    return this.localSdp;
  }
  offerAnswered(sdp: string): void {
    this.remoteSdp = sdp;
    this.#hear('offerAnswered');
  }
  ended(end: LegEnd): void {
    this.end = end;
    this.#hear('ended');
  }
}

const HOST = '127.0.0.1';
const given = givenServer();
const SECRET = given?.secret ?? new Secret('conformance');
const machine = {
  logger: silentLogger,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
};

/** What the tests know of a server: it may be one that runs elsewhere. */
type Dialed = Pick<SignallingServer, 'controlAddress'>;

async function startServer(): Promise<Dialed> {
  if (given !== undefined) return given;
  const server = new SignallingServer({
    control: { host: HOST, port: 0, secret: SECRET },
    sip: { host: HOST, port: 0 },
    ...machine,
  });
  await server.start();
  onTestFinished(async () => await server.stop());
  return server;
}

/** A wire between dialer and server that can be cut. */
class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server);
    server.on('connection', (near) => relay.#join(near, connect(port, HOST)));
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => undefined); // A broken wire is what it is for.
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

async function startPeer(): Promise<UdpSipPeer> {
  const peer = await UdpSipPeer.listen();
  onTestFinished(async () => await peer.close());
  return peer;
}

async function startDialer(
  server: Dialed,
  secret = SECRET,
  own: Partial<ConstructorParameters<typeof DrachtioDialer>[0]> = {},
): Promise<DrachtioDialer> {
  const url = { ...server.controlAddress, secret };
  const dialer = new DrachtioDialer({ url, ...machine, ...own });
  onTestFinished(async () => await dialer.stop());
  await dialer.start();
  return dialer;
}

async function setup() {
  const server = await startServer();
  const dialer = await startDialer(server);
  return { server, dialer, peer: await startPeer() };
}

type World = Awaited<ReturnType<typeof setup>>;

function dial({ dialer, peer }: World, change: Partial<DialRequest> = {}) {
  const ear = new Ear();
  const request: DialRequest = {
    to: peer.uri,
    from: { user: 'studio', displayName: 'Studio 1' },
    sdpOffer: OFFER,
    ringTimeoutMs: 20_000,
    ...change,
  };
  return { ear, leg: dialer.dial(request, ear) };
}

const answerTo = (invite: PeerMessage): string => buildAnswer(invite.body, THEIRS).sdp;

async function answered(world: World) {
  const { ear, leg } = dial(world);
  const invite = await world.peer.next('INVITE');
  world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
  await world.peer.next('ACK');
  await ear.until('answered');
  return { ear, leg, invite };
}

describe('a call over the whole signalling', () => {
  it('rings, has early media, is answered, and the peer hangs up', async () => {
    const world = await setup();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '100 Trying');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');
    world.peer.reply(invite, '183 Session Progress', { body: answerTo(invite) });
    await ear.until('earlyMedia');
    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    await world.peer.next('ACK');
    world.peer.request(invite, 'BYE');
    await world.peer.next('200');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'rang', 'earlyMedia', 'answered', 'ended']);
    expect(readAnswer(ear.remoteSdp, OURS)).toMatchObject({
      codec: 'PCMU',
      remote: { address: HOST, port: 30_000, rtcpPort: 30_001 },
      isHeld: false,
    });
    expect(invite.body).toBe(OFFER);
    expect(invite.headers.get('from')).toMatch(
      /^"Studio 1" <sip:studio@127\.0\.0\.1(?::\d+)?>;tag=/,
    );
    expect(ear.identity?.sipCallId).toBe(invite.headers.get('call-id'));
  });

  it('rings reliably when the callee insists on it', async () => {
    const world = await setup();
    const callee = await startSippCallee({
      behaviour: { type: 'answer', isRingingReliable: true },
    });
    onTestFinished(async () => await callee.stop());

    const { ear, leg } = dial(world, { to: callee.uri() });
    await ear.until('answered');
    await leg.hangUp();

    expect(ear.heard).toEqual(['inviteSent', 'earlyMedia', 'answered', 'ended']);
    expect(callee.messages()).toContain('PRACK sip:');
    expect(callee.errors()).toBe('');
  });

  it('takes the description of the fork that answers, when only its reliable response had one', async () => {
    const world = await setup();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');
    const ring = async (port: number, fork: { tag?: string } = {}): Promise<void> => {
      const { sdp: body } = buildAnswer(invite.body, { ...THEIRS, port });
      const headers = ['Require: 100rel', 'RSeq: 7'];
      world.peer.reply(invite, '183 Session Progress', { ...fork, headers, body });
      world.peer.reply(await world.peer.next('PRACK'), '200 OK');
    };

    await ring(30_004);
    await ring(30_006, { tag: 'other' });
    world.peer.reply(invite, '200 OK');
    await world.peer.next('ACK');
    await ear.until('answered');
    world.peer.request(invite, 'BYE');

    expect(readAnswer(ear.remoteSdp, OURS).remote?.port).toBe(30_004);
    expect(await ear.outcome()).toBe('peerLeft');
  });

  it('says why the peer has hung up', async () => {
    const world = await setup();
    const { ear, invite } = await answered(world);

    world.peer.request(invite, 'BYE', '', [
      'Reason: Q.850;cause=27;text="trunk"',
      'Warning: 399 x "y"',
    ]);

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.end).toMatchObject({
      detail: expect.stringContaining(
        'reason: Q.850;cause=27;text="trunk" (the destination is out of order); warning: 399 x "y"',
      ) as string,
    });
  });

  it('is hung up by us', async () => {
    const world = await setup();
    const { ear, leg } = await answered(world);

    const gone = leg.hangUp('over');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(ear.end).toEqual({ kind: 'hungUp' });
  });

  it('is put on hold and taken back by the peer', async () => {
    const world = await setup();
    const { ear, invite } = await answered(world);

    world.peer.request(invite, 'INVITE', buildOffer(THEIRS).replace('a=sendrecv', 'a=inactive'));
    const held = await world.peer.next('200');
    world.peer.request(invite, 'BYE');

    expect(readAnswer(held.body, THEIRS)).toMatchObject({ direction: 'inactive', isHeld: true });
    expect(held.body).toContain('o=- 1 2 IN IP4');
    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toContain('reoffered');
  });

  it('makes a whole offer when the peer asks for one, and hears the answer in the ACK', async () => {
    const world = await setup();
    const { ear, invite } = await answered(world);
    world.peer.request(invite, 'INVITE', buildOffer({ ...THEIRS, codecs: ['PCMA'] }));
    const narrow = await world.peer.next('200');
    world.peer.request(invite, 'ACK');

    world.peer.request(invite, 'INVITE');
    const offer = await world.peer.next('200');
    world.peer.request(invite, 'ACK', buildAnswer(offer.body, { ...THEIRS, port: 30_002 }).sdp);
    await ear.until('offerAnswered');
    world.peer.request(invite, 'BYE');

    expect(narrow.body).toContain('m=audio 20000 RTP/AVP 8 101\r\n');
    expect(offer.body).toBe(OFFER.replace('o=- 1 1 ', 'o=- 1 3 '));
    expect(readAnswer(ear.remoteSdp, OURS).remote?.port).toBe(30_002);
    expect(await ear.outcome()).toBe('peerLeft');
  });

  it('is placed again with the session interval that the peer wants, and refreshed by the peer', async () => {
    const world = await setup();
    const { ear } = dial(world);
    const first = await world.peer.next('INVITE');

    world.peer.reply(first, '422 Session Interval Too Small', { headers: ['Min-SE: 3600'] });
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '200 OK', {
      headers: ['Require: timer', 'Session-Expires: 3600;refresher=uas'],
      body: answerTo(invite),
    });
    await ear.until('answered');
    const headers = ['Supported: timer', 'Session-Expires: 3600;refresher=uac'];
    world.peer.request(invite, 'INVITE', buildOffer(THEIRS), headers);
    const refreshed = await world.peer.next('200');
    world.peer.request(invite, 'BYE');

    const sequence = (each: PeerMessage): number => parseInt(each.headers.get('cseq') ?? '', 10);
    expect(first.headers.get('session-expires')).toBe('1800');
    expect(invite.headers.get('session-expires')).toBe('3600');
    expect(sequence(invite)).toBe(sequence(first) + 1);
    for (const name of ['call-id', 'from']) {
      expect(invite.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(refreshed.headers.get('session-expires')).toBe('3600;refresher=uac');
    expect(refreshed.headers.get('require')).toBe('timer');
    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'answered', 'reoffered', 'ended']);
  });

  it('ends by a BYE right behind the answer', async () => {
    const world = await setup();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    world.peer.request(invite, 'BYE');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(ear.heard).toEqual(['inviteSent', 'answered', 'ended']);
  });
});

describe('a call that fails over the whole signalling', () => {
  it.each([
    ['486 Busy Here', 'SIP_BUSY'],
    ['404 Not Found', 'SIP_NOT_FOUND'],
    ['503 Service Unavailable', 'SIP_PROVIDER_DOWN'],
    ['488 Not Acceptable Here', 'SIP_INCOMPATIBLE'],
    ['603 Decline', 'SIP_DECLINED'],
    ['302 Moved Temporarily', 'SIP_REDIRECTED'],
  ])('with %s ends with %s', async (status, code) => {
    const world = await setup();
    const { ear } = dial(world);

    world.peer.reply(await world.peer.next('INVITE'), status);
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe(code);
    expect(ear.end).toMatchObject({ fault: { detail: expect.stringContaining(status) as string } });
  });

  it('because the port is closed, is unreachable', async () => {
    const world = await setup();
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));

    const { ear } = dial(world, { to: `sip:bob@${HOST}:${port}` });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
  });

  it('because TCP is refused, is unreachable', async () => {
    const world = await setup();

    const { ear } = dial(world, { to: `${world.peer.uri};transport=tcp` });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
  });

  it('because nobody knows the name, is unreachable', async () => {
    const world = await setup();

    const { ear } = dial(world, { to: 'sip:bob@nobody.invalid' });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
    expect(ear.heard).toEqual(['inviteSent', 'ended']);
  });

  it('rings for too long: CANCEL, 487', async () => {
    const world = await setup();
    const { ear } = dial(world, { ringTimeoutMs: 200 });
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '180 Ringing');
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    world.peer.reply(invite, '487 Request Terminated');
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
  });

  it('rings for too long, and takes the CANCEL but ends nothing: over after 5 s', async () => {
    const server = await startServer();
    const time = new VirtualTime();
    const dialer = await startDialer(server, SECRET, { timers: time, heartbeatMs: 60_000 });
    const world = { server, dialer, peer: await startPeer() };
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    time.advance(20_000);
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    time.advance(4999);
    const before = ear.end;
    time.advance(1);

    expect(before).toBeUndefined();
    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
    world.peer.reply(invite, '487 Request Terminated');
    await world.peer.next('ACK');
  });

  it('is canceled by us while it rings', async () => {
    const world = await setup();
    const { ear, leg } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    world.peer.reply(invite, '487 Request Terminated');
    await gone;

    expect(ear.end).toEqual({ kind: 'canceled' });
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up', async () => {
    const world = await setup();
    const { ear, leg } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    const gone = leg.hangUp();
    const cancel = await world.peer.next('CANCEL');
    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    world.peer.reply(cancel, '200 OK');
    await world.peer.next('ACK');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(ear.end).toEqual({ kind: 'hungUp' });
    expect(ear.heard).not.toContain('answered');
  });
});

/** What is wrong with the answer to a challenge, as a strict server sees it. */
function problemOf(request: PeerMessage, expected: Partial<ExpectedDigest>): string | undefined {
  const header = request.headers.get('proxy-authorization') ?? '';
  const { method, uri, body } = request;
  const known = { username: 'studio', password: 'hunter2', realm: 'sip.test', nonce: 'n1' };
  return digestProblem(header, { method, uri, body, ...known, ...expected });
}

const HUNTER2 = { username: 'studio', password: new Secret('hunter2') };

describe('a challenged call', () => {
  const base = 'Proxy-Authenticate: Digest realm="sip.test", nonce="n1"';
  const challenge = { headers: [`${base}, qop="auth", algorithm=MD5`] };

  it.each<[string, string[], Partial<ExpectedDigest>]>([
    ['MD5 with qop', challenge.headers, { qop: 'auth' }],
    ['MD5 without qop', [base], {}],
    ['SHA-256 alone', [`${base}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['both offered', [base, `${base}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['both the other way', [`${base}, algorithm=SHA-256`, base], { algorithm: 'SHA-256' }],
    ['auth-int', [`${base}, qop="auth-int"`], { qop: 'auth-int' }],
    [
      'a realm with comma and quotes',
      [String.raw`Proxy-Authenticate: Digest realm="Acme, \"Inc\"", nonce="n1"`],
      { realm: 'Acme, "Inc"' },
    ],
  ])('is answered and hung up, BYE challenged too: %s', async (_name, headers, expected) => {
    const world = await setup();
    const { ear, leg } = dial(world, { auth: HUNTER2 });

    const first = await world.peer.next('INVITE');
    world.peer.reply(first, '407 Challenge', { headers });
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '200 OK', { body: answerTo(retry) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '407 Challenge', { headers });
    const bye = await world.peer.next('BYE');
    world.peer.reply(bye, '200 OK');
    await gone;

    expect(problemOf(retry, expected)).toBeUndefined();
    expect(problemOf(bye, { ...expected, nonceCount: 2 })).toBeUndefined();
    expect(ear.end).toEqual({ kind: 'hungUp' });
    for (const name of ['call-id', 'from']) {
      expect(retry.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(ear.identity?.sipCallId).toBe(retry.headers.get('call-id'));
    expect(Number.parseInt(retry.headers.get('cseq') ?? '', 10)).toBe(
      Number.parseInt(first.headers.get('cseq') ?? '', 10) + 1,
    );
  });

  it('with the wrong password is refused', async () => {
    const world = await setup();
    const auth = { ...HUNTER2, password: new Secret('wrong') };
    const { ear } = dial(world, { auth });

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '407 Challenge', challenge);

    expect(problemOf(retry, { qop: 'auth' })).toBe('wrong password');
    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
  });

  it('with a nonce that grew old is answered once more', async () => {
    const world = await setup();
    const { ear, leg } = dial(world, { auth: HUNTER2 });
    const stale = { headers: [`${base.replace('n1', 'n2')}, stale=true`] };

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', stale);
    const retry = await world.peer.next('INVITE');
    world.peer.reply(retry, '200 OK', { body: answerTo(retry) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(problemOf(retry, { nonce: 'n2' })).toBeUndefined();
  });

  it('of a realm that is not on the list is refused, and the password is not sent', async () => {
    const world = await setup();
    const { ear } = dial(world, { auth: { ...HUNTER2, realms: ['sip.example', 'pbx.example'] } });

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
    expect(ear.end).toMatchObject({
      fault: { detail: expect.stringContaining('the challenge could not be answered') as unknown },
    });
  });

  it('without any password is refused', async () => {
    const world = await setup();
    const { ear } = dial(world);

    world.peer.reply(await world.peer.next('INVITE'), '407 Challenge', challenge);

    expect(await ear.outcome()).toBe('SIP_AUTH_REFUSED');
  });
});

describe('a redirected call', () => {
  const moved = (...targets: string[]) => ({
    headers: targets.map((target) => `Contact: ${target}`),
    hasContact: false,
  });

  it('goes to the next address of its host as the same call, and is answered there', async () => {
    const world = await setup();
    const other = await startPeer();
    const { ear } = dial(world, { auth: HUNTER2 });
    const first = await world.peer.next('INVITE');

    world.peer.reply(first, '180 Ringing');
    world.peer.reply(
      first,
      '302 Moved Temporarily',
      moved('<sip:bob@elsewhere.test>;q=1', `<${other.uri.replace('bob', 'carol')}>;q=0.5`),
    );
    await world.peer.next('ACK');
    const invite = await other.next('INVITE');
    other.reply(invite, '200 OK', { body: answerTo(invite) });
    const ack = await other.next('ACK');
    await ear.until('answered');
    other.request(invite, 'BYE');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(invite.uri).toBe(`sip:carol@${HOST}:${other.port}`);
    expect(invite.headers.get('to')).toBe(`<${world.peer.uri}>`);
    for (const name of ['call-id', 'from']) {
      expect(invite.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(parseInt(invite.headers.get('cseq') ?? '', 10)).toBe(
      parseInt(first.headers.get('cseq') ?? '', 10) + 1,
    );
    expect(parseInt(ack.headers.get('cseq') ?? '', 10)).toBe(
      parseInt(invite.headers.get('cseq') ?? '', 10),
    );
    expect(invite.headers.has('authorization')).toBe(false);
  });

  it('goes through the outbound proxy again, and its login is for the new address', async () => {
    const world = await setup();
    const change = { to: 'sip:bob@nowhere.invalid', outboundProxy: world.peer.uri, auth: HUNTER2 };
    const { ear, leg } = dial(world, change);
    const challenge = { headers: ['Proxy-Authenticate: Digest realm="sip.test", nonce="n1"'] };

    const first = await world.peer.next('INVITE');
    world.peer.reply(
      first,
      '302 Moved Temporarily',
      moved('<sip:bob@elsewhere.test>', '<sip:bob@east.nowhere.invalid>'),
    );
    const second = await world.peer.next('INVITE');
    world.peer.reply(second, '407 Challenge', challenge);
    const third = await world.peer.next('INVITE');
    world.peer.reply(third, '200 OK', { body: answerTo(third) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect([first.uri, second.uri, third.uri]).toEqual([
      'sip:bob@nowhere.invalid',
      'sip:bob@east.nowhere.invalid',
      'sip:bob@east.nowhere.invalid',
    ]);
    expect(second.headers.has('proxy-authorization')).toBe(false);
    expect(problemOf(third, {})).toBeUndefined();
  });

  it('is canceled where it rings now', async () => {
    const world = await setup();
    const other = await startPeer();
    const { ear } = dial(world, { ringTimeoutMs: 500 });

    world.peer.reply(
      await world.peer.next('INVITE'),
      '302 Moved Temporarily',
      moved(`<${other.uri}>`),
    );
    const invite = await other.next('INVITE');
    other.reply(invite, '180 Ringing');
    other.reply(await other.next('CANCEL'), '200 OK');
    other.reply(invite, '487 Request Terminated');

    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
  });
});

describe('headers of the client', () => {
  it('are on the wire as they were given, also beyond ASCII', async () => {
    const world = await setup();
    const callee = await startSippCallee();
    onTestFinished(async () => await callee.stop());
    const headers = {
      'X-Show': 'Morgenmagazin ☕ | "1"',
      'x-lower-Case': 'Ä',
      Subject: 'Grüße, Welt',
      'P-Asserted-Identity': '"Studio" <sip:+4930@example.com>',
      Privacy: 'id',
      'User-to-User': '56a390f3;encoding=hex',
      Diversion: '<sip:a@example.com>;reason=unconditional',
    };
    const { ear, leg } = dial(world, { to: callee.uri(), headers });
    await ear.until('answered');
    await leg.hangUp();

    const sent = Buffer.from(callee.messages(), 'latin1').toString('utf8');
    const invite = sent.slice(sent.indexOf('INVITE sip:'), sent.indexOf('SIP/2.0 180'));
    for (const [name, value] of Object.entries(headers)) {
      const line = `${name}: ${value}`.toLowerCase();
      expect(invite.toLowerCase().split(/\r?\n/)).toContain(line);
    }
    expect(invite.match(/^(?:via|from|to|call-id|cseq|contact):/gim)).toHaveLength(6);
  });
});

describe('the control connection', () => {
  it('a wrong secret is refused', async () => {
    const server = await startServer();

    await expect(startDialer(server, new Secret('wrong'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('is cut under a call: the leg ends, and what it left is hung up after the reconnect', async () => {
    const server = await startServer();
    const relay = await Relay.to(server.controlAddress.port);
    onTestFinished(async () => await relay.close());
    const dialer = await startDialer({ controlAddress: { host: HOST, port: relay.port } });
    const peer = await startPeer();
    const world = { server, dialer, peer };
    const up = await answered(world);
    const ringing = dial(world);
    const invite = await peer.next('INVITE');
    peer.reply(invite, '180 Ringing');
    await ringing.ear.until('rang');

    relay.cut();
    const ends = [await up.ear.outcome(), await ringing.ear.outcome()];
    peer.reply(await peer.next('BYE'), '200 OK');
    peer.reply(await peer.next('CANCEL'), '200 OK');
    peer.reply(invite, '487 Request Terminated');
    const next = await answered(world);
    const gone = next.leg.hangUp();
    peer.reply(await peer.next('BYE'), '200 OK');
    await gone;

    expect(ends).toEqual(['SIP_SIGNALLING_LOST', 'SIP_SIGNALLING_LOST']);
    expect(next.ear.end).toEqual({ kind: 'hungUp' });
  });

  it('an orphan is ended by another dialer', async () => {
    const world = await setup();
    const { ear } = await answered(world);
    const other = await startDialer(world.server);

    const ended = other.endOrphan(ear.identity?.dialogId ?? '');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');

    expect(await ended).toBe('ended');
    expect(await other.endOrphan(ear.identity?.dialogId ?? '')).toBe('unknown');
  });

  it('nothing is left when all calls are over', async () => {
    const world = await setup();
    const { leg } = await answered(world);

    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(world.dialer.legCount).toBe(0);
  });
});

describe('what one server does and another does not', () => {
  it('an answer without Contact, which nothing can be sent to, ends the call', async () => {
    const world = await setup();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '200 OK', { body: answerTo(invite), hasContact: false });

    expect(await ear.outcome()).toBe('SIP_INCOMPATIBLE');
    expect(world.dialer.legCount).toBe(0);
  });

  it('a second answer, of another fork, does not disturb the call', async () => {
    const world = await setup();
    const { ear, leg, invite } = await answered(world);
    const other = new Map(invite.headers).set('to', `${invite.headers.get('to') ?? ''};tag=other`);

    world.peer.reply({ ...invite, headers: other }, '200 OK', { body: answerTo(invite) });
    const gone = leg.hangUp();
    // Ours hangs the fork up as well, the real server takes it for a repetition.
    const nextBye = () => Promise.race([world.peer.next('BYE'), gone.then(() => undefined)]);
    for (let bye = await nextBye(); bye !== undefined; bye = await nextBye()) {
      world.peer.reply(bye, '200 OK');
    }
    await gone;

    expect(ear.heard).toEqual(['inviteSent', 'answered', 'ended']);
    expect(ear.end).toEqual({ kind: 'hungUp' });
  });

  it('strangers who ask whether the trunk lives, or call, get an answer', async () => {
    const world = await setup();
    const { invite, leg } = await answered(world);
    const stranger = await startPeer();
    const strange = new Map(invite.headers);
    for (const name of ['from', 'to']) {
      strange.set(name, (invite.headers.get(name) ?? '').replace(/;tag=.*/, ''));
    }
    strange.set('call-id', `stranger-${stranger.port}`);

    stranger.request({ ...invite, headers: strange }, 'OPTIONS');
    await stranger.next('200');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(world.dialer.legCount).toBe(0);
  });
});
