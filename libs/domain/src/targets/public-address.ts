import { ipAddressBytes } from '#foundation';

/** Networks that are not the public Internet (RFC 6890 and what can stand for them in IPv6), with their prefix lengths. */
const NOT_PUBLIC: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
];
const networks = NOT_PUBLIC.map(([address, prefixBits]) => ({
  bits: bitsOf(ipAddressBytes(address) ?? []).slice(0, prefixBits),
  version: address.includes(':') ? 6 : 4,
}));
const MAPPED_IPV4 = bitsOf(ipAddressBytes('::ffff:0:0') ?? []).slice(0, 96);

function bitsOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

/**
 * Why an address may not be called when targets must be public, or undefined when it may.
 *
 * @param address An IPv4 or IPv6 literal; anything else is refused.
 */
export function refusalOfAddress(address: string): string | undefined {
  const bits = bitsOf(ipAddressBytes(address) ?? []);
  if (bits === '') return 'is not a usable address';
  const isMapped = bits.length > 32 && bits.startsWith(MAPPED_IPV4);
  const plain = isMapped ? bits.slice(MAPPED_IPV4.length) : bits;
  const version = plain.length === 32 ? 4 : 6;
  const isRefused = networks.some(
    (network) => network.version === version && plain.startsWith(network.bits),
  );
  return isRefused ? 'is a private, local or reserved address' : undefined;
}
