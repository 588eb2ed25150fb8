import { z } from 'zod';

const SERVER = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i;
const MAX_SERVERS = 8;

function isServer(text: string): boolean {
  const [, inBrackets, plain, port] = SERVER.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (inBrackets !== undefined) return z.ipv6().safeParse(inBrackets).success;
  return z.union([z.ipv4(), z.ipv6()]).safeParse(plain ?? text).success;
}

/** Name servers as a comma list of `address` or `address:port`, IPv6 in brackets with a port; becomes an array. */
export const dnsServersSchema = z
  .string()
  .transform((text) => text.split(',').map((server) => server.trim()))
  .refine((servers) => servers.length <= MAX_SERVERS && servers.every(isServer), {
    error: `must be at most ${MAX_SERVERS} addresses of name servers, such as 192.0.2.53,[2001:db8::53]:53`,
  });
