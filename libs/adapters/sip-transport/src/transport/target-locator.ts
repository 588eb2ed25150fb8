import { isIP } from 'node:net';
import { parseUri, SipParseError } from '#protocol/sip';
import type { FoundRoute, RouteFinder, SipUri, TransportName, TransportPath } from '#protocol/sip';
import type { HostResolver } from './host-resolver.ts';

const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

/** What the locator asks the sockets. */
export interface LocalReach {
  /** Whether there is a socket that sends by that transport to addresses of that IP version. */
  reaches(transport: TransportName, family: 4 | 6): boolean;
  /** Whether a path leads back to one of our own sockets. */
  isOurselves(path: TransportPath): boolean;
}

/** What the target locator works with. */
export interface TargetLocatorOptions {
  readonly hosts: HostResolver;
  readonly reach: LocalReach;
}

/**
 * Finds the paths to the host of a URI: its transport, its addresses, its port. `maddr` overrules the host as RFC 3263
 * section 4 wants it; the certificate of a TLS peer is still that of the host (RFC 5922 section 7.3).
 */
export class TargetLocator implements RouteFinder {
  readonly #options: TargetLocatorOptions;

  constructor(options: TargetLocatorOptions) {
    this.#options = options;
  }

  find(uri: string): FoundRoute {
    const target = readUri(uri);
    if (target === undefined) return { kind: 'unusable', problem: 'invalidUri' };
    const transport = transportOf(target);
    const { reach } = this.#options;
    const isThere = (family: 4 | 6): boolean =>
      transport !== undefined && reach.reaches(transport, family);
    if (transport === undefined || !(isThere(4) || isThere(6))) {
      const problem = target.scheme === 'sips' ? 'unsupportedScheme' : 'transportNotAvailable';
      return { kind: 'unusable', problem };
    }
    const host = hostOf(target);
    const family = familyOf(host);
    if (family === undefined) return { kind: 'name', transport };
    if (!isThere(family)) return { kind: 'unusable', problem: 'transportNotAvailable' };
    const path = pathOf(target, transport, host);
    if (reach.isOurselves(path)) return { kind: 'unusable', problem: 'ourselves' };
    return { kind: 'path', path };
  }

  resolve(uri: string, resolved: (paths: readonly TransportPath[]) => void): void {
    const target = parseUri(uri);
    const transport = transportOf(target) ?? 'udp';
    const { hosts, reach } = this.#options;
    void hosts.resolve(hostOf(target)).then((addresses) => {
      const paths = addresses.map((address) => pathOf(target, transport, address));
      // Nothing is reached any more when the sockets were closed meanwhile.
      resolved(paths.filter((path) => isReached(path, reach) && !reach.isOurselves(path)));
    });
  }
}

function readUri(uri: string): SipUri | undefined {
  try {
    return parseUri(uri);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return undefined;
  }
}

const isReached = ({ transport, address }: TransportPath, reach: LocalReach): boolean =>
  reach.reaches(transport, familyOf(address) ?? 4);

/** Name or address literal to look for, without brackets. */
function hostOf({ host, params }: SipUri): string {
  const maddr = params.get('maddr');
  return (typeof maddr === 'string' ? maddr : host).replace(/^\[|\]$/g, '');
}

function familyOf(host: string): 4 | 6 | undefined {
  const family = isIP(host);
  return family === 4 || family === 6 ? family : undefined;
}

function pathOf(target: SipUri, transport: TransportName, address: string): TransportPath {
  const path = { transport, address, port: target.port ?? DEFAULT_PORTS[transport] };
  return transport === 'tls' ? { ...path, serverName: target.host.replace(/^\[|\]$/g, '') } : path;
}

/** What a URI asks for: UDP, or TLS for `sips:`, unless it says otherwise; undefined when it is nothing we know. */
function transportOf({ scheme, params }: SipUri): TransportName | undefined {
  const asked = params.get('transport') ?? (scheme === 'sips' ? 'tls' : 'udp');
  const name = typeof asked === 'string' ? asked.toLowerCase() : '';
  // RFC 3261 section 26.2.2: `sips:` with `transport=tcp` is TLS over TCP.
  if (scheme === 'sips') return name === 'tcp' || name === 'tls' ? 'tls' : undefined;
  return name === 'udp' || name === 'tcp' || name === 'tls' ? name : undefined;
}
