import type { LegIdentity } from '#domain';
import { MIN_SESSION_SECONDS } from './invite-headers.ts';
import type { RepeatedInvite } from './invite-headers.ts';
import type { SrfResponse } from './srf-types.ts';

/**
 * How an INVITE is to be repeated after its refusal: a 422 names the session interval that the peer takes.
 *
 * @returns undefined after any other refusal, and after a 422 that cannot be followed.
 * @see RFC 4028 section 7.3
 */
export function repetitionAfter(
  response: SrfResponse,
  { sipCallId, fromTag }: LegIdentity,
): RepeatedInvite | undefined {
  if (response.status !== 422) return undefined;
  const interval = /^\s*(\d{1,6})\s*(?:;|$)/.exec(response.get('Min-SE') ?? '')?.[1];
  const sequence = /^\s*(\d{1,10})\s/.exec(response.get('CSeq') ?? '')?.[1];
  const sessionSeconds = Number(interval ?? 0);
  if (sequence === undefined || sessionSeconds < MIN_SESSION_SECONDS) return undefined;
  return { callId: sipCallId, fromTag, sequence: Number(sequence), sessionSeconds };
}
