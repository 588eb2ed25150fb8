import { formatNameAddr, formatUri, parseNameAddr, parseUri, SipParseError } from '#protocol/sip';
import type { SipRequest } from '#protocol/sip';
import type { TransportManager } from '../transport/transport-manager.ts';
import type { OwnAddress } from './header-policy.ts';

/**
 * Fits a Contact at our own address to the path that its request goes, which is unknown until the name of the next hop
 * was looked up: address and port of the IP version, the transport, and `sips:` if the request goes to one (RFC 3261
 * section 8.1.1.8). Without the transport a peer on TLS would send its BYE by UDP. Any other Contact stays.
 */
export function fitContact(
  request: SipRequest,
  own: OwnAddress,
  transports: Pick<TransportManager, 'isHostPort'>,
): SipRequest {
  const contact = request.headers.get('Contact');
  if (contact === undefined) return request;
  const fitted = fittedContact(contact, { own, transports, isSecure: /^sips:/i.test(request.uri) });
  if (fitted === contact) return request;
  const headers = request.headers.clone();
  headers.set('Contact', fitted);
  return { ...request, headers };
}

function fittedContact(
  contact: string,
  to: {
    readonly own: OwnAddress;
    readonly transports: Pick<TransportManager, 'isHostPort'>;
    readonly isSecure: boolean;
  },
): string {
  const address = readContact(contact);
  if (address === undefined || !to.transports.isHostPort(address.uri.host, address.uri.port)) {
    return contact;
  }
  const { uri } = address;
  const params = new Map(uri.params);
  params.delete('transport');
  // `sips:` says it all (RFC 5630 section 3.1.4).
  if (to.own.transport !== 'udp' && !to.isSecure) params.set('transport', to.own.transport);
  const userInfo = uri.user === undefined ? {} : { user: uri.user };
  const scheme = to.isSecure ? 'sips' : uri.scheme;
  const own = formatUri({ scheme, ...userInfo, host: to.own.hostPort, params });
  return formatNameAddr({ ...address.nameAddr, uri: own });
}

function readContact(contact: string) {
  try {
    const nameAddr = parseNameAddr(contact);
    return { nameAddr, uri: parseUri(nameAddr.uri) };
  } catch (error) {
    // `*`, a list or a foreign scheme: none of them is ours.
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
