import { MIN_SESSION_SECONDS } from './invite-headers.ts';
import type { SrfHeaders, SrfRequest, SrfResponse } from './srf-types.ts';

/**
 * The session interval that a 422 asks for, in seconds; undefined after any other refusal, and when it cannot be kept.
 *
 * @see RFC 4028 section 7.3
 */
export function wantedInterval(response: SrfResponse): number | undefined {
  if (response.status !== 422) return undefined;
  const interval = /^\s*(\d{1,6})\s*(?:;|$)/.exec(response.get('Min-SE') ?? '')?.[1];
  const seconds = Number(interval ?? 0);
  return seconds < MIN_SESSION_SECONDS ? undefined : seconds;
}

/**
 * What one more INVITE of the same call takes over from the last: Call-ID and tag, and the next CSeq number
 * (RFC 3261 sections 8.1.3.4 and 22.2, RFC 4028 section 7.3). undefined when the server's echo of it cannot be read.
 */
export function identityAfter(last: SrfRequest | undefined): SrfHeaders | undefined {
  const callId = last?.get('Call-ID');
  const from = last?.get('From');
  const sequence = /^\s*(\d{1,10})\s/.exec(last?.get('CSeq') ?? '')?.[1];
  if (callId === undefined || from === undefined || sequence === undefined) return undefined;
  return { From: from, 'Call-ID': callId, CSeq: `${Number(sequence) + 1} INVITE` };
}
