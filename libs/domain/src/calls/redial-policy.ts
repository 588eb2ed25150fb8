import type { ErrorCode } from '../errors/catalog.ts';
import type { Verdict } from './verdict.ts';

/**
 * Verdicts after which a call may be dialled again by itself: nobody has answered, and another try later harms nobody.
 * A callee that declines, a login that is refused (it may be locked) and an address that does not exist are not among them.
 */
export const REDIAL_CODES = [
  'SIP_BUSY',
  'SIP_NO_ANSWER',
  'SIP_UNREACHABLE',
  'SIP_PROVIDER_DOWN',
  'SIP_REGISTER_TIMEOUT',
  'SIP_REGISTRAR_DOWN',
] as const satisfies readonly ErrorCode[];

/** A verdict after which a call may be dialled again. */
export type RedialCode = (typeof REDIAL_CODES)[number];

/** When a call that was not answered is dialled again. */
export interface RedialPolicy {
  /** How often, after the first time. */
  readonly attempts: number;
  /** Waits before the next try, in seconds; the last one stands for all that follow. */
  readonly backoffSeconds: readonly number[];
  /** After these verdicts. */
  readonly on: readonly RedialCode[];
}

/** A try that follows. */
export interface PlannedRedial {
  /** Of the tries after the first one, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** What a policy is asked about: a call as it was taken, and what it would end with. */
interface UnansweredCall {
  readonly redial: RedialPolicy | null;
  /** How often it was dialled again. */
  readonly redials: number;
  readonly verdict: Verdict;
}

/** The try that follows a verdict; undefined where the call ends with it. Only for a call that nobody has answered. */
export function redialAfter({
  redial,
  redials,
  verdict,
}: UnansweredCall): PlannedRedial | undefined {
  if (redial === null || redials >= redial.attempts) return undefined;
  const codes: readonly ErrorCode[] = redial.on;
  if (verdict.result !== 'failed' || !codes.includes(verdict.code)) return undefined;
  const seconds = redial.backoffSeconds[redials] ?? redial.backoffSeconds.at(-1) ?? 0;
  return { attempt: redials + 1, delayMs: seconds * 1_000 };
}
