import { EMPTY_BODY } from '../message/message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { SipHeaders } from '../message/headers.ts';
import { tagOf } from './transaction-key.ts';

/** The parts of a response that are not taken from the request. */
export interface ResponseParts {
  readonly status: number;
  readonly reason: string;
  /** Put on To when the request's To has no tag. A 100 needs none. */
  readonly toTag?: string;
}

/**
 * A response without a body: Via, From, To, Call-ID and CSeq are the request's (RFC 3261 section 8.2.6.2).
 */
export function responseTo(request: SipRequest, parts: ResponseParts): SipResponse {
  const headers = new SipHeaders();
  for (const via of request.headers.getAll('Via')) headers.append('Via', via);
  headers.append('From', request.headers.get('From') ?? '');
  const to = request.headers.get('To') ?? '';
  const needsTag = parts.toTag !== undefined && tagOf(to) === undefined;
  headers.append('To', needsTag ? `${to};tag=${parts.toTag ?? ''}` : to);
  headers.append('Call-ID', request.headers.get('Call-ID') ?? '');
  headers.append('CSeq', request.headers.get('CSeq') ?? '');
  headers.append('Content-Length', '0');
  return {
    kind: 'response',
    status: parts.status,
    reason: parts.reason,
    headers,
    body: EMPTY_BODY,
  };
}
