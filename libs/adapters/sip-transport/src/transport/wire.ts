import { isIPv6 } from 'node:net';
import type { SipMessage, SipParseError, TransportName } from '#protocol/sip';

/** The version of the Internet Protocol. */
export type IpVersion = 4 | 6;

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
  malformed(error: SipParseError, origin: Origin): void;
  /** Something else was refused. */
  rejected(reason: string, origin: Origin): void;
}

/** Address and port that a socket is bound to. */
export interface LocalEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Whether a socket is bound to every address of the machine. */
export const isWildcard = (host: string): boolean =>
  host === '' || host === '0.0.0.0' || canonicalHost(host) === '::';

/** The IP version of an address literal; names count as version 4. */
export const ipVersionOf = (address: string): IpVersion => (isIPv6(address) ? 6 : 4);

/** An address as a URI or a Via writes it: IPv6 in brackets. */
export const asHost = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

/** A host without brackets, an IPv6 address in its shortest spelling, so that equal ones are equal. */
export function canonicalHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (!isIPv6(bare) || bare.includes('%')) return bare;
  return new URL(`http://[${bare}]`).hostname.slice(1, -1);
}
