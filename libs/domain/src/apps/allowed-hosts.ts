/** As names are compared: lower case, without a dot at the end and without the brackets of IPv6. */
const plain = (host: string): string =>
  host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');

/**
 * Whether a host is on a list. `*.example.com` is every name below example.com, at any depth, and not example.com itself.
 *
 * @param allowed Null allows every host, an empty list none.
 */
export function isHostAllowed(host: string, allowed: readonly string[] | null): boolean {
  if (allowed === null) return true;
  const name = plain(host);
  return allowed.some((entry) => {
    const pattern = plain(entry);
    if (!pattern.startsWith('*.')) return name === pattern;
    return name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
  });
}
