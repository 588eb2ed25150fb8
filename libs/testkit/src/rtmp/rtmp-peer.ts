import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { systemTimers } from '#foundation';
import type { Timers } from '#foundation';
import type { PeerMessage } from './chunk-splitter.ts';
import { KeyLedger } from './key-ledger.ts';
import type { PeerValue } from './peer-amf.ts';
import type { PeerBehaviour, PeerStep } from './peer-behaviour.ts';
import { PeerConnection } from './peer-connection.ts';
import type { PeerEar } from './peer-connection.ts';

const MEDIA_TYPES: ReadonlyMap<number, 'audio' | 'video' | 'script'> = new Map([
  [8, 'audio'],
  [9, 'video'],
  [18, 'script'],
]);

/** A tag as it reached the peer. */
export interface PeerTag {
  readonly kind: 'audio' | 'video' | 'script';
  readonly timestampMs: number;
  readonly body: Buffer;
}

/** Where a peer listens, and what it keeps. */
export interface PeerPlace {
  /** Default: 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1';
  /** Default: a free one. */
  readonly port?: number;
  /** Certificate and key: the peer speaks RTMPS. */
  readonly tls?: TlsOptions;
  /** For ghosts and slow reading. Default: the system's. */
  readonly timers?: Timers;
  /** False for servers that run for long: nothing that has passed is kept. Default: true. */
  readonly remembers?: boolean;
  readonly onTag?: (key: string, tag: PeerTag) => void;
}

/**
 * An RTMP server that records everything and misbehaves on request. Written from RTMP 1.0 and the rules of servers in
 * use, and without our protocol libraries, so that it can judge them. One publisher at a time has a key.
 */
export class RtmpPeer {
  readonly behaviour: PeerBehaviour;
  /** Commands of all connections, as AMF values, in the order they came. */
  readonly commands: (readonly PeerValue[])[] = [];
  readonly tags: PeerTag[] = [];
  /** Other messages: control and unknown ones. */
  readonly messages: PeerMessage[] = [];
  /** Steps reached, over all connections. */
  readonly steps: PeerStep[] = [];
  readonly connections: PeerConnection[] = [];
  readonly keys: KeyLedger;
  readonly #place: PeerPlace;
  readonly #open = new Set<PeerConnection>();
  readonly #waiters = new Set<() => void>();
  #server: Server;
  #port = 0;
  #connectionCount = 0;

  private constructor(behaviour: PeerBehaviour, place: PeerPlace) {
    this.behaviour = behaviour;
    this.#place = place;
    this.keys = new KeyLedger(place.timers ?? systemTimers);
    this.#server = this.#createServer();
  }

  static async start(behaviour: PeerBehaviour = {}, place: PeerPlace = {}): Promise<RtmpPeer> {
    const peer = new RtmpPeer(behaviour, place);
    await peer.#listen(place.port ?? 0);
    return peer;
  }

  get port(): number {
    return this.#port;
  }

  url(app: string, key: string): string {
    const { host = '127.0.0.1', tls } = this.#place;
    const authority = host === '::1' ? '[::1]' : host;
    return `${tls === undefined ? 'rtmp' : 'rtmps'}://${authority}:${this.port}/${app}/${key}`;
  }

  get openOnes(): readonly PeerConnection[] {
    return [...this.#open];
  }

  /** How many connections are open. */
  get openConnections(): number {
    return this.#open.size;
  }

  /** How many there ever were. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Resolves when `condition` holds; it is asked again whenever something has come in or gone. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }

  /** Ends all connections: politely, or by a reset. */
  hangUp(how: 'fin' | 'reset'): void {
    for (const connection of this.#open) {
      if (how === 'fin') connection.halfClose();
      else connection.reset();
    }
  }

  /** Stops reading on all connections, as a frozen process does, or goes on. */
  freeze(isFrozen: boolean): void {
    for (const { socket } of this.#open) {
      if (isFrozen) socket.pause();
      else socket.resume();
    }
  }

  async stop(): Promise<void> {
    this.keys.clear();
    this.hangUp('reset');
    await new Promise((resolve) => this.#server.close(resolve));
    this.keys.clear();
  }

  /** Listens again on the same port. */
  async comeBack(): Promise<void> {
    this.#server = this.#createServer();
    await this.#listen(this.#port);
  }

  #createServer(): Server {
    const { tls } = this.#place;
    if (tls === undefined) {
      const server = createServer();
      server.on('connection', (socket) => this.#accept(socket, socket));
      return server;
    }
    const server = createTlsServer({ ...tls });
    const raws: Socket[] = [];
    // Below every TLS connection is a TCP connection from the same port of the client.
    server.on('connection', (raw: Socket) => raws.push(raw));
    server.on('secureConnection', (socket) => {
      const at = raws.findIndex((raw) => raw.remotePort === socket.remotePort);
      const [raw = socket] = at < 0 ? [] : raws.splice(at, 1);
      this.#accept(socket, raw);
    });
    server.on('tlsClientError', () => this.#changed());
    return server;
  }

  async #listen(port: number): Promise<void> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.#place.host ?? '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  #accept(socket: Socket, raw: Socket): void {
    this.#connectionCount += 1;
    const connection: PeerConnection = new PeerConnection(
      socket,
      { ...this.behaviour },
      this.#ear(() => connection.key ?? ''),
      raw,
    );
    socket.on('close', () => {
      this.#open.delete(connection);
      this.#changed();
    });
    this.#open.add(connection);
    this.#record(this.connections, connection);
  }

  #ear(key: () => string): PeerEar {
    return {
      timers: this.#place.timers ?? systemTimers,
      onStep: (step) => this.#record(this.steps, step),
      onCommand: (values) => this.#record(this.commands, values),
      onMessage: (message) => {
        const kind = MEDIA_TYPES.get(message.typeId);
        if (kind === undefined) this.#record(this.messages, message);
        else {
          const { timestampMs, payload } = message;
          const tag = { kind, timestampMs, body: payload };
          this.#place.onTag?.(key(), tag);
          this.#record(this.tags, tag);
        }
      },
      claimKey: (name, holder) => this.keys.claim(name, holder),
      releaseKey: (name, holder, hasSaidGoodbye) =>
        this.keys.release(name, holder, hasSaidGoodbye ? 0 : (this.behaviour.ghostMs ?? 0)),
    };
  }

  #record<T>(list: T[], item: T): void {
    if (this.#place.remembers !== false) list.push(item);
    this.#changed();
  }

  #changed(): void {
    for (const check of [...this.#waiters]) check();
  }
}
