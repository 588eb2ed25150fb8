import { ALLOWED_METHODS } from './invite-headers.ts';
import type { SrfHeaders, SrfRequest, SrfResponse } from './srf-types.ts';

interface Reply {
  readonly status: number;
  readonly headers?: SrfHeaders;
}

const NOT_ALLOWED: Reply = { status: 405, headers: { Allow: ALLOWED_METHODS } };

/**
 * The answers to requests of the peer within a call that change nothing, by the event of drachtio-srf. Without a
 * listener it accepts most of them, which would tell the peer that something was done.
 *
 * - REFER: nobody carries a transfer out; no subscription begins (RFC 3515 section 2.4.2).
 * - NOTIFY: there is no subscription (RFC 6665 section 4.1.3).
 * - INFO: fine without a package, as it was before there were packages. We know none; srf cannot send the 469 that
 *   RFC 6086 section 4.2.2 has for that.
 */
const REPLIES: Readonly<Record<string, (request: SrfRequest) => Reply>> = {
  refer: () => ({ status: 603 }),
  message: () => NOT_ALLOWED,
  publish: () => NOT_ALLOWED,
  notify: () => ({ status: 481 }),
  subscribe: () => ({ status: 489, headers: { 'Allow-Events': '' } }),
  info: (request) =>
    request.get('Info-Package') !== undefined ? { status: 415 } : { status: 200 },
  options: () => ({
    status: 200,
    headers: { Allow: ALLOWED_METHODS, Accept: 'application/sdp' },
  }),
};

/** The events that `answerSideRequest` is for. */
export const SIDE_REQUESTS = Object.keys(REPLIES);

/** Answers one of those requests. */
export function answerSideRequest(request: SrfRequest, response: SrfResponse): void {
  const reply = REPLIES[request.method.toLowerCase()]?.(request) ?? NOT_ALLOWED;
  response.send(reply.status, reply.headers === undefined ? {} : { headers: reply.headers });
}
