import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket, SocketOptions } from 'node:dgram';
import type { Timer, Timers } from '#foundation';
import type { PathFailure } from '#protocol/sip';
import { ipVersionOf } from './wire.ts';
import type { LocalEndpoint } from './wire.ts';

/** Datagrams that wait until the socket is connected; more are dropped, as any datagram may be. */
const MAX_WAITING = 256;

/** A socket that shares its port with others and takes addresses of one IP version only, never names. */
export function socketOptions(host: string): SocketOptions {
  const version = ipVersionOf(host);
  return {
    type: version === 6 ? 'udp6' : 'udp4',
    reuseAddr: true,
    ipv6Only: version === 6,
    // Without this the system is asked, and datagrams overtake each other.
    lookup: (address, _options, done) => done(null, address, version),
  };
}

/** What the socket of one peer works with. */
export interface UdpPeerSocketOptions {
  readonly local: LocalEndpoint;
  readonly peer: { readonly address: string; readonly port: number };
  readonly timers: Timers;
  readonly idleMs: number;
  readonly received: (bytes: Uint8Array, from: RemoteInfo) => void;
  /** Sends without hearing of refusals, for when this socket cannot be had. */
  readonly sendElsewhere: (bytes: Uint8Array) => void;
  readonly closed: () => void;
}

/** A socket connected to one peer that shares the local port, so that refusals of that peer are heard. */
export class UdpPeerSocket {
  readonly #options: UdpPeerSocketOptions;
  readonly #socket: Socket;
  readonly #watchers = new Set<PathFailure>();
  #waiting: Uint8Array[] | undefined = [];
  #isBound = false;
  #idle: Timer | undefined;
  #isClosed = false;

  constructor(options: UdpPeerSocketOptions) {
    this.#options = options;
    this.#socket = createSocket(socketOptions(options.local.host));
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
    // A port that cannot be had is told of while this is still being made, before anything waits to be sent.
    this.#socket.on('error', (error) => process.nextTick(() => this.#fail(error)));
    const { local, peer } = options;
    this.#socket.bind({ address: local.host, port: local.port, exclusive: true }, () => {
      this.#isBound = true;
      this.#socket.connect(peer.port, peer.address, (error?: Error) => {
        // An address that no packet can go to, or no network at all: nothing but this callback says so.
        if (error === undefined) this.#sendWaiting();
        else this.#fail(error);
      });
    });
    this.#stayOpen();
  }

  send(bytes: Uint8Array, failed?: PathFailure): void {
    if (this.#isClosed) return;
    if (failed !== undefined) this.#watchers.add(failed);
    this.#stayOpen();
    if (this.#waiting === undefined) this.#write(bytes);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(bytes);
  }

  release(failed: PathFailure): void {
    this.#watchers.delete(failed);
  }

  #sendWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const bytes of waiting) this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#socket.send(bytes, (error) => {
      if (error !== null) this.#fail(error);
    });
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    // The peer is there: a later refusal has nothing to do with what was sent before.
    this.#watchers.clear();
    this.#stayOpen();
    this.#options.received(bytes, from);
  }

  #fail(error: Error): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    if (!this.#isBound) {
      // No second socket on our port (too many files open?): that says nothing about the peer.
      for (const bytes of this.#waiting ?? []) this.#options.sendElsewhere(bytes);
      this.close();
      return;
    }
    const reason = 'code' in error ? String(error.code) : error.message;
    // A socket that never got connected is of no use.
    if (this.#waiting !== undefined) this.close();
    for (const failed of watchers) failed(reason);
  }

  #stayOpen(): void {
    this.#idle?.cancel();
    this.#idle = this.#options.timers.after(this.#options.idleMs, () => this.close());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#idle?.cancel();
    this.#waiting = undefined;
    this.#socket.close();
    this.#options.closed();
  }
}
