import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { SignallingServer } from '#adapters/sip-transport';
import type { SignallingServerOptions } from '#adapters/sip-transport';
import { SipPeer } from './sip-peer.ts';
import type { PeerPlace, PeerTransport } from './sip-peer.ts';
import { connectSrf, newSrf } from './srf-client.ts';
import type { Srf } from './srf-client.ts';
import { until } from './until.ts';

/** The shared secret of every signalling server of the tests. */
export const SECRET = 'cymru';

/** An SDP offer of the client. */
export const OFFER = [
  'v=0',
  'o=- 7 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 5000 RTP/AVP 0',
  'a=sendrecv',
  '',
].join('\r\n');

/** 64*T1 is 640 ms, so that scenarios with lost messages end soon. */
const FAST_TIMERS = { t1Ms: 10, t2Ms: 40, t4Ms: 50 };

/** Servers, clients and peers of one test, and how to get rid of them. */
export class SignallingWorld {
  readonly #closing: (() => Promise<void> | void)[] = [];

  async server(options: Partial<SignallingServerOptions> = {}): Promise<SignallingServer> {
    const server = this.unstartedServer(options);
    await server.start();
    return server;
  }

  /** A server that the test starts itself. */
  unstartedServer(options: Partial<SignallingServerOptions> = {}): SignallingServer {
    const server = new SignallingServer({
      control: { host: '127.0.0.1', port: 0, secret: new Secret(SECRET) },
      sip: { host: '127.0.0.1', port: 0 },
      timersConfig: FAST_TIMERS,
      optionsIntervalMs: 0,
      logger: silentLogger,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      ...options,
    });
    this.#closing.push(async () => {
      await server.stop();
      expectNothingLeft(server);
    });
    return server;
  }

  /** A connected drachtio-srf. */
  async client(
    server: SignallingServer,
    prepare: (srf: Srf) => void = () => undefined,
  ): Promise<Srf> {
    const srf = newSrf();
    prepare(srf);
    await connectSrf(srf, server.controlAddress, SECRET);
    this.#closing.push(() => disconnect(srf));
    return srf;
  }

  async peer(transport: PeerTransport = 'udp', place: PeerPlace = {}): Promise<SipPeer> {
    const peer = await SipPeer.listen(transport, place);
    this.#closing.push(() => peer.close());
    return peer;
  }

  /** One of each. */
  async setup(
    options: Partial<SignallingServerOptions> & { readonly transport?: 'udp' | 'tcp' } = {},
  ): Promise<{ server: SignallingServer; srf: Srf; peer: SipPeer }> {
    const server = await this.server(options);
    return { server, srf: await this.client(server), peer: await this.peer(options.transport) };
  }

  /** Closes everything, the newest first. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
  }
}

/** Closes a client's connection; harmless when it is closed already. */
export function disconnect(srf: Srf): void {
  try {
    srf.disconnect();
  } catch {
    // drachtio-srf asserts that there is a socket.
  }
}

/** A server that was stopped holds nothing, whatever it was in the middle of. */
function expectNothingLeft(server: SignallingServer): void {
  const left = Object.entries<number>({ ...server.stats() }).filter(([, count]) => count !== 0);
  if (left.length > 0) throw new Error(`left over after the end: ${JSON.stringify(left)}`);
}

/** Waits until nothing of any call is left in the server; connections may be. */
export async function allTablesEmpty(server: SignallingServer): Promise<void> {
  const left = (): readonly (readonly [string, number])[] =>
    Object.entries(server.stats()).filter(
      ([name, count]) =>
        count !== 0 && !/^(clients|controlConnections|tcpConnections|tlsConnections)$/.test(name),
    );
  await until(() => left().length === 0, 'all tables empty').catch((error: unknown) => {
    throw new Error(`left over: ${JSON.stringify(left())}`, { cause: error });
  });
}
