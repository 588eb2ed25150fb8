import type { RandomSource } from '#foundation';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after the first attempt, the second and so on; after the last one nothing more is tried. */
export const HOOK_RETRY_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  15 * MINUTE,
  HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** Waits vary by up to this share, so that what failed together is not tried together. */
const JITTER_SHARE = 0.2;
/** An endpoint may ask for more time than the schedule gives, and for no more than this. */
const LONGEST_ASKED_MS = 24 * HOUR;
/** With nothing but failures for so long a hook is switched off. */
export const HOOK_FAILING_MS = 5 * 24 * HOUR;

/**
 * When a delivery that has failed is tried again.
 * @param attempts How often it was tried, from 1.
 * @param askedMs What the endpoint has asked for in `Retry-After`.
 * @returns Milliseconds; undefined when it is given up.
 */
export function hookRetryMs(
  attempts: number,
  random: RandomSource,
  askedMs = 0,
): number | undefined {
  const wait = HOOK_RETRY_MS[attempts - 1];
  if (wait === undefined) return undefined;
  const share = 1 - JITTER_SHARE + (random.below(1001) / 1000) * 2 * JITTER_SHARE;
  return Math.max(Math.round(wait * share), Math.min(askedMs, LONGEST_ASKED_MS));
}

/**
 * What `Retry-After` asks for (RFC 9110 section 10.2.3), in milliseconds; 0 where it cannot be read.
 * @param nowMs Wall time, for a date.
 */
export function retryAfterMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}
