import { responseTo } from '#protocol/sip';
import type { SipRequest, SipResponse } from '#protocol/sip';
import { ALLOW, optionsResponse } from './response-policy.ts';

/** Schemes of what could be called here, if somebody answered. */
const SCHEME = /^(?:sips?|tel):/i;

/**
 * The response to a request outside a dialog that no client wants: pings are answered, calls declined, anything else
 * is not ours. What is checked before that, and in which order, is RFC 3261 section 8.2's.
 */
export function answerUnserved(request: SipRequest, toTag: string): SipResponse {
  const { method, uri, headers } = request;
  if (method !== 'OPTIONS' && method !== 'INVITE') {
    const response = responseTo(request, { status: 405, reason: 'Method Not Allowed', toTag });
    response.headers.append('Allow', ALLOW);
    return response;
  }
  if (!SCHEME.test(uri)) {
    return responseTo(request, { status: 416, reason: 'Unsupported URI Scheme', toTag });
  }
  if (headers.has('Require')) {
    const response = responseTo(request, { status: 420, reason: 'Bad Extension', toTag });
    for (const required of headers.getAll('Require'))
      response.headers.append('Unsupported', required);
    return response;
  }
  if (method === 'OPTIONS') return optionsResponse(request, toTag);
  return responseTo(request, { status: 603, reason: 'Decline', toTag });
}
