import type { SipMessage, TransportName } from '#protocol/sip';

/** Where bytes or messages came from, as a socket knows it. */
export interface Origin {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** The stream connection; absent for datagrams. */
  readonly connectionId?: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** Takes what a socket received. */
export interface WireReceiver {
  /** A whole message, parsed and checked. */
  message(message: SipMessage, origin: Origin): void;
  /** Bytes that were not acceptable SIP. */
  rejected(reason: string, origin: Origin): void;
}

/** Address and port that a socket is bound to. */
export interface LocalEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Whether a socket is bound to every address of the machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '';
