import { ipAddressBytes } from '#foundation';
import { isInNetworks, parseIpNetwork } from './ip-network.ts';

/**
 * Networks that are not the public Internet: the registries of special addresses of IANA (RFC 6890), what stands for IPv4
 * addresses in IPv6, and one address of a cloud that lies outside of them. Of IPv6 only 2000::/3 is given out at all.
 */
const NOT_PUBLIC: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure answers there on every machine of its own, with what is meant for that machine.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Below and above 2000::/3, with ::1, 64:ff9b::/96, fc00::/7, fe80::/10 and ff00::/8 among them.
  '::/3',
  '4000::/2',
  '8000::/1',
  // Teredo, benchmarking, ORCHID.
  '2001::/23',
  '2001:db8::/32',
  // 6to4.
  '2002::/16',
  '3fff::/20',
];
const networks = NOT_PUBLIC.map(parseIpNetwork).filter((network) => network !== undefined);

/**
 * Why an address may not be called when targets must be public, or undefined when it may.
 *
 * @param address An IPv4 or IPv6 literal; anything else is refused.
 */
export function refusalOfAddress(address: string): string | undefined {
  if (ipAddressBytes(address) === undefined) return 'is not a usable address';
  const isRefused = isInNetworks(address, networks);
  return isRefused ? 'is a private, local or reserved address' : undefined;
}
