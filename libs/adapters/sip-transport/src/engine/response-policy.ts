import { responseTo, tagOf } from '#protocol/sip';
import type { SipRequest, SipResponse } from '#protocol/sip';
import { dialogHeaders } from './header-policy.ts';
import type { OwnAddress } from './header-policy.ts';

/** Methods that the stack lets through, as advertised. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, NOTIFY, REFER';

/**
 * Makes the response a client sketched whole: identity is the request's, the To tag is the client's or ours,
 * Record-Route is copied where a dialog begins (RFC 3261 section 12.1.1).
 */
export function completeResponse(
  request: SipRequest,
  sketch: SipResponse,
  own: OwnAddress & { readonly toTag: string },
): SipResponse {
  const { status, reason, body } = sketch;
  const toTag = tagOf(sketch.headers.get('To')) ?? own.toTag;
  const response = responseTo(request, {
    status,
    reason,
    ...(status > 100 ? { toTag } : {}),
  });
  const { headers } = response;
  headers.remove('Content-Length');
  const beginsDialog = request.method === 'INVITE' && status > 100 && status < 300;
  if (beginsDialog) {
    for (const route of request.headers.getAll('Record-Route')) {
      headers.append('Record-Route', route);
    }
  }
  for (const [name, value] of dialogHeaders(sketch, request.method, own)) {
    headers.append(name, value);
  }
  return { ...response, body };
}

/** The answer to OPTIONS that no client wants to give (RFC 3261 section 11.2). */
export function optionsResponse(request: SipRequest, toTag: string): SipResponse {
  const response = responseTo(request, { status: 200, reason: 'OK', toTag });
  response.headers.append('Allow', ALLOW);
  response.headers.append('Accept', 'application/sdp');
  return response;
}
