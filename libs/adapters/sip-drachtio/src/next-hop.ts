import type { DialRequest } from '#domain';
import type { SrfResponse } from './srf-types.ts';

const LITERAL_HOST = /^sips?:(?:[^@]*@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?=[:;?]|$)/i;
const ADDRESS = /^[\da-f.:]{2,45}$/i;

/** The transport that a SIP URI names. */
export function transportOf(uri: string | undefined): string | undefined {
  return /;transport=([\w-]{1,10})/i.exec(uri ?? '')?.[1]?.toLowerCase();
}

/** Where an INVITE goes. */
export type Route = Pick<DialRequest, 'to' | 'outboundProxy'>;

/** Whether the certificate says who answers, so that the address does not matter. */
export function isCertified({ to, outboundProxy }: Route): boolean {
  const transport = transportOf(outboundProxy) ?? transportOf(to);
  return /^sips:/i.test(outboundProxy ?? to) || transport === 'tls' || transport === 'wss';
}

/**
 * The outbound proxy for a request that answers a challenge: the host that sent it, because a name may resolve to
 * another host of the same pool, which does not know the nonce. An address literal leads there anyway, and on TLS the
 * name is needed to check the certificate: those stay as they are. Where no URI names a transport the DNS may have
 * chosen one (RFC 3263 section 4.1): that of the challenge.
 */
export function pinnedProxy(route: Route, response: SrfResponse): string | undefined {
  const { to, outboundProxy } = route;
  const hop = outboundProxy ?? to;
  const { source_address: address = '', source_port: port, protocol } = response;
  const transport = transportOf(outboundProxy) ?? transportOf(to) ?? chosenTransport(protocol);
  if (
    isCertified(route) ||
    transport === 'tls' ||
    LITERAL_HOST.test(hop) ||
    !ADDRESS.test(address) ||
    port === undefined
  ) {
    return outboundProxy;
  }
  const host = address.includes(':') ? `[${address}]` : address;
  return `sip:${host}:${port}${transport === undefined ? '' : `;transport=${transport}`}`;
}

/** A transport that has to be named, because it is not the usual one. */
const chosenTransport = (protocol = ''): string | undefined =>
  ['tcp', 'tls'].find((name) => name === protocol.toLowerCase());
