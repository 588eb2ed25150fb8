import { Fault } from '#domain';
import type { DialRequest, LegEnd, LegIdentity, LegObserver } from '#domain';
import { BugError, Secret, silentLogger } from '#foundation';
import type { Logger } from '#foundation';
import { FakeDrachtioServer, SeededRandom, VirtualTime, digestProblem } from '#testkit';
import type { AppCommand, ExpectedDigest, FakeResponse, FakeTransaction } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DrachtioDialer } from './index.ts';

const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n';
const ANSWER = OFFER.replace('4000', '6000');
const REQUEST: DialRequest = {
  to: 'sip:bob@127.0.0.1:5999',
  from: { user: 'studio', displayName: 'Studio 1' },
  sdpOffer: OFFER,
  ringTimeoutMs: 1000,
};
const WITH_LOGIN: DialRequest = {
  ...REQUEST,
  auth: { username: 'studio', password: new Secret('hunter2') },
};
const CHALLENGE = 'Proxy-Authenticate: Digest realm="sip.test",nonce="n1",qop="auth",algorithm=MD5';

const ASKS = 'Digest realm="sip.test", nonce="n1"';
const EXPECTED: ExpectedDigest = {
  ...{ method: 'INVITE', uri: REQUEST.to, body: OFFER },
  ...{ username: 'studio', password: 'hunter2', realm: 'sip.test', nonce: 'n1' },
};

/** Writes down what it hears; `throwAt` makes it break there, `answerTo` answers offers. */
class Recorder implements LegObserver {
  readonly heard: string[] = [];
  identity: LegIdentity | undefined;
  end: LegEnd | undefined;
  throwAt: string | undefined;
  answerTo: (sdp: string) => string | undefined = () => undefined;
  nextOffer: string | undefined;
  #waiters: (() => void)[] = [];

  #hear(what: string): void {
    this.heard.push(what);
    for (const resolve of this.#waiters.splice(0)) resolve();
    if (this.throwAt === what) throw new Error('the observer is broken');
  }

  async until(what: string): Promise<void> {
    while (!this.heard.includes(what)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  get code(): string | undefined {
    return this.end?.kind === 'failed' ? this.end.fault.code : this.end?.kind;
  }

  get detail(): string | undefined {
    return this.end?.kind === 'failed' ? this.end.fault.detail : undefined;
  }

  inviteSent(identity: LegIdentity): void {
    this.identity = identity;
    this.#hear('inviteSent');
  }
  rang(): void {
    this.#hear('rang');
  }
  earlyMediaOffered(sdp: string): void {
    this.#hear(`early ${sdp.length}`);
  }
  answered(sdp: string): void {
    this.#hear(sdp === ANSWER ? 'answered' : `answered with ${JSON.stringify(sdp)}`);
  }
  reoffered(sdp: string): string | undefined {
    this.#hear('reoffered');
    return this.answerTo(sdp);
  }
  offerAsked(): string | undefined {
    return this.nextOffer;
  }
  offerAnswered(sdp: string): void {
    this.#hear(`offer answered by ${sdp}`);
  }
  ended(end: LegEnd): void {
    this.end = end;
    this.#hear('ended');
  }
}

/** Keeps the names of what is logged, as the signal to wait for. */
class LogBook {
  readonly events: string[] = [];
  #waiters: (() => void)[] = [];
  readonly #note = (event: string): void => {
    this.events.push(event);
    for (const resolve of this.#waiters.splice(0)) resolve();
  };
  readonly logger: Logger = {
    ...silentLogger,
    info: this.#note,
    warn: this.#note,
    error: this.#note,
  };

  count(event: string): number {
    return this.events.filter((each) => each === event).length;
  }

  async until(event: string, times: number): Promise<void> {
    while (this.count(event) < times) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }
}

interface WorldOptions {
  readonly secret?: string;
  readonly heartbeatMs?: number | 'usual';
}

async function setup({ secret = 'cymru', heartbeatMs = 3_600_000 }: WorldOptions = {}) {
  const server = await FakeDrachtioServer.listen();
  const time = new VirtualTime();
  const log = new LogBook();
  const dialer = new DrachtioDialer({
    url: { host: '127.0.0.1', port: server.port, secret: new Secret(secret) },
    logger: log.logger,
    clock: time,
    timers: time,
    random: new SeededRandom(1),
    ...(heartbeatMs === 'usual' ? {} : { heartbeatMs }),
  });
  onTestFinished(async () => {
    await server.close();
    await dialer.stop();
    expect(dialer.legCount).toBe(0);
    expect(time.pendingCount).toBe(0);
  });
  return { server, time, dialer, log };
}

type World = Awaited<ReturnType<typeof setup>>;

async function connected(options?: WorldOptions): Promise<World> {
  const world = await setup(options);
  await world.dialer.start();
  return world;
}

interface Dialled {
  readonly observer: Recorder;
  readonly leg: ReturnType<DrachtioDialer['dial']>;
  readonly invite: FakeTransaction;
  readonly command: AppCommand;
}

/** A call whose INVITE the server has sent. */
async function dialled({ server, dialer }: World, request = REQUEST): Promise<Dialled> {
  const observer = new Recorder();
  const leg = dialer.dial(request, observer);
  const command = await server.next('INVITE');
  const invite = server.take(command);
  await observer.until('inviteSent');
  return { observer, leg, invite, command };
}

/** A call that is up. */
async function answered(world: World, request = REQUEST): Promise<Dialled> {
  const call = await dialled(world, request);
  world.server.respond(call.invite, { status: '200 OK', body: ANSWER });
  await call.observer.until('answered');
  await world.server.next('ACK', call.invite.dialogId);
  return call;
}

describe('a call', () => {
  it('is placed, rings, is answered and ended by the peer', async () => {
    const world = await connected();
    const { observer, leg, invite, command } = await dialled(world);

    world.server.respond(invite, { status: '180 Ringing' });
    world.server.respond(invite, { status: '183 Session Progress', body: OFFER });
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await observer.until('answered');
    world.server.request(invite, 'BYE', { headers: ['Reason: Q.850;cause=16;text="bye"'] });
    await observer.until('ended');
    await leg.hangUp();

    expect(observer.heard).toEqual([
      'inviteSent',
      'rang',
      `early ${OFFER.length}`,
      'answered',
      'ended',
    ]);
    expect(observer.end).toEqual({
      kind: 'peerLeft',
      detail: 'BYE; normal release; reason: Q.850;cause=16;text="bye" (normal clearing)',
    });
    expect(observer.identity).toEqual({
      dialogId: invite.dialogId,
      sipCallId: invite.dialogId.split(';')[0],
      fromTag: invite.dialogId.split('from-tag=')[1],
    });
    expect(command.uri).toBe(REQUEST.to);
    expect(command.body).toBe(OFFER);
    expect(command.headers.get('from')).toBe('"Studio 1" <sip:studio@localhost>');
    expect(command.headers.get('allow')).not.toContain('UPDATE');
  });

  it('is hung up by us: BYE with the reason, and the end after its answer', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world);

    const gone = leg.hangUp('limit "reached"');
    const bye = await world.server.next('BYE');
    const before = observer.heard.includes('ended');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(before).toBe(false);
    expect(observer.end).toEqual({ kind: 'hungUp' });
    expect(bye.headers.get('reason')).toBe('Q.850;cause=16;text="limit \\"reached\\""');
  });

  it('takes the early description when the 200 has none', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, { status: '183 Session Progress', body: ANSWER });
    world.server.respond(invite, { status: '200 OK' });

    await observer.until('answered');
    expect(observer.heard).toContain('answered');
  });

  it('takes that of the fork which answers, whoever was early last', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    const status = '183 Session Progress';
    world.server.respond(invite, { status, body: ANSWER });
    world.server.respond(invite, { status, body: OFFER, toTag: 'other' });
    world.server.respond(invite, { status: '200 OK' });

    await observer.until('answered');
    expect(observer.heard.filter((what) => what.startsWith('early'))).toHaveLength(2);
  });

  it('goes through the outbound proxy', async () => {
    const world = await connected();

    const { command } = await dialled(world, { ...REQUEST, outboundProxy: 'sip:proxy.test;lr' });

    expect(command.proxy).toBe('sip:proxy.test;lr');
  });

  it('carries the headers of the client, and none of them replaces ours', async () => {
    const world = await connected();
    const headers = { 'X-Show': 'Morgenmagazin ☕ | 1', Subject: 'Grüße' };

    const { command } = await dialled(world, { ...REQUEST, headers });

    expect(command.headers.get('x-show')).toBe(headers['X-Show']);
    expect(command.headers.get('subject')).toBe(headers.Subject);
    expect(command.body).toBe(OFFER);
  });

  it.each([
    ['a header of the stack', { headers: { Route: '<sip:evil.test>' } }],
    ['a line break in a header', { headers: { 'X-A': 'a\r\nVia: b' } }],
    ['a line break in the name of a header', { headers: { 'X-A\r\nVia': 'b' } }],
    ['more headers than the real server reads', { headers: { 'X-A': 'x'.repeat(600) } }],
    ['an INVITE longer than 8 kB', { sdpOffer: `v=0${'x'.repeat(7800)}` }],
    ['a line break in the address', { to: 'sip:a@b\r\nX: 1' }],
    ['a field mark in the proxy', { outboundProxy: 'sip:a|b' }],
    ['a line break in the display name', { from: { displayName: 'a\r\nX: 1' } }],
    ['a zero in the user', { from: { user: 'a\0' } }],
    ['a host of From that is none', { from: { domain: 'a>b' } }],
    ['no offer', { sdpOffer: '' }],
    ['an offer longer than the real server reads', { sdpOffer: `v=0${'x'.repeat(8000)}` }],
  ])('is a bug of ours with %s', async (_what, change) => {
    const { dialer } = await connected();

    expect(() => dialer.dial({ ...REQUEST, ...change }, new Recorder())).toThrow(BugError);
  });
});

describe('a call that fails', () => {
  it.each([
    ['486 Busy Here', {}, 'SIP_BUSY', '486 Busy Here'],
    ['404 Not Found', {}, 'SIP_NOT_FOUND', '404 Not Found'],
    ['503 Service Unavailable', {}, 'SIP_PROVIDER_DOWN', '503 Service Unavailable'],
    [
      '503 Service Unavailable',
      { isLocal: true },
      'SIP_UNREACHABLE',
      '503 Service Unavailable; there is no route to the SIP address, or it refuses connections',
    ],
    ['407 Proxy Authentication Required', {}, 'SIP_AUTH_REFUSED', /no credentials were given/],
    [
      '603 Decline',
      { headers: ['X-Twilio-Error: 32203 Blocked', 'Reason: Q.850;cause=21'] },
      'SIP_DECLINED',
      '603 Decline; X-Twilio-Error: 32203 Blocked; reason: Q.850;cause=21 (call rejected)',
    ],
  ])('with %s %j ends with %s', async (status, response, code, detail) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, { status, ...response });
    await observer.until('ended');

    expect(observer.code).toBe(code);
    expect(observer.detail).toMatch(detail);
  });

  it('because the server does not send it, says why', async () => {
    const world = await connected();
    const observer = new Recorder();

    world.dialer.dial(REQUEST, observer);
    world.server.refuse(await world.server.next('INVITE'), 'requested protocol not available');
    await observer.until('ended');

    expect(observer.heard).toEqual(['ended']);
    expect(observer.code).toBe('SIP_UNREACHABLE');
    expect(observer.detail).toContain('requested protocol not available');
  });

  it('before any connection fails at once, after dial has returned', async () => {
    const { dialer } = await setup();
    const observer = new Recorder();

    dialer.dial(REQUEST, observer);
    const duringDial = observer.heard.length;
    await observer.until('ended');

    expect(duringDial).toBe(0);
    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });
});

describe('a session interval', () => {
  const TOO_SHORT = { status: '422 Session Interval Too Small', headers: ['Min-SE: 3600'] };

  it('of half an hour is asked for', async () => {
    const { command } = await dialled(await connected());

    expect(command.headers.get('supported')).toBe('timer, 100rel');
    expect(command.headers.get('session-expires')).toBe('1800');
    expect(command.headers.get('min-se')).toBe('90');
  });

  it('is kept by the peer when the call has a login: our server could not answer a challenge', async () => {
    const { command } = await dialled(await connected(), WITH_LOGIN);

    expect(command.headers.get('session-expires')).toBe('1800;refresher=uas');
  });

  it('that the peer finds too short is made longer, in the same call', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    const command = await world.server.next('INVITE');
    const repeated = world.server.take(command);
    world.server.respond(repeated, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const sequence = (each: FakeTransaction): number =>
      Number(/CSeq: (\d+)/i.exec(each.repeated.join())?.[1]);
    expect(command.headers.get('session-expires')).toBe('3600');
    expect(command.headers.get('min-se')).toBe('3600');
    expect(command.headers.get('from')).toContain(`;tag=${observer.identity?.fromTag ?? '?'}`);
    expect(repeated.dialogId).toBe(invite.dialogId);
    expect(sequence(repeated)).toBe(sequence(invite) + 1);
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('is made longer only once', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    world.server.respond(world.server.take(await world.server.next('INVITE')), TOO_SHORT);
    await observer.until('ended');

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.detail).toContain('422');
  });

  it.each(['Min-SE: 89', 'Min-SE: soon', 'Min-SE: 12345678', 'X-Other: 1'])(
    'is not made longer after a 422 with %s',
    async (header) => {
      const world = await connected();
      const { observer, invite } = await dialled(world);

      world.server.respond(invite, { ...TOO_SHORT, headers: [header] });
      await observer.until('ended');

      expect(observer.detail).toContain('422');
    },
  );

  it('is made longer with the login that was asked for before', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    const takeNext = async (): Promise<FakeTransaction> =>
      world.server.take(await world.server.next('INVITE'));
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    world.server.respond(await takeNext(), TOO_SHORT);
    const last = await takeNext();
    world.server.respond(last, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect(last.command.headers.get('proxy-authorization')).toContain('nc=00000002');
    expect(last.command.headers.get('session-expires')).toBe('3600;refresher=uas');
    expect(last.dialogId).toBe(invite.dialogId);
  });

  it('is not waited for by a call that is cancelled meanwhile', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    world.server.respond(invite, TOO_SHORT);
    const command = await world.server.next('INVITE');
    const gone = leg.hangUp('taken off');
    const repeated = world.server.take(command);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(repeated, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.txnId).toBe(repeated.txnId);
    expect(cancel.headers.get('reason')).toContain('taken off');
    expect(observer.end).toEqual({ kind: 'canceled' });
  });
});

describe('digest', () => {
  it('answers a challenge once; the second one means a wrong password', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), { status: '407 Auth', headers: [CHALLENGE] });
    await observer.until('ended');

    expect(retry.headers.get('proxy-authorization')).toMatch(/^Digest username="studio"/);
    expect(retry.headers.get('call-id')).toBe(observer.identity?.sipCallId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(observer.detail).toContain('the credentials were refused');
  });

  it.each<[string, string[], Partial<ExpectedDigest>]>([
    ['SHA-256 alone', [`${ASKS}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['MD5 and SHA-256', [ASKS, `${ASKS}, algorithm=SHA-256`], { algorithm: 'SHA-256' }],
    ['SHA-256 and MD5', [`${ASKS}, algorithm=SHA-256`, ASKS], { algorithm: 'SHA-256' }],
    ['SHA-512-256', [ASKS, `${ASKS}, algorithm=SHA-512-256`], { algorithm: 'SHA-512-256' }],
    [
      'a session',
      [`${ASKS}, algorithm=MD5-sess, qop="auth"`],
      { algorithm: 'MD5-sess', qop: 'auth' },
    ],
    ['the body too', [`${ASKS}, qop="auth-int"`], { qop: 'auth-int' }],
    [
      'a realm with comma and quotes',
      [String.raw`Digest realm="Acme, \"Inc\"", nonce="n1"`],
      { realm: 'Acme, "Inc"' },
    ],
  ])('answers %s', async (_name, challenges, expected) => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    const headers = challenges.map((text) => `WWW-Authenticate: ${text}`);
    world.server.respond(invite, { status: '401 Unauthorized', headers });
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const answer = retry.headers.get('authorization') ?? '';
    expect(digestProblem(answer, { ...EXPECTED, ...expected })).toBeUndefined();
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('sends the same INVITE again: same dialog, next CSeq, to where the challenge came from', async () => {
    const world = await connected();
    const request = { ...WITH_LOGIN, to: 'sip:bob@sip.test;transport=tcp' };
    const { observer, invite } = await dialled(world, request);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');
    const second = world.server.take(retry);

    const cseq = Number(invite.repeated.at(-1)?.split(' ')[1]);
    expect(retry.headers.get('cseq')).toBe(`${cseq + 1} INVITE`);
    expect(retry.headers.get('from')).toContain(`;tag=${observer.identity?.fromTag ?? ''}`);
    expect(retry.proxy).toBe('sip:127.0.0.1:5999;transport=tcp');
    expect(retry.uri).toBe(request.to);
    expect(retry.body).toBe(OFFER);
    expect(second.dialogId).toBe(observer.identity?.dialogId);
  });

  it('escapes a login with quotes and backslashes', async () => {
    const world = await connected();
    const auth = { username: 'a"b\\', password: new Secret('hunter2') };
    const { invite } = await dialled(world, { ...REQUEST, auth });

    world.server.respond(invite, { status: '401 Auth', headers: [`WWW-Authenticate: ${ASKS}`] });
    const retry = await world.server.next('INVITE');

    const answer = retry.headers.get('authorization') ?? '';
    expect(digestProblem(answer, { ...EXPECTED, username: 'a"b\\' })).toBeUndefined();
    world.server.take(retry);
  });

  it('answers a stale nonce once more, not for ever', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);
    const stale = (nonce: string): string[] => [
      `WWW-Authenticate: Digest realm="sip.test", nonce="${nonce}", stale=true`,
    ];

    const answers: string[] = [];
    let last = invite;
    for (const nonce of ['n1', 'n2']) {
      world.server.respond(last, { status: '401 Unauthorized', headers: stale(nonce) });
      const retry = await world.server.next('INVITE');
      answers.push(
        digestProblem(retry.headers.get('authorization') ?? '', { ...EXPECTED, nonce }) ?? 'right',
      );
      last = world.server.take(retry);
    }
    world.server.respond(last, { status: '401 Unauthorized', headers: stale('n3') });
    await observer.until('ended');

    expect(answers).toEqual(['right', 'right']);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
  });

  it('is not answered after a hang-up: the challenge ends the call as the CANCEL would have', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    await gone;

    expect(observer.end).toEqual({ kind: 'canceled' });
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(1);
  });

  it('cancels the second INVITE when the hang-up comes while it is on its way', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('INVITE');

    const gone = leg.hangUp();
    const second = world.server.take(retry);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(second, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.txnId).toBe(second.txnId);
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('is unreachable when the second INVITE cannot be sent', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    world.server.refuse(await world.server.next('INVITE'), 'requested protocol not available');
    await observer.until('ended');

    expect(observer.code).toBe('SIP_UNREACHABLE');
  });

  it.each([
    ['comes from elsewhere', { headers: [CHALLENGE], sourceAddress: '192.0.2.66' }],
    ['is for another realm', { headers: [CHALLENGE.replace('sip.test', 'evil.test')] }],
  ])('leaves a challenge to BYE alone that %s', async (_name, response) => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const gone = leg.hangUp();
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', ...response });
    await gone;

    expect(bye.command.headers.get('proxy-authorization')).toBeUndefined();
    expect(world.server.commands.filter(({ method }) => method === 'BYE')).toHaveLength(1);
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('takes 403 after credentials as a refusal of them', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '403 Forbidden' });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_AUTH_REFUSED');
  });

  it('leaves nothing of one call in the next: srf writes into the headers it is given', async () => {
    const world = await connected();
    const first = await dialled(world, WITH_LOGIN);
    world.server.respond(first.invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '486 Busy' });
    await first.observer.until('ended');

    const second = await dialled(world, WITH_LOGIN);

    for (const name of ['call-id', 'cseq', 'proxy-authorization', 'authorization']) {
      expect(second.command.headers.get(name)).toBeUndefined();
    }
    expect(second.command.headers.get('from')).not.toContain('tag=');
  });

  it('answers a challenge to BYE with the URI of the peer, not with a placeholder', async () => {
    const world = await connected();
    const { leg, observer } = await answered(world, WITH_LOGIN);

    const gone = leg.hangUp();
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = await world.server.next('BYE');
    world.server.respond(world.server.take(retry), { status: '200 OK' });
    await gone;

    expect(retry.headers.get('proxy-authorization')).toContain('uri="sip:peer@127.0.0.1:5999"');
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('fails with 401 when the challenge cannot be read, and the next call is not harmed', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '401 Unauthorized' });
    await observer.until('ended');
    const next = await answered(world, WITH_LOGIN);

    expect(observer.detail).toContain('the challenge could not be answered');
    expect(next.observer.heard).toContain('answered');
  });

  it('answers an early UPDATE after a challenge', async () => {
    const world = await connected();
    const { invite, observer } = await dialled(world, WITH_LOGIN);
    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '180 Ringing' });
    await observer.until('rang');

    const txnId = world.server.request(retry, 'UPDATE', { body: ANSWER });
    const reply = await world.server.next('200');

    expect(reply.txnId).toBe(txnId);
    expect(reply.body).toBe(OFFER);
  });
});

describe('a key by INFO', () => {
  /** What became of it. */
  const outcomeOf = (work: Promise<void>): Promise<string> =>
    work.then(
      () => 'pressed',
      (error: unknown) => (error instanceof Fault ? `${error.code} ${error.detail}` : 'broken'),
    );

  it('is one request in the dialog, and settles when it is confirmed', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);

    const outcome = outcomeOf(leg.pressKey('#'));
    const info = await world.server.next('INFO', invite.dialogId);
    world.server.respond(world.server.take(info), { status: '200 OK' });

    expect(await outcome).toBe('pressed');
    expect(info.headers.get('content-type')).toBe('application/dtmf-relay');
    expect(info.body).toBe('Signal=#\r\nDuration=160\r\n');
  });

  it('answers the challenge to each, over its own body and the URI of the peer', async () => {
    const world = await connected();
    const { leg } = await answered(world, WITH_LOGIN);

    for (const [index, key] of ['1', '2'].entries()) {
      const outcome = outcomeOf(leg.pressKey(key));
      const info = world.server.take(await world.server.next('INFO'));
      world.server.respond(info, {
        status: '401 Auth',
        headers: [`WWW-Authenticate: ${ASKS}, qop="auth-int"`],
      });
      const retry = await world.server.next('INFO');
      world.server.respond(world.server.take(retry), { status: '200 OK' });

      const body = `Signal=${key}\r\nDuration=160\r\n`;
      const uri = 'sip:peer@127.0.0.1:5999';
      expect(await outcome).toBe('pressed');
      expect(retry.body).toBe(body);
      expect(
        digestProblem(retry.headers.get('authorization') ?? '', {
          ...EXPECTED,
          ...{ method: 'INFO', uri, body, qop: 'auth-int', nonceCount: index + 1 },
        }),
      ).toBeUndefined();
    }
  });

  it.each(['415 Unsupported Media Type', '481 Call Does Not Exist'])(
    'is refused by %s, and the call goes on',
    async (status) => {
      const world = await connected();
      const { leg, observer } = await answered(world);

      const outcome = outcomeOf(leg.pressKey('1'));
      world.server.respond(world.server.take(await world.server.next('INFO')), { status });

      expect(await outcome).toBe(`DTMF_REFUSED INFO: ${status.slice(0, 3)}`);
      expect(observer.end).toBeUndefined();
    },
  );

  it('is refused after 5 s of silence, and before the answer', async () => {
    const world = await connected();
    const { leg, observer, invite } = await dialled(world);
    const early = await outcomeOf(leg.pressKey('1'));
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    const outcome = outcomeOf(leg.pressKey('1'));
    world.server.take(await world.server.next('INFO'));
    world.time.advance(5_000);

    expect(early).toContain('CALL_NOT_ANSWERED');
    expect(await outcome).toBe('DTMF_REFUSED INFO: no answer to INFO in 5000 ms');
  });
});

describe('a redirect', () => {
  const moved = (...contacts: string[]): FakeResponse => ({
    status: '302 Moved Temporarily',
    isBare: true,
    headers: contacts.map((contact) => `Contact: ${contact}`),
  });
  const sequenceOf = ({ repeated }: FakeTransaction): number =>
    Number(/CSeq: (\d+)/i.exec(repeated.join())?.[1]);

  it('within the host goes on as the same call: Call-ID, tag, To, next CSeq', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>;q=0.1', '<sip:dave@127.0.0.1>'));
    const second = await world.server.next('INVITE');
    const next = world.server.take(second);
    world.server.respond(next, { status: '480 Temporarily Unavailable' });
    const third = await world.server.next('INVITE');
    const last = world.server.take(third);
    world.server.respond(last, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect([second.uri, third.uri]).toEqual(['sip:dave@127.0.0.1', 'sip:carol@127.0.0.1:5998']);
    expect([next.dialogId, last.dialogId]).toEqual([invite.dialogId, invite.dialogId]);
    expect(sequenceOf(last)).toBe(sequenceOf(invite) + 2);
    expect(third.headers.get('to')).toBe(`<${REQUEST.to}>`);
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('elsewhere ends the call and says where it wanted to lead', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, moved('<sip:bob@evil.test>'));
    await observer.until('ended');

    expect(observer.code).toBe('SIP_REDIRECTED');
    expect(observer.detail).toBe(
      '302 Moved Temporarily; not followed to sip:bob@evil.test: it lies outside the domains of the call',
    );
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(1);
  });

  it('takes no credentials along; they are for who asks there, with the new address', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);
    const challenge = {
      status: '407 Proxy Authentication Required',
      headers: [`Proxy-Authenticate: ${ASKS}`],
    };

    world.server.respond(invite, challenge);
    world.server.respond(
      world.server.take(await world.server.next('INVITE')),
      moved('<sip:carol@127.0.0.1:5998>'),
    );
    const unasked = await world.server.next('INVITE');
    world.server.respond(world.server.take(unasked), challenge);
    const asked = await world.server.next('INVITE');
    world.server.respond(world.server.take(asked), { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect(unasked.headers.has('proxy-authorization')).toBe(false);
    const uri = 'sip:carol@127.0.0.1:5998';
    expect(
      digestProblem(asked.headers.get('proxy-authorization') ?? '', { ...EXPECTED, uri }),
    ).toBe(undefined);
  });

  it('gives no credentials to another realm', async () => {
    const world = await connected();
    const auth = { username: 'studio', password: new Secret('hunter2'), realms: ['sip.test'] };
    const { observer, invite } = await dialled(world, { ...REQUEST, auth });

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    world.server.respond(world.server.take(await world.server.next('INVITE')), {
      status: '401 Unauthorized',
      headers: ['WWW-Authenticate: Digest realm="other.test",nonce="n"'],
    });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(observer.detail).toContain('the challenge could not be answered');
  });

  it('does not start the ring timeout anew', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.time.advance(700);

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    const next = world.server.take(await world.server.next('INVITE'));
    world.server.respond(next, { status: '180 Ringing' });
    await observer.until('rang');
    world.time.advance(300);
    const cancel = await world.server.next('CANCEL');
    world.server.take(cancel);
    world.server.respond(next, { status: '487 Request Terminated' });
    await observer.until('ended');

    expect(cancel.txnId).toBe(next.txnId);
    expect(observer.code).toBe('SIP_NO_ANSWER');
  });

  it('that meets our CANCEL is not followed', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    await gone;

    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('to an address that the server cannot reach goes on with the next one', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(
      invite,
      moved('<sip:a@127.0.0.1;transport=wss>', '<sip:b@127.0.0.1>, <sip:c@127.0.0.1>'),
    );
    world.server.refuse(await world.server.next('INVITE'), 'transport not available');
    const second = world.server.take(await world.server.next('INVITE'));
    world.server.respond(second, { status: '503 Service Unavailable', isLocal: true });
    const third = await world.server.next('INVITE');
    world.server.respond(world.server.take(third), { status: '603 Decline' });
    await observer.until('ended');

    expect(third.uri).toBe('sip:c@127.0.0.1');
    expect(observer.code).toBe('SIP_DECLINED');
  });
});

describe('who is answered', () => {
  const NAMED = { ...WITH_LOGIN, to: 'sip:bob@pbx.test' };
  const ask = (sourceAddress: string, nonce: string): FakeResponse => ({
    status: '407 Proxy Authentication Required',
    headers: [`Proxy-Authenticate: Digest realm="sip.test",nonce="${nonce}",stale=true`],
    sourceAddress,
  });

  it('is the host that asked first; the INVITE goes there again, and to nobody else', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, NAMED);

    world.server.respond(invite, ask('192.0.2.1', 'n1'));
    const retry = await world.server.next('INVITE');
    world.server.respond(world.server.take(retry), ask('192.0.2.66', 'n2'));
    await observer.until('ended');

    expect(retry.proxy).toBe('sip:192.0.2.1:5999');
    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(2);
  });

  it('may be any host of the name on TLS, where the certificate says who it is', async () => {
    const world = await connected();
    const { invite } = await dialled(world, { ...NAMED, to: 'sips:bob@pbx.test' });

    world.server.respond(invite, ask('192.0.2.1', 'n1'));
    world.server.respond(
      world.server.take(await world.server.next('INVITE')),
      ask('192.0.2.66', 'n2'),
    );
    const third = await world.server.next('INVITE');

    expect(third.proxy).toBe('');
    expect(third.headers.get('proxy-authorization')).toContain('nonce="n2"');
  });
});

describe('giving up', () => {
  it('nobody answers in time: CANCEL, and the 487 ends it', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.server.respond(invite, { status: '180 Ringing' });
    await observer.until('rang');

    world.time.advance(1000);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await observer.until('ended');

    expect(cancel.txnId).toBe(invite.txnId);
    expect(observer.code).toBe('SIP_NO_ANSWER');
  });

  it('after the ring timeout a busy signal says more than the timeout', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.time.advance(1000);
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '486 Busy Here' });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_BUSY');
  });

  it.each([
    ['rang', 'SIP_NO_ANSWER'],
    ['gave no sign of life', 'SIP_UNREACHABLE'],
  ])('no 487 comes from a peer that %s: over after 5 s with %s', async (what, code) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    if (what === 'rang') {
      world.server.respond(invite, { status: '180 Ringing' });
      await observer.until('rang');
    }

    world.time.advance(1000);
    world.time.advance(5000);
    await observer.until('ended');

    expect(observer.code).toBe(code);
    world.time.advance(40_000); // The transaction is remembered that long for a late 200.
    expect(world.time.pendingCount).toBe(1);
  });

  it('a 200 long after the end is acknowledged and hung up without a word', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.time.advance(6000);
    await observer.until('ended');

    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await world.server.next('ACK');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });

    expect(bye.dialogId).toBe(invite.dialogId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    await world.dialer.stop();
  });

  it('we cancel while it rings', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp('taken off');
    const cancel = await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.headers.get('reason')).toContain('taken off');
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await world.server.next('ACK');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('the dialog of a crossing 200 may be gone already, ended by the server itself', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    world.server.refuse(await world.server.next('BYE'), 'unable to find dialog for dialog id');
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('hanging up before the server has sent the INVITE cancels as soon as it has', async () => {
    const world = await connected();
    const observer = new Recorder();
    const leg = world.dialer.dial(REQUEST, observer);
    const command = await world.server.next('INVITE');

    const gone = leg.hangUp();
    const invite = world.server.take(command);
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await gone;

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('hanging up at once sends nothing at all', async () => {
    const world = await connected();
    const observer = new Recorder();

    await world.dialer.dial(REQUEST, observer).hangUp();

    expect(observer.end).toEqual({ kind: 'canceled' });
    expect(world.server.commands).toEqual([]);
  });

  it('a BYE that nobody answers is over after 5 s', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.time.advance(5000);
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('both sides hang up at once', async () => {
    const world = await connected();
    const { observer, leg, invite } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.server.request(invite, 'BYE');
    await gone;

    expect(observer.heard.filter((what) => what === 'ended')).toHaveLength(1);
    world.time.advance(5000);
  });
});

describe('hazards of srf', () => {
  it('nothing comes back to the INVITE: srf would wait for ever', async () => {
    const world = await connected();
    const observer = new Recorder();
    world.dialer.dial(REQUEST, observer);
    const command = await world.server.next('INVITE');

    world.time.advance(5000);
    await observer.until('ended');
    const late = world.server.take(command);
    const cancel = await world.server.next('CANCEL');

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    expect(cancel.txnId).toBe(late.txnId);
  });

  it.each(['inviteSent', 'rang', 'answered'])(
    'an observer that throws at %s ends its own call, and no frame is handled twice',
    async (throwAt) => {
      const world = await connected();
      const broken = new Recorder();
      broken.throwAt = throwAt;
      world.dialer.dial(REQUEST, broken);
      const invite = world.server.take(await world.server.next('INVITE'));
      world.server.respond(invite, { status: '180 Ringing' });
      if (throwAt === 'answered') {
        world.server.respond(invite, { status: '200 OK', body: ANSWER });
        const bye = await world.server.next('BYE');
        world.server.respond(world.server.take(bye), { status: '200 OK' });
      } else {
        await world.server.next('CANCEL');
        world.server.respond(invite, { status: '487 Request Terminated' });
      }
      await broken.until('ended');

      const other = await answered(world);

      expect(broken.code).toBe('CALL_BROKEN');
      expect(broken.heard.filter((what) => what === throwAt)).toHaveLength(1);
      expect(other.observer.heard).toContain('answered');
      expect(world.log.count('sip.leg_broken')).toBe(1);
    },
  );

  it('an observer that throws at the end harms nobody', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    observer.throwAt = 'ended';

    world.server.respond(invite, { status: '486 Busy Here' });
    await observer.until('ended');
    const other = await answered(world);

    expect(other.observer.heard).toContain('answered');
  });

  it('a frame of unknown type is skipped: srf would throw out of the socket', async () => {
    const world = await connected();

    world.server.sendRaw('9#x|unknown');
    const { observer } = await answered(world);

    expect(observer.heard).toContain('answered');
    expect(world.log.count('sip.frame_failed')).toBe(1);
  });

  it.each(['x#garbage', `1${'9'.repeat(8)}#${'z'.repeat(1_100_000)}`])(
    'bytes that are no frames end the connection, and a new one is made (%#)',
    async (bytes) => {
      const world = await connected();
      const { observer } = await answered(world);

      world.server.sendRaw(bytes);
      await observer.until('ended');
      const isConnectedThen = world.dialer.isConnected;
      await world.log.until('sip.control_down', 1);
      world.time.advance(250);
      await world.log.until('sip.control_up', 2);

      expect(isConnectedThen).toBe(false);
      expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    },
  );

  it('BYE in one segment with the 200 is not lost', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.inOneSegment(() => {
      world.server.respond(invite, { status: '200 OK', body: ANSWER });
      world.server.request(invite, 'BYE');
    });
    await observer.until('ended');

    expect(observer.heard).toEqual(['inviteSent', 'answered', 'ended']);
    expect(observer.code).toBe('peerLeft');
    expect((await world.server.next('200')).txnId).toMatch(/^peer-txn/);
  });

  it.each([
    ['without Contact', { status: '200 OK', body: ANSWER, isBare: true }],
    ['with a success that is not 200', { status: '202 Accepted', body: ANSWER }],
  ])('an answer %s makes no dialog in srf, and is hung up', async (_what, response) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, response);
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await observer.until('ended');

    expect(bye.dialogId).toBe(invite.dialogId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.code).toBe('SIP_INCOMPATIBLE');
  });

  it('OPTIONS is answered 200 and a new call 403, where srf would say 404', async () => {
    const world = await connected();

    const ping = world.server.requestOutside('OPTIONS');
    const pong = await world.server.next('200');
    const call = world.server.requestOutside('INVITE');
    const refusal = await world.server.next('403');

    expect(pong.txnId).toBe(ping);
    expect(refusal.txnId).toBe(call);
  });

  it('forgets an INVITE 40 s after its end: no answer can come then', async () => {
    const world = await connected();
    const quiet = await dialled(world);
    world.time.advance(6000);
    await quiet.observer.until('ended');

    world.time.advance(40_000);
    world.server.respond(quiet.invite, { status: '200 OK', body: ANSWER });
    await answered(world);

    const inQuietDialog = world.server.commands.filter(
      ({ dialogId }) => dialogId === quiet.invite.dialogId,
    );
    expect(inQuietDialog).toEqual([]);
  });

  it('forgets a dialog whose BYE nobody answered', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);
    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.time.advance(5000);
    await gone;

    world.server.request(invite, 'INFO');

    expect((await world.server.next('404')).txnId).toMatch(/^peer-txn/);
  });
});

/** What the real drachtio-server does otherwise than ours; the words are its own. */
describe('with a real drachtio-server', () => {
  const NO_ACK =
    'Server error: ACK for non-success final response is automatically generated by server';

  it('that tells no addresses yet calls are placed all the same', async () => {
    const world = await setup();
    world.server.identity = { ...world.server.identity, hostports: '' };
    await world.dialer.start();

    const { observer } = await answered(world);

    expect(observer.heard).toContain('answered');
  });

  it('that is still looking for the address the echo has no Via and no source', async () => {
    const world = await connected();
    const observer = new Recorder();
    world.dialer.dial(REQUEST, observer);

    const invite = world.server.take(await world.server.next('INVITE'), { isUnresolved: true });
    await observer.until('inviteSent');
    world.server.respond(invite, { status: '503 DNS Error', isLocal: true });
    await observer.until('ended');

    expect(observer.identity?.dialogId).toBe(invite.dialogId);
    expect(observer.detail).toContain('the host name of the SIP address has no DNS entry');
  });

  it('without TLS a sips: address gets 416, and the verdict says what is missing', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, { ...REQUEST, to: 'sips:bob@127.0.0.1' });

    world.server.respond(invite, { status: '416 Unsupported URI Scheme', isLocal: true });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_UNREACHABLE');
    expect(observer.detail).toContain('sips: addresses are called over TLS only');
  });

  it('without TLS ;transport=tls is refused in words', async () => {
    const world = await connected();
    const observer = new Recorder();

    world.dialer.dial({ ...REQUEST, to: 'sip:bob@127.0.0.1;transport=tls' }, observer);
    const why = 'requested protocol/transport not available';
    world.server.refuse(await world.server.next('INVITE'), why);
    await observer.until('ended');

    expect(observer.code).toBe('SIP_UNREACHABLE');
    expect(observer.detail).toBe(`not sent by the signalling server: ${why}`);
  });

  it('the ACK that srf commands for a failure is refused, and nobody minds', async () => {
    const world = await connected();
    world.server.refusesAcks = NO_ACK;
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, { status: '407 Auth', headers: [CHALLENGE] });
    const retry = world.server.take(await world.server.next('INVITE'));
    world.server.respond(retry, { status: '486 Busy Here' });
    await observer.until('ended');
    await world.server.next('ACK');

    expect(observer.code).toBe('SIP_BUSY');
    expect(world.log.count('sip.frame_failed')).toBe(0);
  });

  it('a 200 without Contact can be neither acknowledged nor hung up: the leg ends', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    const noRoute = `Server error: unable to find route when sending request inside dialog for dialog id ${invite.dialogId}`;
    world.server.refusesAcks = noRoute;

    world.server.respond(invite, { status: '200 OK', body: ANSWER, isBare: true });
    world.server.refuse(await world.server.next('BYE'), noRoute);
    await observer.until('ended');

    expect(observer.code).toBe('SIP_INCOMPATIBLE');
  });

  it('a reliable 18x that nobody has asked for is acknowledged by srf, even in vain', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, {
      status: '183 Session Progress',
      headers: ['Require: 100rel', 'RSeq: 7'],
      body: OFFER,
    });
    world.server.refuse(
      await world.server.next('PRACK'),
      'Remote endpoint does not support 100rel',
    );
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect(observer.heard).toEqual(['inviteSent', `early ${OFFER.length}`, 'answered']);
  });

  it('the dialog of a 200 that crossed our CANCEL is hung up by the server, before we do', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await world.server.next('ACK');
    world.server.endDialog(invite, 'ACK-BYE due to cancel race condition');
    world.server.refuse(
      await world.server.next('BYE'),
      'Server error: unable to find dialog for dialog id provided',
    );
    await gone;

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('silence after CANCEL lasts 5 s, and the transaction that it forgets is forgotten here', async () => {
    const world = await connected();
    const { observer, leg } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.time.advance(5000);
    await gone;
    world.time.advance(40_000);

    expect(observer.end).toEqual({ kind: 'canceled' });
    expect(world.time.pendingCount).toBe(1); // The heartbeat.
  });

  it('the session that its own refresh has lost ends by a BYE that nobody sent', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);

    world.server.endDialog(invite, 'Session timer expired');
    await observer.until('ended');

    expect(observer.end).toEqual({
      kind: 'peerLeft',
      detail: 'BYE; Session timer expired; reason: SIP;cause=200;text="Session timer expired"',
    });
    expect(world.dialer.legCount).toBe(0);
  });

  it('a BYE to a dialog that it has lost is over at once', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world);

    const gone = leg.hangUp();
    world.server.refuse(
      await world.server.next('BYE'),
      'Server error: unable to find dialog for dialog id provided',
    );
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('the dialog outlives a challenge to BYE, and a 481 to the second one ends it', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world, WITH_LOGIN);

    const gone = leg.hangUp();
    const first = world.server.take(await world.server.next('BYE'));
    world.server.respond(first, { status: '407 Auth', headers: [CHALLENGE] });
    const second = world.server.take(await world.server.next('BYE'));
    world.server.respond(second, { status: '481 Call Does Not Exist' });
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('that has wedged itself is left, and every call ends', async () => {
    const world = await connected({ heartbeatMs: 1000 });
    const up = await answered(world);
    const ringing = await dialled(world);
    // No reply to anything any more, and the socket stays open.
    world.server.answersPings = false;

    world.time.advance(4000);
    await Promise.all([up.observer.until('ended'), ringing.observer.until('ended')]);

    expect([up.observer.code, ringing.observer.code]).toEqual([
      'SIP_SIGNALLING_LOST',
      'SIP_SIGNALLING_LOST',
    ]);
  });
});

describe('session changes', () => {
  const REOFFER = ANSWER.replace('6000', '7000');
  const REANSWER = OFFER.replace('1 1 IN', '1 2 IN');

  it.each(['INVITE', 'UPDATE'])('an offer by %s is answered by the observer', async (method) => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.answerTo = (sdp) => (sdp === REOFFER ? REANSWER : undefined);

    const txnId = world.server.request(invite, method, { body: REOFFER });
    const reply = await world.server.next('200');

    expect(reply.txnId).toBe(txnId);
    expect(reply.body).toBe(REANSWER);
    expect(reply.headers.get('content-type')).toBe('application/sdp');
    expect(reply.headers.get('contact')).toBe('<sip:127.0.0.1:5060>');
  });

  it('an offer that the observer refuses gets 488', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });

    expect((await world.server.next('488')).txnId).toBe(txnId);
  });

  it('an observer that throws at an offer gets 500 sent and its call ended', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.throwAt = 'reoffered';

    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });
    const reply = await world.server.next('500');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await observer.until('ended');

    expect(reply.txnId).toBe(txnId);
    expect(observer.code).toBe('CALL_BROKEN');
  });

  it('a re-INVITE without SDP gets our offer, and its ACK brings the answer', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.nextOffer = REANSWER;

    world.server.request(invite, 'INVITE');
    const reply = await world.server.next('200');
    world.server.request(invite, 'ACK', { body: REOFFER });
    await observer.until(`offer answered by ${REOFFER}`);

    expect(reply.body).toBe(REANSWER);
    expect(observer.heard).not.toContain('reoffered');
  });

  it('the ACK of a later re-INVITE is no answer to our offer', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);
    observer.nextOffer = REANSWER;
    observer.answerTo = () => REANSWER;

    world.server.request(invite, 'INVITE');
    await world.server.next('200');
    world.server.request(invite, 'INVITE', { body: REOFFER });
    await world.server.next('200');
    world.server.request(invite, 'ACK', { body: REOFFER });
    world.server.request(invite, 'UPDATE', { body: REOFFER });
    await world.server.next('200');

    expect(observer.heard.filter((what) => what.startsWith('offer answered'))).toEqual([]);
  });

  it('a re-INVITE without SDP is refused when we make no offer', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    const txnId = world.server.request(invite, 'INVITE');

    expect((await world.server.next('488')).txnId).toBe(txnId);
  });

  it('an UPDATE without SDP is only a refresh', async () => {
    const world = await connected();
    const { invite } = await answered(world);

    world.server.request(invite, 'UPDATE');

    expect((await world.server.next('200')).body).toBe('');
  });

  it('a change while we hang up gets 481', async () => {
    const world = await connected();
    const { leg, invite } = await answered(world);

    const gone = leg.hangUp();
    const bye = await world.server.next('BYE');
    const txnId = world.server.request(invite, 'INVITE', { body: REOFFER });
    const reply = await world.server.next('481');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(reply.txnId).toBe(txnId);
  });

  it.each([
    { method: 'REFER', headers: ['Refer-To: <sip:c@d>'], status: '603' },
    { method: 'MESSAGE', headers: [], status: '405' },
    { method: 'PUBLISH', headers: ['Event: presence'], status: '405' },
    { method: 'NOTIFY', headers: ['Event: refer'], status: '481' },
    { method: 'SUBSCRIBE', headers: ['Event: dialog'], status: '489' },
    { method: 'INFO', headers: ['Info-Package: x'], status: '415' },
    { method: 'INFO', headers: [], status: '200' },
    { method: 'OPTIONS', headers: [], status: '200' },
  ])(
    '$method $headers within a call is answered by $status',
    async ({ method, headers, status }) => {
      const world = await connected();
      const { observer, invite } = await answered(world);

      const txnId = world.server.request(invite, method, { headers });
      const reply = await world.server.next(status);

      expect(reply.txnId).toBe(txnId);
      expect(reply.headers.has('allow')).toBe(status === '405' || method === 'OPTIONS');
      expect(observer.heard).toEqual(['inviteSent', 'answered']);
    },
  );
});

describe('the control connection', () => {
  it('a wrong secret fails the start at once, without a second attempt', async () => {
    const world = await setup({ secret: 'wrong' });

    const failure: unknown = await world.dialer.start().catch((error: unknown) => error);
    world.time.advance(60_000);

    expect(failure).toBeInstanceOf(Fault);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(world.server.connectionCount).toBe(1);
    expect(world.dialer.isConnected).toBe(false);
  });

  it('waits 15 s for a server that is not there', async () => {
    const world = await setup();
    await world.server.close();

    const started = world.dialer.start().then(
      () => 'started',
      (error: unknown) => (error instanceof Fault ? error.message : 'else'),
    );
    await world.log.until('sip.control_down', 1);
    world.time.advance(14_999);
    const isOverTooEarly = await Promise.race([started.then(() => true), Promise.resolve(false)]);
    world.time.advance(1);

    expect(isOverTooEarly).toBe(false);
    expect(await started).toMatch(
      /^SIP_SIGNALLING_LOST: there is no signalling server at 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    );
  });

  it('says so when what listens there does not answer the secret', async () => {
    const world = await setup();
    world.server.isMute = true;

    const started = world.dialer.start().catch(String);
    await world.server.until(() => world.server.openConnections === 1);
    world.time.advance(5000);
    await world.log.until('sip.control_down', 1);
    world.time.advance(10_000);

    expect(await started).toContain('no answer in 5000 ms');
  });

  it('takes a server that comes a little later', async () => {
    const world = await setup();
    const { port } = world.server;
    await world.server.close();

    const started = world.dialer.start();
    await world.log.until('sip.control_down', 1);
    const late = await FakeDrachtioServer.listen('cymru', port);
    onTestFinished(async () => await late.close());
    world.time.advance(250);
    await started;

    expect(world.dialer.isConnected).toBe(true);
  });

  it('its loss ends every call, and what was left is ended after the reconnect', async () => {
    const world = await connected();
    const up = await answered(world);
    const ringing = await dialled(world);
    const orphan = world.dialer.endOrphan('old;from-tag=1');
    await world.server.next('BYE');

    world.server.dropConnections();
    await up.observer.until('ended');
    await ringing.observer.until('ended');
    const orphanEnd = await orphan;
    const isConnectedThen = world.dialer.isConnected;
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    const cancel = await world.server.next('CANCEL');
    world.server.refuse(cancel, 'unable to cancel unknown transaction id');
    const byes = [await world.server.next('BYE'), await world.server.next('BYE')];
    world.time.advance(2000);

    expect([up.observer.code, ringing.observer.code]).toEqual([
      'SIP_SIGNALLING_LOST',
      'SIP_SIGNALLING_LOST',
    ]);
    expect(orphanEnd).toBe('unreachable');
    expect(isConnectedThen).toBe(false);
    expect(world.dialer.isConnected).toBe(true);
    expect(cancel.txnId).toBe(ringing.invite.txnId);
    expect(byes.map((bye) => bye.dialogId).sort()).toEqual(
      [up.invite.dialogId, ringing.invite.dialogId].sort(),
    );
  });

  it('what its loss left is hung up with the login when the trunk asks for it', async () => {
    const world = await connected();
    const { observer } = await answered(world, WITH_LOGIN);

    world.server.dropConnections();
    await observer.until('ended');
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    const bye = world.server.take(await world.server.next('BYE'));
    world.server.respond(bye, { status: '407 Auth', headers: [`Proxy-Authenticate: ${ASKS}`] });
    const again = await world.server.next('BYE');
    world.server.respond(world.server.take(again), { status: '200 OK' });

    const expected = { ...EXPECTED, method: 'BYE', uri: 'sip:peer@127.0.0.1:5999', body: '' };
    expect(digestProblem(again.headers.get('proxy-authorization') ?? '', expected)).toBeUndefined();
  });

  it('a lost INVITE that could be canceled gets no BYE besides', async () => {
    const world = await connected();
    const ringing = await dialled(world);

    world.server.dropConnections();
    await ringing.observer.until('ended');
    await world.log.until('sip.control_down', 1);
    world.time.advance(250);
    world.server.take(await world.server.next('CANCEL'));
    await answered(world);

    expect(world.server.commands.filter(({ method }) => method === 'BYE')).toEqual([]);
  });

  it('its loss settles a hang-up that waits', async () => {
    const world = await connected();
    const { leg, observer } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.server.dropConnections();
    await gone;

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it('comes back again and again, with one connection at a time', async () => {
    const world = await connected();

    for (let round = 1; round <= 5; round += 1) {
      world.server.dropConnections();
      await world.log.until('sip.control_down', round);
      world.time.advance(250);
      await world.log.until('sip.control_up', round + 1);
    }

    expect(world.server.connectionCount).toBe(6);
    expect(world.server.openConnections).toBe(1);
  });

  it('a frozen server is noticed after three pings without an answer, and left', async () => {
    const world = await connected({ heartbeatMs: 1000 });
    const { observer } = await answered(world);
    world.server.answersPings = false;

    world.time.advance(3000);
    expect(world.dialer.isConnected).toBe(true);
    world.time.advance(1000);
    await observer.until('ended');

    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it('a frozen server is noticed within 5 s of its last word', async () => {
    const world = await connected({ heartbeatMs: 'usual' });
    const { observer, invite } = await answered(world);
    // The worst moment: right behind an answer to a ping. Twice, as that answer may come behind the first exchange.
    world.time.advance(1200);
    for (let exchange = 0; exchange < 2; exchange += 1) {
      world.server.request(invite, 'INFO');
      await world.server.next('200');
    }
    world.server.answersPings = false;

    world.time.advance(3600);
    const isConnectedAt3600 = world.dialer.isConnected;
    world.time.advance(1400);
    await observer.until('ended');

    expect(isConnectedAt3600).toBe(true);
    expect(observer.code).toBe('SIP_SIGNALLING_LOST');
  });

  it.each(['v0.8.1', 'v0.7.3-5-gabc', '', 'unknown'])(
    'a server of version %j is not pinged: it would not answer',
    async (version) => {
      const world = await setup({ heartbeatMs: 1000 });
      world.server.identity = { ...world.server.identity, version };
      world.server.answersPings = false;
      await world.dialer.start();
      const { observer } = await answered(world);

      world.time.advance(60_000);
      await new Promise<void>((resolve) => setImmediate(resolve));

      expect(world.log.count('sip.no_heartbeat')).toBe(1);
      expect(world.dialer.isConnected).toBe(true);
      expect(observer.heard).not.toContain('ended');
    },
  );

  it.each(['v0.8.2', 'v0.9.10-1-g9c2dd4cb6a', '1.0.0'])(
    'a server of %s is pinged',
    async (version) => {
      const world = await setup({ heartbeatMs: 1000 });
      world.server.identity = { ...world.server.identity, version };
      world.server.answersPings = false;
      await world.dialer.start();
      const { observer } = await answered(world);

      world.time.advance(4000);
      await observer.until('ended');

      expect(observer.code).toBe('SIP_SIGNALLING_LOST');
    },
  );

  it('a server that answers pings is kept', async () => {
    const world = await connected({ heartbeatMs: 1000 });
    const { observer, invite } = await answered(world);

    for (let beat = 0; beat < 5; beat += 1) {
      world.time.advance(1000);
      world.server.request(invite, 'INFO');
      await world.server.next('200');
    }

    expect(world.dialer.isConnected).toBe(true);
    expect(observer.heard).not.toContain('ended');
  });

  it('stopping hangs up every call before it disconnects', async () => {
    const world = await connected();
    const up = await answered(world);
    const ringing = await dialled(world);

    const stopped = world.dialer.stop();
    const bye = world.server.take(await world.server.next('BYE'));
    await world.server.next('CANCEL');
    world.server.respond(bye, { status: '200 OK' });
    world.server.respond(ringing.invite, { status: '487 Request Terminated' });
    await stopped;
    await world.server.until(() => world.server.openConnections === 0);

    expect(up.observer.code).toBe('hungUp');
    expect(ringing.observer.code).toBe('canceled');
  });

  it('starts and stops in any order and number', async () => {
    const { dialer, server } = await setup();

    await Promise.allSettled([dialer.start(), dialer.stop(), dialer.start(), dialer.stop()]);
    await Promise.all([dialer.start(), dialer.start()]);
    const isUp = dialer.isConnected;
    await Promise.all([dialer.stop(), dialer.stop()]);
    await server.until(() => server.openConnections === 0);

    expect(isUp).toBe(true);
    expect(dialer.isConnected).toBe(false);
  });
});

describe('an orphan', () => {
  it.each([
    ['200 OK', 'ended'],
    ['481 Call Does Not Exist', 'unknown'],
    ['408 Request Timeout', 'unreachable'],
  ])('whose BYE is answered with %s is %s', async (status, outcome) => {
    const { server, dialer } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    const bye = await server.next('BYE');
    server.respond(server.take(bye), { status });

    expect(bye.dialogId).toBe('call;from-tag=1');
    expect(await ended).toBe(outcome);
  });

  it('that the server does not know is unknown', async () => {
    const { server, dialer } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    server.refuse(await server.next('BYE'), 'Server error: unable to find dialog for dialog id');

    expect(await ended).toBe('unknown');
  });

  it('whose BYE is not answered in 2 s is unreachable', async () => {
    const { server, dialer, time } = await connected();

    const ended = dialer.endOrphan('call;from-tag=1');
    server.take(await server.next('BYE'));
    time.advance(2000);

    expect(await ended).toBe('unreachable');
  });

  it('with an id that would break the frame is unknown, and nothing is sent', async () => {
    const { server, dialer } = await connected();

    const outcomes = await Promise.all(
      ['a|b', 'a\r\nb', 'x'.repeat(600)].map(async (id) => await dialer.endOrphan(id)),
    );

    expect(outcomes).toEqual(['unknown', 'unknown', 'unknown']);
    expect(server.commands).toEqual([]);
  });

  it('that is a live call of ours is hung up like one', async () => {
    const world = await connected();
    const { observer, invite } = await answered(world);

    const ended = world.dialer.endOrphan(invite.dialogId);
    world.server.respond(world.server.take(await world.server.next('BYE')), { status: '200 OK' });

    expect(await ended).toBe('ended');
    expect(observer.code).toBe('hungUp');
  });

  it('without a connection is unreachable', async () => {
    const { dialer } = await setup();

    expect(await dialer.endOrphan('call;from-tag=1')).toBe('unreachable');
  });
});
