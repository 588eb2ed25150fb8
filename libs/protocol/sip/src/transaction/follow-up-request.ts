import { SipHeaders } from '../message/headers.ts';
import { parseCSeq } from '../message/cseq.ts';
import { EMPTY_BODY } from '../message/message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';

/** A request that repeats the identity of an INVITE: same URI, top Via, Call-ID, From, CSeq number and Route. */
function followUp(
  invite: SipRequest,
  method: 'ACK' | 'CANCEL',
  to: string | undefined,
): SipRequest {
  const headers = new SipHeaders();
  const copy = (name: string, value = invite.headers.get(name)): void => {
    if (value !== undefined) headers.append(name, value);
  };
  copy('Via');
  headers.append('Max-Forwards', '70');
  copy('From');
  copy('To', to);
  copy('Call-ID');
  const { sequence } = parseCSeq(invite.headers.get('CSeq') ?? '');
  headers.append('CSeq', `${sequence} ${method}`);
  for (const route of invite.headers.getAll('Route')) headers.append('Route', route);
  headers.append('Content-Length', '0');
  return { kind: 'request', method, uri: invite.uri, headers, body: EMPTY_BODY };
}

/**
 * The ACK of a failure response (RFC 3261 section 17.1.1.3): hop by hop, part of the INVITE's transaction,
 * so with its branch and Route; only To is the response's, for its tag.
 */
export function buildFailureAck(invite: SipRequest, response: SipResponse): SipRequest {
  return followUp(invite, 'ACK', response.headers.get('To'));
}

/**
 * The CANCEL of an INVITE (RFC 3261 section 9.1): same branch, To without a tag for an initial INVITE,
 * Route copied, neither Require nor Proxy-Require.
 *
 * @param extraHeaders Further headers, such as Reason.
 */
export function buildCancel(
  invite: SipRequest,
  extraHeaders: Iterable<readonly [string, string]> = [],
): SipRequest {
  const cancel = followUp(invite, 'CANCEL', invite.headers.get('To'));
  for (const [name, value] of extraHeaders) {
    if (!cancel.headers.has(name)) cancel.headers.append(name, value);
  }
  return cancel;
}
