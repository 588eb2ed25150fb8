import { lookup, Resolver } from 'node:dns/promises';

/** How long one question to one name server may take, in milliseconds. */
const QUERY_TIMEOUT_MS = 2000;
const QUERY_TRIES = 2;

/** Finds the IPv4 addresses of a host name. */
export interface HostResolver {
  /** The addresses in the order to be tried; empty when the name is unknown. Never rejects. */
  resolve(host: string): Promise<readonly string[]>;
}

/**
 * Asks the name servers for A records and, when they know nothing, the system (which reads the hosts file).
 * Names that by RFC 6761 are never in the DNS are not asked for.
 */
export function dnsHostResolver(): HostResolver {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  return {
    async resolve(host) {
      const name = host.toLowerCase().replace(/\.$/, '');
      if (name === 'invalid' || name.endsWith('.invalid')) return [];
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1'];
      try {
        return await resolver.resolve4(name);
      } catch {
        // Whatever the name servers say, the hosts file may know better.
        return await fromSystem(name);
      }
    },
  };
}

async function fromSystem(name: string): Promise<readonly string[]> {
  try {
    const found = await lookup(name, { family: 4, all: true });
    return found.map(({ address }) => address);
  } catch {
    // Every failure means the same to the caller: nobody knows the name.
    return [];
  }
}
