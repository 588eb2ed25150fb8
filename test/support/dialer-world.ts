import { DrachtioDialer } from '#adapters/sip-drachtio';
import type { DialRequest, LegEnd, LegIdentity, LegObserver, SipNote } from '#domain';
import { Secret, silentLogger } from '#foundation';
import type { Logger } from '#foundation';
import { FakeDrachtioServer, SeededRandom, VirtualTime } from '#testkit';
import type { AppCommand, ExpectedDigest, FakeTransaction } from '#testkit';
import { expect, onTestFinished } from 'vitest';

export const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n';
export const ANSWER = OFFER.replace('4000', '6000');
export const REQUEST: DialRequest = {
  to: 'sip:bob@127.0.0.1:5999',
  from: { user: 'studio', displayName: 'Studio 1' },
  sdpOffer: OFFER,
  ringTimeoutMs: 1000,
};
export const WITH_LOGIN: DialRequest = {
  ...REQUEST,
  auth: { username: 'studio', password: new Secret('hunter2') },
};
export const CHALLENGE =
  'Proxy-Authenticate: Digest realm="sip.test",nonce="n1",qop="auth",algorithm=MD5';

export const ASKS = 'Digest realm="sip.test", nonce="n1"';
/** What proves who we are in an answer to {@link ASKS}. */
export const EXPECTED: ExpectedDigest = {
  ...{ method: 'INVITE', uri: REQUEST.to, body: OFFER },
  ...{ username: 'studio', password: 'hunter2', realm: 'sip.test', nonce: 'n1' },
};

/** Writes down what it hears; `throwAt` makes it break there, `answerTo` answers offers. */
export class Recorder implements LegObserver {
  readonly heard: string[] = [];
  identity: LegIdentity | undefined;
  end: LegEnd | undefined;
  throwAt: string | undefined;
  answerTo: (sdp: string) => string | undefined = () => undefined;
  nextOffer: string | undefined;
  /** The messages that have passed. */
  readonly notes: SipNote[] = [];
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

  async untilSignalled(count: number): Promise<void> {
    while (this.notes.length < count) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  get code(): string | undefined {
    return this.end?.kind === 'failed' ? this.end.fault.code : this.end?.kind;
  }

  get detail(): string | undefined {
    return this.end?.kind === 'failed' ? this.end.fault.detail : undefined;
  }

  signalled(note: SipNote): void {
    this.notes.push(note);
    for (const resolve of this.#waiters.splice(0)) resolve();
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

/** A dialer on a server of the test, not connected yet; its end is checked for what is left behind. */
export async function dialerWorld({
  secret = 'cymru',
  heartbeatMs = 3_600_000,
}: WorldOptions = {}) {
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

type World = Awaited<ReturnType<typeof dialerWorld>>;

/** The same, connected. */
export async function connected(options?: WorldOptions): Promise<World> {
  const world = await dialerWorld(options);
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
export async function dialled({ server, dialer }: World, request = REQUEST): Promise<Dialled> {
  const observer = new Recorder();
  const leg = dialer.dial(request, observer);
  const command = await server.next('INVITE');
  const invite = server.take(command);
  await observer.until('inviteSent');
  return { observer, leg, invite, command };
}

/** A call that is up. */
export async function answered(world: World, request = REQUEST): Promise<Dialled> {
  const call = await dialled(world, request);
  world.server.respond(call.invite, { status: '200 OK', body: ANSWER });
  await call.observer.until('answered');
  await world.server.next('ACK', call.invite.dialogId);
  return call;
}
