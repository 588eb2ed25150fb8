import type { CallcastError } from './callcast-error.ts';

const FIRST_MS = 250;
const MOST_MS = 8_000;
/** Who is told to wait longer is told so, and left to decide. */
const LONGEST_WAIT_MS = 60_000;
/** The first attempt is under way elsewhere: it may wait a minute for its answer, and hold its key for 10 s when its API has died. */
const BUSY_ATTEMPTS = 75;
/** Statuses of proxies that may be gone soon; and what the API answers by mistake of its own. */
const PASSING = [408, 429, 500, 502, 503, 504];

/** How often a request has been tried. */
export interface Attempts {
  /** That failed. */
  failed: number;
  /** That met an earlier one still under way. */
  busy: number;
}

/** A wait that doubles up to 8 s, of which up to a half is chance, so that clients do not come back together. */
export function backoffMs(failed: number, random: number): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, failed - 1));
  return most * (1 - random / 2);
}

/** Whether the same request may succeed later. What the API refuses for good has no Retry-After. */
function mayPass({ code, status = 0, retryAfterMs }: CallcastError): boolean {
  switch (code) {
    case 'UNREACHABLE':
    case 'TIMED_OUT':
    case 'INTERNAL':
      return true;
    case 'NOT_CALLCAST':
      return false;
    case 'HTTP_ERROR':
      return PASSING.includes(status);
    default:
      return retryAfterMs !== undefined;
  }
}

/**
 * Counts a failed attempt.
 * @returns How long to wait for the next one, in ms; undefined when there is to be none.
 */
export function waitBeforeRetry(
  error: CallcastError,
  attempts: Attempts,
  options: { readonly maxRetries: number; readonly random: number },
): number | undefined {
  const { maxRetries, random } = options;
  if (error.code === 'IDEMPOTENCY_KEY_BUSY') {
    attempts.busy += 1;
    if (maxRetries === 0 || attempts.busy > BUSY_ATTEMPTS) return undefined;
    return (error.retryAfterMs ?? 1000) * (1 + random / 4);
  }
  attempts.failed += 1;
  if (attempts.failed > maxRetries || !mayPass(error)) return undefined;
  const askedMs = error.retryAfterMs ?? 0;
  if (askedMs > LONGEST_WAIT_MS) return undefined;
  return Math.max(askedMs * (1 + random / 4), backoffMs(attempts.failed, random));
}
