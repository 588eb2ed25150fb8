import type { RandomSource } from '#foundation';
import type { ErrorCode } from '../errors/catalog.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A delay is varied by up to this share, so that outputs lost together do not return together. */
const JITTER_SHARE = 0.2;
/** How often a stream name that is in use is tried before it counts as somebody else's. */
const KEY_IN_USE_ATTEMPTS = 3;

/**
 * How long to wait before the next attempt: 1, 2, 4 … 30 seconds, ± 20 %.
 * @param failures Attempts in a row that failed, from 1.
 * @returns Milliseconds.
 */
export function reconnectDelayMs(failures: number, random: RandomSource): number {
  const base = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);
  const spread = base * JITTER_SHARE;
  return Math.round(base - spread + (random.below(1001) / 1000) * 2 * spread);
}

/** What an output has behind it. */
export interface OutputHistory {
  /** Whether it has ever been publishing. */
  readonly hasPublished: boolean;
  /** Attempts in a row that failed, this one counted. */
  readonly failures: number;
}

/**
 * Whether a fault ends the output. A name in use is our own ghost after we have published, and retried until it is
 * gone; before that it is retried a few times and then somebody else's.
 */
export function isFinalForOutput(code: ErrorCode, history: OutputHistory): boolean {
  if (code === 'RTMP_REFUSED') return true;
  if (code !== 'RTMP_KEY_IN_USE') return false;
  return !history.hasPublished && history.failures >= KEY_IN_USE_ATTEMPTS;
}
