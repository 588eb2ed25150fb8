import type { SipUri } from '../message/uri.ts';
import type { TransportName, TransportPath } from '../transaction/transport-path.ts';

/** Where SIP is spoken when nobody names a port (RFC 3261 section 19.1.2). */
export const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
};

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^(?=.*:.*:)[\da-f:.]{2,45}$/i;

/** The version of an address literal without brackets; undefined for a name. */
export function addressFamily(host: string): 4 | 6 | undefined {
  if (IPV4.test(host)) return 4;
  return IPV6.test(host) ? 6 : undefined;
}

/** What of a URI says where it leads (RFC 3263 section 4). */
export interface UriTarget {
  readonly isSecure: boolean;
  /** Name or address literal without brackets: the `maddr` parameter, else the host. */
  readonly host: string;
  /** The name on the certificate of a TLS peer: the host, whatever `maddr` says (RFC 5922 section 7.3). */
  readonly serverName: string;
  readonly port: number | undefined;
  /** The transport that is asked for, if any; `unknown` for one that is none of ours. */
  readonly transport: TransportName | 'unknown' | undefined;
}

/** Reads the target off a URI. */
export function targetOf({ scheme, host, port, params }: SipUri): UriTarget {
  const maddr = params.get('maddr');
  const isSecure = scheme === 'sips';
  return {
    isSecure,
    host: withoutBrackets(typeof maddr === 'string' ? maddr : host),
    serverName: withoutBrackets(host),
    port,
    transport: askedTransport(params.get('transport'), isSecure),
  };
}

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '');

function askedTransport(
  asked: string | true | undefined,
  isSecure: boolean,
): UriTarget['transport'] {
  if (asked === undefined) return undefined;
  const name = String(asked).toLowerCase();
  // RFC 3261 section 26.2.2: `sips:` with `transport=tcp` is TLS over TCP.
  if (isSecure) return name === 'tcp' || name === 'tls' ? 'tls' : 'unknown';
  return name === 'udp' || name === 'tcp' || name === 'tls' ? name : 'unknown';
}

/** The path to an address of a target. */
export function pathTo(
  { serverName }: UriTarget,
  at: {
    readonly transport: TransportName;
    readonly address: string;
    readonly port: number | undefined;
  },
): TransportPath {
  const { transport, address, port = DEFAULT_PORTS[transport] } = at;
  return { transport, address, port, ...(transport === 'tls' ? { serverName } : {}) };
}
