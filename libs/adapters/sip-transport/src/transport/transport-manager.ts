import { buildSipMessage } from '#protocol/sip';
import type {
  Arrival,
  MessageOutlet,
  PathFailure,
  SipMessage,
  TransportName,
  TransportPath,
} from '#protocol/sip';
import type { LocalReach } from './target-locator.ts';
import type { TcpTransport } from './tcp-transport.ts';
import type { UdpTransport } from './udp-transport.ts';
import { sentByPath, stampReceived } from './via-stamp.ts';
import type { LocalEndpoint, Origin, WireReceiver } from './wire.ts';

const DEFAULT_SIP_PORT = 5060;

/** Messages that were refused at the socket, by reason. */
export type RejectedCounts = ReadonlyMap<string, number>;

/** What the transport manager works with. */
export interface TransportManagerOptions {
  /** Address put into Via and Contact. */
  readonly advertisedAddress: string;
}

/** The sockets behind one door: stamps and routes what comes and goes, and knows what they reach. */
export class TransportManager implements MessageOutlet, LocalReach, WireReceiver {
  readonly #options: TransportManagerOptions;
  readonly #rejected = new Map<string, number>();
  #sockets: { readonly udp: UdpTransport; readonly tcp: TcpTransport } | undefined;
  #local: LocalEndpoint = { host: '', port: 0 };
  #receive: ((message: SipMessage, arrival: Arrival) => void) | undefined;

  constructor(options: TransportManagerOptions) {
    this.#options = options;
  }

  /** What was refused so far. */
  get rejectedCounts(): RejectedCounts {
    return this.#rejected;
  }

  /** `host:port` under which we are reached, as put into From, To and Contact. */
  get hostPort(): string {
    return `${this.#options.advertisedAddress}:${this.#local.port}`;
  }

  /** Joins the bound sockets below with the transaction layer above. */
  open(
    sockets: { readonly udp: UdpTransport; readonly tcp: TcpTransport },
    local: LocalEndpoint,
    receive: (message: SipMessage, arrival: Arrival) => void,
  ): void {
    this.#sockets = sockets;
    this.#local = local;
    this.#receive = receive;
  }

  /** The sockets are being closed: nothing is sent or looked up any more. */
  close(): void {
    this.#sockets = undefined;
    this.#receive = undefined;
  }

  /** Our own `host` or `host:port` on a path, as Via's sent-by. */
  sentBy(_path: TransportPath): string {
    const { port } = this.#local;
    return port === DEFAULT_SIP_PORT ? this.#options.advertisedAddress : this.hostPort;
  }

  reaches(transport: TransportName, family: 4 | 6): boolean {
    return this.#sockets !== undefined && transport !== 'tls' && family === 4;
  }

  isOurselves({ address, port }: TransportPath): boolean {
    const { host } = this.#local;
    return (
      port === this.#local.port && (address === host || address === this.#options.advertisedAddress)
    );
  }

  send(message: SipMessage, path: TransportPath, failed?: PathFailure): void {
    if (this.#sockets === undefined) return;
    const bytes = buildSipMessage(message);
    const { udp, tcp } = this.#sockets;
    if (path.transport === 'udp') udp.send(bytes, path, failed);
    else if (message.kind === 'request' || tcp.has(path)) tcp.send(bytes, path, failed);
    else tcp.send(bytes, sentByPath(message, path), failed);
  }

  release(path: TransportPath, failed: PathFailure): void {
    if (path.transport === 'udp') this.#sockets?.udp.release(path, failed);
    else this.#sockets?.tcp.release(path, failed);
  }

  message(message: SipMessage, origin: Origin): void {
    const { transport, address, port, connectionId, ...at } = origin;
    const connection = connectionId === undefined ? {} : { connectionId };
    const arrival = { path: { transport, address, port, ...connection }, ...at };
    const stamped = message.kind === 'request' ? stampReceived(message, origin) : message;
    this.#receive?.(stamped, arrival);
  }

  rejected(reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }
}
