import type { RandomSource } from '#foundation';
import type { ErrorCode } from '../errors/catalog.ts';
import type { CallSpec } from '../calls/call-spec.ts';

const LONGEST_MS = 10_000;
const FIRST_MS = 1_000;
/** A delay is varied by up to this share: the calls of one bridge are lost together. */
const JITTER_SHARE = 0.2;

/** How long the air is held without a call, of those that do not say. */
const USUAL_HOLD_SECONDS = 300;

/** A leg that was up for so long has ended the trouble before it: a loss after it begins anew. */
export const STEADY_LEG_MS = 10_000;

/** How long the air is held without a call, in milliseconds; 0 where the loss of the call is its end. */
export const holdMsOf = ({ onCallLoss, limits }: CallSpec): number =>
  onCallLoss === 'hold' ? (limits.holdSeconds ?? USUAL_HOLD_SECONDS) * 1_000 : 0;

/**
 * How long to wait before the next leg: 1, 2, 4, 8, 10, 10 … seconds, ± 20 %. With what it takes to send the INVITE, below
 * the deadline of `claimed`.
 * @param attempt Of the legs since the loss, from 1.
 * @returns Milliseconds.
 */
export function redialDelayMs(attempt: number, random: RandomSource): number {
  const base = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_MS);
  const spread = base * JITTER_SHARE;
  return Math.round(base - spread + (random.below(1001) / 1000) * 2 * spread);
}

/** What does not get better by dialling again: the callee does not want, or what we offer cannot be. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SIP_DECLINED',
  'SIP_AUTH_REFUSED',
  'SIP_REGISTER_REFUSED',
  'SDP_NO_COMMON_CODEC',
  'SDP_NOT_SECURE',
  'SDP_INVALID',
  'MEDIA_FAILED',
  'CODEC_MISSING',
  'CALL_BROKEN',
  'TRUNK_NOT_FOUND',
  'TRUNK_DISABLED',
  'TARGET_REFUSED',
]);

/** Whether a leg that ended like this ends its call, although the air could be held. */
export const isFinalForCall = (code: ErrorCode): boolean => FINAL.has(code);
