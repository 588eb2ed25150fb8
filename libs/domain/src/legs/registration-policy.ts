import type { RandomSource } from '#foundation';

/** What is asked for, in seconds: what a crashed node leaves at the registrar is gone after as long. */
export const REGISTER_SECONDS = 300;

/** More than a day is neither asked for nor relied on. */
const LONGEST_SECONDS = 86_400;
/** A registrar that grants a second must not make us send without end. */
const LEAST_REFRESH_MS = 1_000;
/** RFC 5626 section 4.5: base-time when nothing else is registered, and max-time. */
const RETRY_BASE_MS = 30_000;
const RETRY_LONGEST_MS = 1_800_000;
/** Doublings after which the longest is reached anyway. */
const MAX_DOUBLINGS = 10;

/** Refusals of today that may be none tomorrow: 408, 429, 480, 486, 491 and most of 5xx (RFC 3261 section 21). */
const PASSING = new Set([408, 429, 480, 486, 491, 500, 502, 503, 504, 580]);

/** A random whole number between two shares of a value. */
function between(value: number, least: number, most: number, random: RandomSource): number {
  return Math.round(value * (least + ((most - least) * random.below(1001)) / 1000));
}

/**
 * How long after it was asked for a binding is refreshed: 50 to 90 % of its life, so that the bindings of a fleet
 * spread out and a lost refresh can be repeated in time.
 * @param grantedSeconds As the registrar has granted.
 * @returns Milliseconds.
 */
export function refreshDelayMs(grantedSeconds: number, random: RandomSource): number {
  const lifeMs = Math.min(grantedSeconds, LONGEST_SECONDS) * 1000;
  return Math.max(LEAST_REFRESH_MS, between(lifeMs, 0.5, 0.9, random));
}

/**
 * What to ask for after a 423 (RFC 3261 section 10.2.8).
 * @param minExpiresSeconds Its Min-Expires; null when it has none.
 * @returns Seconds; null when there is nothing sensible to ask for.
 */
export function longerExpiresSeconds(
  askedSeconds: number,
  minExpiresSeconds: number | null,
): number | null {
  if (minExpiresSeconds === null || minExpiresSeconds <= askedSeconds) return null;
  return minExpiresSeconds > LONGEST_SECONDS ? null : minExpiresSeconds;
}

/**
 * How long to wait after a failure that nobody waits for: half to all of 30 s doubled by every failure, 30 minutes at
 * most (RFC 5626 section 4.5), and no less than the registrar asks for.
 * @param failures In a row, from 1.
 * @param retryAfterSeconds Of the response, 0 for none.
 * @returns Milliseconds.
 */
export function registerRetryMs(
  failures: number,
  random: RandomSource,
  retryAfterSeconds = 0,
): number {
  const upperMs = Math.min(
    RETRY_LONGEST_MS,
    RETRY_BASE_MS * 2 ** Math.min(failures, MAX_DOUBLINGS),
  );
  return Math.min(
    RETRY_LONGEST_MS,
    Math.max(between(upperMs, 0.5, 1, random), retryAfterSeconds * 1000),
  );
}

/** Whether the same REGISTER would be refused again. Silence (null) is not final. */
export function isFinalRefusal(status: number | null): boolean {
  return status !== null && !PASSING.has(status);
}
