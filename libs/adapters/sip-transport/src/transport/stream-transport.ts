import type { AddressInfo, Server, Socket } from 'node:net';
import type { RandomSource, Timer, Timers } from '#foundation';
import type { PathFailure, TransportPath } from '#protocol/sip';
import { StreamAdmission } from './stream-admission.ts';
import { StreamConnection } from './stream-connection.ts';
import type { StreamKind } from './stream-kind.ts';
import { ipVersionOf, isWildcard } from './wire.ts';
import type { WireReceiver } from './wire.ts';

/** Connections of both directions at a time. */
const MAX_CONNECTIONS = 2000;
/** A connection without traffic is closed after this time, in milliseconds. */
const IDLE_MS = 600_000;
/** For the connection, and once more for the TLS handshake: two repetitions of a lost SYN. */
const CONNECT_TIMEOUT_MS = 5000;
const MAX_WAITING_BYTES = 1_048_576;
/** Between two pings of a connection in use, in milliseconds: below the timeouts of NATs, and never in step with others. */
const PING_LEAST_MS = 25_000;
const PING_SPREAD_MS = 5000;
/** How long closing waits for peers to read and handshakes to end, in milliseconds. */
const CLOSE_LIMIT_MS = 500;

/** What a stream transport works with. */
export interface StreamTransportOptions {
  readonly kind: StreamKind;
  /** Address to listen on and to connect from. */
  readonly host: string;
  readonly receiver: WireReceiver;
  /** Whether a call with a peer at that address is up. */
  readonly hasCallWith: (address: string) => boolean;
  readonly timers: Timers;
  readonly random: RandomSource;
}

/**
 * SIP over TCP or TLS from one local address: listens, keeps one connection per peer (per server name on TLS), and
 * uses the one a request came in on for its response.
 */
export class StreamTransport {
  readonly #options: StreamTransportOptions;
  readonly #byId = new Map<number, StreamConnection>();
  readonly #byPeer = new Map<string, StreamConnection>();
  /** Those that we began, with the address of the peer. */
  readonly #ours = new Map<StreamConnection, string>();
  /** Accepted sockets, those included that are in their handshake and no connections yet. */
  readonly #accepted = new Set<Socket>();
  readonly #admission = new StreamAdmission();
  #server: Server | undefined;
  #pinging: Timer | undefined;
  #isClosed = false;
  #nextId = 1;

  constructor(options: StreamTransportOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#byId.size;
  }

  /**
   * Listens and gives the real port; undefined when this kind has nothing to listen with. Rejects when the port is
   * taken.
   */
  async listen(port: number): Promise<number | undefined> {
    const { kind, host } = this.#options;
    const server = kind.createServer((socket) => this.#accept(socket));
    if (server === undefined) return undefined;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket) => this.#enter(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: ipVersionOf(host) === 6 }, resolve);
    });
    server.removeAllListeners('error');
    // A connection that could not be accepted is the peer's to try again.
    server.on('error', () => undefined);
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  /** Whether the connection a path names is still there. */
  has(path: TransportPath): boolean {
    return path.connectionId !== undefined && this.#byId.has(path.connectionId);
  }

  /** Sends one message, on the connection the path names, else on the one to that peer, else on a new one. */
  send(bytes: Uint8Array, path: TransportPath, failed?: PathFailure): void {
    const connection = this.#find(path) ?? this.#open(path);
    if (connection === undefined) failed?.('EMFILE');
    else connection.send(bytes, failed);
  }

  release(path: TransportPath, failed: PathFailure): void {
    this.#find(path)?.release(failed);
  }

  #find(path: TransportPath): StreamConnection | undefined {
    const named = path.connectionId === undefined ? undefined : this.#byId.get(path.connectionId);
    return named ?? this.#byPeer.get(keyOf(path));
  }

  #open(path: TransportPath): StreamConnection | undefined {
    if (this.#byId.size >= MAX_CONNECTIONS || this.#isClosed) return undefined;
    const { kind, host } = this.#options;
    const socket = kind.connect(path, isWildcard(host) ? undefined : host);
    const connection = this.#add(socket, path, true);
    this.#ours.set(connection, path.address);
    this.#pingLater();
    return connection;
  }

  /** The side that opened a connection keeps it alive (RFC 5626 section 4.4.1), as long as something is on it. */
  #pingLater(): void {
    const { timers, random } = this.#options;
    this.#pinging ??= timers.after(PING_LEAST_MS + random.below(PING_SPREAD_MS), () => {
      this.#pinging = undefined;
      for (const [connection, address] of this.#ours) {
        if (connection.isAwaited || this.#options.hasCallWith(address)) connection.ping();
      }
      if (this.#ours.size > 0) this.#pingLater();
    });
  }

  /** Counts a socket from its first moment on, and refuses it when its address has too many. */
  #enter(socket: Socket): void {
    const { kind, receiver } = this.#options;
    const { remoteAddress: address = '', remotePort: port = 0 } = socket;
    if (!this.#admission.enter(address)) {
      const local = { localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0 };
      receiver.rejected('tooManyConnections', {
        transport: kind.transport,
        address,
        port,
        ...local,
      });
      // Others that listen for connections may be about to read from it.
      process.nextTick(() => socket.destroy());
      return;
    }
    this.#accepted.add(socket);
    socket.once('close', () => {
      this.#accepted.delete(socket);
      this.#admission.leave(address);
    });
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    const { transport } = this.#options.kind;
    if (address === undefined || port === undefined || this.#isClosed) socket.destroy();
    else this.#add(socket, { transport, address, port }, false);
  }

  #add(socket: Socket, peer: TransportPath, isOurs: boolean): StreamConnection {
    const id = this.#nextId++;
    const key = keyOf(peer);
    const connection = new StreamConnection({
      ...this.#options,
      id,
      socket,
      peer,
      isOurs,
      idleMs: IDLE_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maxWaitingBytes: MAX_WAITING_BYTES,
      closed: () => {
        this.#byId.delete(id);
        this.#ours.delete(connection);
        if (this.#ours.size === 0) this.#stopPinging();
        if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
      },
    });
    this.#byId.set(id, connection);
    this.#byPeer.set(key, connection);
    return connection;
  }

  #stopPinging(): void {
    this.#pinging?.cancel();
    this.#pinging = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const server = this.#server;
    this.#server = undefined;
    for (const connection of [...this.#byId.values()]) connection.end();
    if (server === undefined) return;
    const limit = this.#options.timers.after(CLOSE_LIMIT_MS, () => {
      for (const socket of this.#accepted) socket.destroy();
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    limit.cancel();
  }
}

/**
 * A connection on which the peer has proved one name is not used for another one. Those that were accepted have no
 * name, so no request to a TLS peer ever takes one of them.
 */
const keyOf = ({ address, port, serverName }: TransportPath): string =>
  `${address}:${port}|${serverName?.toLowerCase() ?? ''}`;
