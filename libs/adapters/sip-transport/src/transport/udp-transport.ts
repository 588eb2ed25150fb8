import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Timers } from '#foundation';
import { parseSipMessage, SipParseError } from '#protocol/sip';
import type { PathFailure, TransportPath } from '#protocol/sip';
import { socketOptions, UdpPeerSocket } from './udp-peer-socket.ts';
import type { LocalEndpoint, WireReceiver } from './wire.ts';

/** Peers that are watched for refusals at a time; the one unused for longest makes room. */
const MAX_PEER_SOCKETS = 64;
/** How long the socket of a peer stays open after its last use, in milliseconds. */
const PEER_IDLE_MS = 40_000;

/** What the UDP transport works with. */
export interface UdpTransportOptions {
  readonly receiver: WireReceiver;
  readonly timers: Timers;
}

/**
 * SIP over UDP: one socket for everything, and beside it a connected socket per peer that requests go to. Only a
 * connected socket hears that a peer's port is closed (ICMP port unreachable). All share one local port.
 */
export class UdpTransport {
  readonly #options: UdpTransportOptions;
  readonly #peers = new Map<string, UdpPeerSocket>();
  #socket: Socket | undefined;
  #local: LocalEndpoint | undefined;

  constructor(options: UdpTransportOptions) {
    this.#options = options;
  }

  get peerSocketCount(): number {
    return this.#peers.size;
  }

  /** Binds the socket; rejects when the port is taken. */
  async bind(local: LocalEndpoint): Promise<void> {
    const socket = createSocket(socketOptions(local.host));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address: local.host, port: local.port, exclusive: true }, resolve);
    });
    socket.removeAllListeners('error');
    // An error of one datagram is reported by its own callback; the socket goes on.
    socket.on('error', () => undefined);
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
    this.#socket = socket;
    this.#local = local;
  }

  /**
   * Sends one datagram. With `failed` its peer is watched, and told of by `failed`, until released. Everything for
   * one peer goes through the same socket as long as there is one, so that an ACK stays in front of the BYE after it.
   */
  send(bytes: Uint8Array, path: TransportPath, failed?: PathFailure): void {
    if (this.#socket === undefined) return;
    const peer = failed === undefined ? this.#peers.get(keyOf(path)) : this.#peerSocket(path);
    if (peer === undefined) this.#sendUnwatched(bytes, path);
    else peer.send(bytes, failed);
  }

  #sendUnwatched(bytes: Uint8Array, path: TransportPath): void {
    this.#socket?.send(bytes, path.port, path.address, () => undefined);
  }

  release(path: TransportPath, failed: PathFailure): void {
    this.#peers.get(keyOf(path))?.release(failed);
  }

  #peerSocket(path: TransportPath): UdpPeerSocket {
    const key = keyOf(path);
    const known = this.#peers.get(key);
    this.#peers.delete(key);
    if (known !== undefined) {
      this.#peers.set(key, known);
      return known;
    }
    if (this.#peers.size >= MAX_PEER_SOCKETS) [...this.#peers.values()][0]?.close();
    const peer = new UdpPeerSocket({
      local: this.#local ?? { host: '0.0.0.0', port: 0 },
      peer: path,
      timers: this.#options.timers,
      idleMs: PEER_IDLE_MS,
      received: (bytes, from) => this.#receive(bytes, from),
      sendElsewhere: (bytes) => this.#sendUnwatched(bytes, path),
      closed: () => {
        if (this.#peers.get(key) === peer) this.#peers.delete(key);
      },
    });
    this.#peers.set(key, peer);
    return peer;
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    // Keep-alives: CR LF, zero bytes, STUN (its first two bits are 0, and no method begins so).
    if (bytes.length < 20 || (bytes[0] ?? 0) < 0x20) return;
    // Nobody can be answered there: it is forged.
    if (from.port === 0) return;
    const origin = {
      transport: 'udp' as const,
      address: from.address,
      port: from.port,
      localAddress: this.#local?.host ?? '',
      localPort: this.#local?.port ?? 0,
    };
    try {
      this.#options.receiver.message(parseSipMessage(bytes, 'datagram'), origin);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#options.receiver.malformed(error, origin);
    }
  }

  async close(): Promise<void> {
    for (const peer of [...this.#peers.values()]) peer.close();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

const keyOf = (path: TransportPath): string => `${path.address}:${path.port}`;
