/**
 * Status and reason of the response that is made up for a request that could not be delivered (RFC 3261 section
 * 8.1.3.1). What a transport says about its TLS is passed on; any other failure has no words of its own.
 *
 * @param failure What the transport reported: a system's code, or a text that begins with `TLS:`.
 */
export function undeliveredStatus(failure: string): readonly [status: number, reason: string] {
  return [503, failure.startsWith('TLS:') ? failure : 'Service Unavailable'];
}
