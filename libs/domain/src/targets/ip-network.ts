import { ipAddressBytes } from '#foundation';

/** A range of IP addresses: all that begin with the same bits. */
export interface IpNetwork {
  readonly version: 4 | 6;
  /** The bits that they have in common, as a text of 0 and 1. */
  readonly prefix: string;
}

const bitsOf = (bytes: readonly number[]): string =>
  bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');

const MAPPED_IPV4 = bitsOf(ipAddressBytes('::ffff:0:0') ?? []).slice(0, 96);

/** The bits of an address; of an IPv4 address within IPv6 (RFC 4291 section 2.5.5.2) those of IPv4. */
function plainBits(address: string): string | undefined {
  const bytes = ipAddressBytes(address);
  if (bytes === undefined) return undefined;
  const bits = bitsOf(bytes);
  const isMapped = bits.length > 32 && bits.startsWith(MAPPED_IPV4);
  return isMapped ? bits.slice(MAPPED_IPV4.length) : bits;
}

/**
 * Reads `10.0.0.0/8`, `fd00::/8`, or one address; undefined for any other text.
 *
 * @see RFC 4632 section 3.1 and RFC 4291 section 2.3
 */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = ipAddressBytes(address);
  if (bytes === undefined || address.includes('%')) return undefined;
  const bits = bitsOf(bytes);
  const prefixBits = length === undefined ? bits.length : Number(length);
  if (prefixBits > bits.length) return undefined;
  return { version: bits.length === 32 ? 4 : 6, prefix: bits.slice(0, prefixBits) };
}

/** Whether an address lies in one of the networks. What is no address lies in none. */
export function isInNetworks(address: string, networks: readonly IpNetwork[]): boolean {
  const bits = plainBits(address);
  if (bits === undefined) return false;
  const version = bits.length === 32 ? 4 : 6;
  return networks.some((network) => network.version === version && bits.startsWith(network.prefix));
}
