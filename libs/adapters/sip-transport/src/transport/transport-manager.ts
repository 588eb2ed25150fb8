import { buildSipMessage } from '#protocol/sip';
import type {
  Arrival,
  LocalReach,
  MessageOutlet,
  PathFailure,
  SipMessage,
  SipParseError,
  SipParseReason,
  SipRequest,
  TransportName,
  TransportPath,
} from '#protocol/sip';
import type { SipNetwork } from './sip-network.ts';
import { sentByPath, stampReceived } from './via-stamp.ts';
import { asHost, canonicalHost, ipVersionOf } from './wire.ts';
import type { IpVersion, LocalEndpoint, Origin, WireReceiver } from './wire.ts';

const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

/** Who takes what came in. */
export interface MessageReceiver {
  receive(message: SipMessage, arrival: Arrival): void;
  /** A request that was not acceptable SIP: only what an answer repeats of it can be relied on. */
  receiveMalformed(request: SipRequest, reason: SipParseReason, arrival: Arrival): void;
}

/** Messages that were refused at the socket, by reason. */
export type RejectedCounts = ReadonlyMap<string, number>;

/** A way to a peer as far as it is known: without an address as long as its name is looked up. */
export type Way = Pick<TransportPath, 'transport'> & Partial<Pick<TransportPath, 'address'>>;

/** What the transport manager works with. */
export interface TransportManagerOptions {
  /** Address put into Via and Contact, by the IP version of the peer. */
  readonly advertised: (version: IpVersion) => string;
}

/** The sockets behind one door: stamps and routes what comes and goes, and knows what they reach. */
export class TransportManager implements MessageOutlet, LocalReach, WireReceiver {
  readonly #options: TransportManagerOptions;
  readonly #rejected = new Map<string, number>();
  #networks: readonly SipNetwork[] = [];
  #isOpen = false;
  #receiver: MessageReceiver | undefined;

  constructor(options: TransportManagerOptions) {
    this.#options = options;
  }

  /** What was refused so far. */
  get rejectedCounts(): RejectedCounts {
    return this.#rejected;
  }

  /** Where we are reached, each as `transport/host:port`. */
  get hostPorts(): readonly string[] {
    return this.#networks.flatMap(({ host, tlsPort }) => {
      const transports: TransportName[] = [
        'udp',
        'tcp',
        ...(tlsPort === undefined ? [] : ['tls' as const]),
      ];
      return transports.map(
        (transport) => `${transport}/${this.hostPort({ transport, address: host })}`,
      );
    });
  }

  /** `host:port` under which a peer reaches us, as put into From, To and Contact. */
  hostPort(way: Way): string {
    const network = this.#networkOf(way.address);
    const address = this.#options.advertised(network?.version ?? ipVersionOf(way.address ?? ''));
    return `${asHost(address)}:${portOf(network, way.transport)}`;
  }

  /** Whether `host` and `port` are what some peer of ours is told about where we are. */
  isHostPort(host: string, port: number | undefined): boolean {
    return this.#networks.some(
      ({ version, ...ports }) =>
        canonicalHost(this.#options.advertised(version)) === canonicalHost(host) &&
        (port === ports.port || port === ports.tlsPort),
    );
  }

  /** Joins the bound sockets below with the transaction layer above. */
  open(networks: readonly SipNetwork[], receiver: MessageReceiver): void {
    this.#networks = networks;
    this.#isOpen = true;
    this.#receiver = receiver;
  }

  /** The sockets are being closed: nothing is sent or looked up any more. */
  close(): void {
    this.#isOpen = false;
    this.#receiver = undefined;
  }

  /** Our own `host` or `host:port` on a path, as Via's sent-by. */
  sentBy(path: TransportPath): string {
    const hostPort = this.hostPort(path);
    const suffix = `:${DEFAULT_PORTS[path.transport]}`;
    return hostPort.endsWith(suffix) ? hostPort.slice(0, -suffix.length) : hostPort;
  }

  /** Our own address that messages on a path leave from and arrive at. */
  localOf(path: TransportPath): LocalEndpoint {
    const network = this.#networkOf(path.address);
    return { host: network?.host ?? '', port: portOf(network, path.transport) };
  }

  /** The socket that belongs to an address; the first one as long as the address is unknown. */
  #networkOf(address: string | undefined): SipNetwork | undefined {
    if (address === undefined) return this.#networks[0];
    return this.#networks.find(({ version }) => version === ipVersionOf(address));
  }

  reaches(_transport: TransportName, family: IpVersion): boolean {
    return this.#isOpen && this.#networks.some(({ version }) => version === family);
  }

  isOurselves({ transport, address, port }: TransportPath): boolean {
    return this.#networks.some(({ version, host, tlsPort, port: plainPort }) => {
      const isOurPort = port === (transport === 'tls' ? tlsPort : plainPort);
      const ours = [host, this.#options.advertised(version)].map(canonicalHost);
      return isOurPort && ours.includes(canonicalHost(address));
    });
  }

  send(message: SipMessage, path: TransportPath, failed?: PathFailure): void {
    if (!this.#isOpen) return;
    const bytes = buildSipMessage(message);
    const network = this.#networkOf(path.address);
    if (network === undefined) failed?.('EAFNOSUPPORT');
    else if (path.transport === 'udp') network.udp.send(bytes, path, failed);
    else {
      const streams = network[path.transport];
      const isDirect = message.kind === 'request' || streams.has(path);
      streams.send(bytes, isDirect ? path : sentByPath(message, path), failed);
    }
  }

  release(path: TransportPath, failed: PathFailure): void {
    this.#networkOf(path.address)?.[path.transport].release(path, failed);
  }

  message(message: SipMessage, origin: Origin): void {
    const stamped = message.kind === 'request' ? stampReceived(message, origin) : message;
    this.#receiver?.receive(stamped, arrivalOf(origin));
  }

  rejected(reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  malformed({ reason, request }: SipParseError, origin: Origin): void {
    this.rejected(reason);
    if (request === undefined) return;
    this.#receiver?.receiveMalformed(stampReceived(request, origin), reason, arrivalOf(origin));
  }
}

function arrivalOf(origin: Origin): Arrival {
  const { transport, address, port, connectionId, ...at } = origin;
  const connection = connectionId === undefined ? {} : { connectionId };
  return { path: { transport, address, port, ...connection }, ...at };
}

/** Without a port for TLS the other one is named: peers answer on the connection they have. */
function portOf(network: SipNetwork | undefined, transport: TransportName): number {
  if (network === undefined) return 0;
  return transport === 'tls' ? (network.tlsPort ?? network.port) : network.port;
}
