import type { RandomSource, Timers } from '#foundation';
import { StreamTransport } from './stream-transport.ts';
import { tcpKind } from './stream-kind.ts';
import type { StreamKind } from './stream-kind.ts';
import { UdpTransport } from './udp-transport.ts';
import { ipVersionOf } from './wire.ts';
import type { IpVersion, WireReceiver } from './wire.ts';

/** How often a port that is free for some of the sockets only is given back for another one. */
const MAX_PORT_TRIES = 20;

/** The bound sockets of one local address. */
export interface SipNetwork {
  readonly version: IpVersion;
  readonly host: string;
  /** The same number for UDP and TCP. */
  readonly port: number;
  /** Where TLS is taken; undefined when it is not. */
  readonly tlsPort: number | undefined;
  readonly udp: UdpTransport;
  readonly tcp: StreamTransport;
  readonly tls: StreamTransport;
}

/** What is to be bound. */
export interface SipNetworkOptions {
  /** An address of each IP version, or of one. */
  readonly hosts: readonly string[];
  /** 0 takes one that is free for all of them. */
  readonly port: number;
  readonly tlsPort: number;
  readonly tls: StreamKind;
  readonly receiver: WireReceiver;
  /** Whether a call with a peer at that address is up. */
  readonly hasCallWith: (address: string) => boolean;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/**
 * Binds UDP, TCP and, where configured, TLS on each address, with the same ports on all of them.
 *
 * @throws the error of the system when a port is taken; with port 0 another one is tried.
 */
export async function openSipNetworks(options: SipNetworkOptions): Promise<readonly SipNetwork[]> {
  const isFree = options.port === 0 || options.tlsPort === 0;
  for (let tries = 1; ; tries += 1) {
    const opened: SipNetwork[] = [];
    try {
      for (const host of options.hosts) {
        const { port = options.port, tlsPort = options.tlsPort } = opened[0] ?? {};
        opened.push(await openNetwork(host, { ...options, port, tlsPort }));
      }
      return opened;
    } catch (error) {
      await closeSipNetworks(opened);
      if (!isFree || tries >= MAX_PORT_TRIES) throw error;
    }
  }
}

/**
 * TCP goes first: its port cannot be shared, while the UDP socket is opened to sharing, so that two servers on one
 * port number cannot come about.
 */
async function openNetwork(host: string, options: SipNetworkOptions): Promise<SipNetwork> {
  const udp = new UdpTransport(options);
  const tcp = new StreamTransport({ ...options, kind: tcpKind, host });
  const tls = new StreamTransport({ ...options, kind: options.tls, host });
  try {
    const port = (await tcp.listen(options.port)) ?? options.port;
    await udp.bind({ host, port });
    const tlsPort = await tls.listen(options.tlsPort);
    return { version: ipVersionOf(host), host, port, tlsPort, udp, tcp, tls };
  } catch (error) {
    await Promise.all([udp.close(), tcp.close(), tls.close()]);
    throw error;
  }
}

/** Closes all sockets. */
export async function closeSipNetworks(networks: readonly SipNetwork[]): Promise<void> {
  await Promise.all(
    networks.flatMap(({ udp, tcp, tls }) => [udp.close(), tcp.close(), tls.close()]),
  );
}
