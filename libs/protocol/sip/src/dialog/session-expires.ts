import type { SipMessage, SipRequest } from '../message/message.ts';
import { splitList } from '../message/split-list.ts';

/** Session-Expires as it stands in a message (RFC 4028 section 4). */
export interface SessionExpires {
  readonly seconds: number;
  /** Who refreshes, in the terms of the transaction: `uac` sent its request. Undefined when nobody was named. */
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** How long a session lasts without a refresh, and who refreshes it. */
export interface SessionTerms {
  readonly seconds: number;
  /** Whether it is us. */
  readonly isRefresher: boolean;
}

/** Longer intervals are taken for this one, in seconds (23 days): a timer can be set for 2^31 ms at most. */
const MAX_SECONDS = 2_000_000;

const SECONDS = /^(\d{1,10})[ \t]*(;.*)?$/;
const REFRESHER = /;[ \t]*refresher[ \t]*=[ \t]*(uac|uas)[ \t]*(?:;|$)/i;

/** Session-Expires of a message; undefined when there is none, or none that can be read. */
export function sessionExpiresOf({ headers }: SipMessage): SessionExpires | undefined {
  const match = SECONDS.exec(headers.get('Session-Expires') ?? '');
  if (match === null) return undefined;
  const named = REFRESHER.exec(match[2] ?? '')?.[1]?.toLowerCase();
  const refresher = named === 'uac' || named === 'uas' ? named : undefined;
  return { seconds: Math.min(Number(match[1]), MAX_SECONDS), refresher };
}

/** Min-SE of a message in seconds; 0 when there is none, or none that can be read (RFC 4028 section 5). */
export function minSessionExpiresOf({ headers }: SipMessage): number {
  const match = SECONDS.exec(headers.get('Min-SE') ?? '');
  return match === null ? 0 : Math.min(Number(match[1]), MAX_SECONDS);
}

/** Whether the sender of a message knows session timers. */
export function supportsSessionTimer({ headers }: SipMessage): boolean {
  return [...headers.getAll('Supported'), ...headers.getAll('Require')]
    .flatMap(splitList)
    .some((option) => option.toLowerCase() === 'timer');
}

/**
 * What our 2xx to an INVITE or UPDATE of the peer grants (RFC 4028 section 9, table 2): what the peer asks for; where
 * it asks for nothing, what was agreed before. A peer that does not know session timers is never made the refresher.
 *
 * @param current What was agreed before.
 * @returns undefined for a session without a timer.
 */
export function grantedTerms(
  request: SipRequest,
  current: SessionTerms | undefined,
): SessionTerms | undefined {
  const asked = sessionExpiresOf(request);
  const isAble = supportsSessionTimer(request);
  if (asked !== undefined) {
    return { seconds: asked.seconds, isRefresher: asked.refresher === 'uas' || !isAble };
  }
  return isAble || current?.isRefresher === true ? current : undefined;
}
