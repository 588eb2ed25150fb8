import { z } from 'zod';

const isIpv6 = (address: string): boolean => address.includes(':');
/** Whether an address stands for all addresses of the machine. */
const isWildcard = (address: string): boolean => /^(?:0\.0\.0\.0|[0:]*:[0:]*)$/.test(address);
/** A name may have addresses of both IP versions. */
const isName = (address: string): boolean => !isIpv6(address) && !/^[\d.]+$/.test(address);

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));

/** Addresses to listen on: one, or one of each IP version with a comma between them. */
export const localAddresses = list
  .pipe(z.array(z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address')))
  .refine((hosts) => new Set(hosts.map(isIpv6)).size === hosts.length, {
    error: 'must be one address, or one of each IP version: 127.0.0.1,::1',
  });

/** Addresses or names that peers are told: one, or one for each IP version with a comma between them. */
export const advertisedAddresses = list.pipe(
  z
    .array(
      z.union(
        [z.ipv4(), z.ipv6(), z.string().regex(/^[\w.-]{1,253}$/)],
        'must be an address or a host name',
      ),
    )
    .max(2),
);

/**
 * What peers are told in the place of an address that is listened on.
 *
 * @returns undefined when nothing fits: `host` is a wildcard.
 */
export function advertisedFor(host: string, given: readonly string[]): string | undefined {
  const fits = (address: string): boolean => !isName(address) && isIpv6(address) === isIpv6(host);
  const found = given.find(fits) ?? given.find(isName);
  return found ?? (isWildcard(host) ? undefined : host);
}
