import { formatVia, splitList, topVia } from '#protocol/sip';
import type { SipRequest, SipResponse, TransportPath, Via } from '#protocol/sip';
import { canonicalHost } from './wire.ts';
import type { Origin } from './wire.ts';

/**
 * Notes on the top Via where a request really came from: `received` when it is not what Via says (RFC 3261
 * section 18.2.1), and on UDP always `rport` with the port (RFC 3581, answered even when it was not asked for).
 */
export function stampReceived(request: SipRequest, origin: Origin): SipRequest {
  const via = topVia(request);
  const params = new Map(via.params);
  if (origin.transport === 'udp' || params.has('rport')) params.set('rport', String(origin.port));
  // An IPv6 address has no brackets here (RFC 5118 section 4.5).
  if (canonicalHost(via.host) !== canonicalHost(origin.address)) {
    params.set('received', origin.address);
  }
  // What the sender wrote itself would send a response anywhere once its connection is gone.
  else params.delete('received');
  const headers = request.headers.clone();
  const [first, ...others] = headers.getAll('Via').flatMap(splitList);
  if (first === undefined) return request;
  headers.remove('Via');
  for (const other of others.reverse()) headers.prepend('Via', other);
  headers.prepend('Via', formatVia({ ...via, params }));
  return { ...request, headers };
}

/**
 * Where a response goes when the connection its request came in on is gone: to the sender's address and the port
 * it says it listens on (RFC 3261 section 18.2.2), never to the port the lost connection had.
 */
export function sentByPath(response: SipResponse, lost: TransportPath): TransportPath {
  const via: Via = topVia(response);
  const received = via.params.get('received');
  const sentBy = canonicalHost(via.host);
  const address = typeof received === 'string' ? canonicalHost(received) : sentBy;
  const { transport } = lost;
  const port = via.port ?? (transport === 'tls' ? 5061 : 5060);
  return { transport, address, port, ...(transport === 'tls' ? { serverName: sentBy } : {}) };
}
