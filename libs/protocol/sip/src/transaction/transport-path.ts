import type { SipMessage } from '../message/message.ts';

/** How SIP messages travel. */
export type TransportName = 'udp' | 'tcp' | 'tls';

/** One way to one peer: requests and responses that belong together travel the same path. */
export interface TransportPath {
  readonly transport: TransportName;
  /** IP address literal of the peer, without brackets. */
  readonly address: string;
  readonly port: number;
  /**
   * On TLS the name that the peer's certificate must carry: the host of the URI that led here (RFC 5922 section 7.3).
   * Paths that differ in it only are different connections.
   */
  readonly serverName?: string;
  /** The stream connection a message came in on; absent on datagram transports and for new connections. */
  readonly connectionId?: number;
}

/** Where a received message came from. */
export interface Arrival {
  /** The way back to the sender. */
  readonly path: TransportPath;
  /** Address and port of ours that the message was received on. */
  readonly localAddress: string;
  readonly localPort: number;
}

/** Puts messages on the wire. */
export interface MessageOutlet {
  /**
   * Sends one message once. `failed` is called, until it is released, each time the path turns out not to work
   * (refused, unreachable, connection lost).
   */
  send(message: SipMessage, path: TransportPath, failed?: PathFailure): void;
  /** The transaction is over: its `failed` will not be called any more. */
  release(path: TransportPath, failed: PathFailure): void;
}

/** Hears that a path does not work. */
export type PathFailure = (reason: string) => void;

/** Whether the transport itself repeats what gets lost, so that SIP's own repetition is not needed. */
export const isReliable = (path: TransportPath): boolean => path.transport !== 'udp';
