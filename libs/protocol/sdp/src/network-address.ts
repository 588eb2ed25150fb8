/** What a media address of SDP is: good to send to, the sign for hold, or never to be used. */
export type AddressKind = 'usable' | 'unspecified' | 'refused';

const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;
const LOOKS_LIKE_IPV4 = /^[\d.]+$/;

function ipv4Octets(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function kindOfIpv4(octets: readonly number[]): AddressKind {
  const [first = 0] = octets;
  if (octets.every((octet) => octet === 0)) return 'unspecified';
  // 0/8 means "this network", 224/4 is multicast, 240/4 is reserved and ends in broadcast.
  return first === 0 || first >= 224 ? 'refused' : 'usable';
}

/** The groups of one side of `::`, or undefined when one of them is no group. */
function ipv6Groups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const octets = index === parts.length - 1 ? ipv4Octets(part) : undefined;
    if (octets !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push((a << 8) | b, (c << 8) | d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else return undefined;
  }
  return groups;
}

function expandIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = ipv6Groups(halves[0] ?? '');
  const tail = halves.length === 2 ? ipv6Groups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function kindOfIpv6(text: string): AddressKind {
  const groups = expandIpv6(text);
  if (groups === undefined) return 'refused';
  if (groups.every((group) => group === 0)) return 'unspecified';
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) {
    const [high = 0, low = 0] = groups.slice(6);
    return kindOfIpv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
  }
  return ((groups[0] ?? 0) & 0xff00) === 0xff00 ? 'refused' : 'usable';
}

/**
 * Judges the address of a `c=` line. Says nothing about private networks: that is a policy of the one who sends.
 *
 * @param address An IPv4 or IPv6 literal or a host name, without the `/ttl` of multicast.
 */
export function kindOfAddress(address: string): AddressKind {
  if (address.includes(':')) return kindOfIpv6(address);
  const octets = ipv4Octets(address);
  if (octets !== undefined) return kindOfIpv4(octets);
  return !LOOKS_LIKE_IPV4.test(address) && HOST_NAME.test(address) ? 'usable' : 'refused';
}

/** 6 for an IPv6 literal, 4 for everything else, as written after `IN IP`. */
export function ipVersionOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
