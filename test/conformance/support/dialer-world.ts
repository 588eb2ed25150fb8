import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { DrachtioDialer } from '#adapters/sip-drachtio';
import { SignallingServer } from '#adapters/sip-transport';
import type { DialRequest, LegEnd, LegIdentity, LegObserver, SipNote } from '#domain';
import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { buildAnswer, buildNextOffer, buildOffer } from '#protocol/sdp';
import type { LocalAudio } from '#protocol/sdp';
import { digestProblem } from '#testkit';
import type { ExpectedDigest } from '#testkit';
import { onTestFinished } from 'vitest';
import { givenServer } from '../../support/given-server.ts';
import { UdpSipPeer } from './udp-sip-peer.ts';
import type { PeerMessage } from './udp-sip-peer.ts';

export const OURS: LocalAudio = {
  codecs: ['PCMU', 'PCMA'],
  direction: 'recvonly',
  address: '127.0.0.1',
  port: 20_000,
  ptimeMs: 20,
  sessionId: 1,
  version: 1,
};
export const THEIRS: LocalAudio = { ...OURS, direction: 'sendrecv', port: 30_000, sessionId: 2 };
export const OFFER = buildOffer(OURS);

/** Hears a leg as a call session would: keeps the descriptions, answers offers. */
class Ear implements LegObserver {
  readonly heard: string[] = [];
  identity: LegIdentity | undefined;
  remoteSdp = '';
  localSdp = OFFER;
  end: LegEnd | undefined;
  /** The messages that have passed. */
  readonly ladder: string[] = [];
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

  signalled({ direction, summary }: SipNote): void {
    this.ladder.push(`${direction} ${summary.split(' ')[0] ?? ''}`);
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

export const HOST = '127.0.0.1';
const given = givenServer();
export const SECRET = given?.secret ?? new Secret('conformance');
const machine = {
  logger: silentLogger,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
};

/** What the tests know of a server: it may be one that runs elsewhere. */
type Dialed = Pick<SignallingServer, 'controlAddress'>;

export async function startServer(): Promise<Dialed> {
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
export class Relay {
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

export async function startPeer(): Promise<UdpSipPeer> {
  const peer = await UdpSipPeer.listen();
  onTestFinished(async () => await peer.close());
  return peer;
}

export async function startDialer(
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

export async function dialerWorld() {
  const server = await startServer();
  const dialer = await startDialer(server);
  return { server, dialer, peer: await startPeer() };
}

type DialerWorld = Awaited<ReturnType<typeof dialerWorld>>;

export function dial({ dialer, peer }: DialerWorld, change: Partial<DialRequest> = {}) {
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

export const answerTo = (invite: PeerMessage): string => buildAnswer(invite.body, THEIRS).sdp;

export async function answered(world: DialerWorld) {
  const { ear, leg } = dial(world);
  const invite = await world.peer.next('INVITE');
  world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
  await world.peer.next('ACK');
  await ear.until('answered');
  return { ear, leg, invite };
}

/** What is wrong with the answer to a challenge, as a strict server sees it. */
export function problemOf(
  request: PeerMessage,
  expected: Partial<ExpectedDigest>,
): string | undefined {
  const header = request.headers.get('proxy-authorization') ?? '';
  const { method, uri, body } = request;
  const known = { username: 'studio', password: 'hunter2', realm: 'sip.test', nonce: 'n1' };
  return digestProblem(header, { method, uri, body, ...known, ...expected });
}

export const HUNTER2 = { username: 'studio', password: new Secret('hunter2') };
