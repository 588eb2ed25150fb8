import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Timers } from '#foundation';
import type { PathFailure, TransportPath } from '#protocol/sip';
import { TcpConnection } from './tcp-connection.ts';
import { isWildcard } from './wire.ts';
import type { LocalEndpoint, WireReceiver } from './wire.ts';

/** Connections of both directions at a time. */
const MAX_CONNECTIONS = 2000;
/** A connection without traffic is closed after this time, in milliseconds. */
const IDLE_MS = 600_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_WAITING_BYTES = 1_048_576;

/** What the TCP transport works with. */
export interface TcpTransportOptions {
  readonly receiver: WireReceiver;
  readonly timers: Timers;
}

/** SIP over TCP: listens, keeps one connection per peer, and uses the one a request came in on for its response. */
export class TcpTransport {
  readonly #options: TcpTransportOptions;
  readonly #byId = new Map<number, TcpConnection>();
  readonly #byPeer = new Map<string, TcpConnection>();
  #server: Server | undefined;
  #local: LocalEndpoint | undefined;
  #nextId = 1;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#byId.size;
  }

  /** Listens and gives the real port; rejects when it is taken. */
  async listen(local: LocalEndpoint): Promise<number> {
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: local.host, port: local.port }, resolve);
    });
    server.removeAllListeners('error');
    // A connection that could not be accepted is the peer's to try again.
    server.on('error', () => undefined);
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#local = { host: local.host, port };
    return port;
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

  #find(path: TransportPath): TcpConnection | undefined {
    const named = path.connectionId === undefined ? undefined : this.#byId.get(path.connectionId);
    return named ?? this.#byPeer.get(keyOf(path));
  }

  #open(path: TransportPath): TcpConnection | undefined {
    if (this.#byId.size >= MAX_CONNECTIONS || this.#server === undefined) return undefined;
    const host = this.#local?.host ?? '';
    const from = isWildcard(host) ? {} : { localAddress: host };
    const socket = connect({ host: path.address, port: path.port, ...from });
    return this.#add(socket, path);
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) socket.destroy();
    else this.#add(socket, { address: remoteAddress, port: remotePort });
  }

  #add(socket: Socket, peer: { readonly address: string; readonly port: number }): TcpConnection {
    const id = this.#nextId++;
    const key = keyOf(peer);
    const connection = new TcpConnection({
      id,
      socket,
      peer,
      timers: this.#options.timers,
      idleMs: IDLE_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maxWaitingBytes: MAX_WAITING_BYTES,
      receiver: this.#options.receiver,
      closed: () => {
        this.#byId.delete(id);
        if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
      },
    });
    this.#byId.set(id, connection);
    this.#byPeer.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const connection of [...this.#byId.values()]) connection.end();
    if (server === undefined) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const keyOf = (peer: { readonly address: string; readonly port: number }): string =>
  `${peer.address}:${peer.port}`;
