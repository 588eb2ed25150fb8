import type { RandomSource } from '#foundation';
import { catalogEntry } from '../errors/catalog.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import type { RetryLimit } from './output-plan.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A delay is varied by up to this share, so that outputs lost together do not return together. */
const JITTER_SHARE = 0.2;
/** How often a stream name that is in use is tried before it counts as somebody else's. */
const KEY_IN_USE_ATTEMPTS = 3;
/** How often a server that cannot be trusted is tried before it counts as the wrong one. */
const UNTRUSTED_ATTEMPTS = 3;
/** How often a name that our own ghost holds is asked for: servers notice a dead publisher after up to two minutes. */
const GHOST_DELAY_MS = 5_000;
const GHOST_MS = 120_000;
/** A server that accepts and drops again and again is not asked every second: only from here on it was on air for good. */
const STEADY_MS = 30_000;

/**
 * How long to wait before the next attempt: 1, 2, 4 … 30 seconds, ± 20 %, and never less than a second.
 * @param failures Attempts in a row that failed, from 1.
 * @returns Milliseconds.
 */
export function reconnectDelayMs(failures: number, random: RandomSource): number {
  const base = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);
  const spread = base * JITTER_SHARE;
  const least = base === FIRST_MS ? base : base - spread;
  return Math.round(least + (random.below(1001) / 1000) * 2 * spread);
}

/** What an output begins with. */
export interface PatienceOptions {
  /** When it is given up; null for never. */
  readonly limit: RetryLimit | null;
  /** Whether it has ever been publishing, on this node or on another. */
  readonly hasPublished: boolean;
  readonly random: RandomSource;
}

/**
 * Decides after each failure of an output whether and when it is tried again.
 *
 * @remarks Times are milliseconds of one monotonic clock. What is terminal: every fault that the catalog never repeats
 * (a refusal, a wrong login), a name in use or a server that cannot be trusted before anything was ever published, and
 * the limit of the output. After we have published a name in use is our own ghost, and an untrusted server a
 * certificate that has run out meanwhile: both pass.
 */
export class OutputPatience {
  readonly #options: PatienceOptions;
  #hasPublished: boolean;
  #failures = 0;
  /** Those of them that were attempts: the loss of what was on air for good was none. */
  #attempts = 0;
  /** The last code, and how often in a row it was the same. */
  #lastCode: ErrorCode | undefined;
  #sameFailures = 0;
  #publishingSinceMs: number | undefined;
  /** Since the first of the failures in a row. */
  #awaySinceMs = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#hasPublished = options.hasPublished;
  }

  /** The server has accepted the stream. */
  published(nowMs: number): void {
    this.#hasPublished = true;
    this.#publishingSinceMs = nowMs;
  }

  /**
   * An attempt has failed, or what was on air has been lost.
   * @returns How long to wait for the next attempt, in milliseconds; undefined when there is to be none.
   */
  failed(code: ErrorCode, nowMs: number): number | undefined {
    const publishedMs = nowMs - (this.#publishingSinceMs ?? Infinity);
    this.#publishingSinceMs = undefined;
    const wasSteady = publishedMs >= STEADY_MS;
    this.#failures = wasSteady ? 1 : this.#failures + 1;
    this.#attempts = wasSteady ? 0 : this.#attempts + 1;
    if (this.#failures === 1) this.#awaySinceMs = nowMs;
    this.#sameFailures = code === this.#lastCode ? this.#sameFailures + 1 : 1;
    this.#lastCode = code;
    const awayMs = nowMs - this.#awaySinceMs;
    const { maxAttempts = Infinity, maxSeconds = Infinity } = this.#options.limit ?? {};
    const leftMs = maxSeconds * 1000 - awayMs;
    if (this.#isFinal(code) || this.#attempts >= maxAttempts || leftMs <= 0) return undefined;
    // The last attempt is made when the time is up, not left out because its turn would come later.
    return Math.min(this.#delayMs(code, awayMs), Math.max(leftMs, FIRST_MS));
  }

  #delayMs(code: ErrorCode, awayMs: number): number {
    const delayMs = reconnectDelayMs(this.#failures, this.#options.random);
    const isGhost = code === 'RTMP_KEY_IN_USE' && this.#hasPublished && awayMs < GHOST_MS;
    return isGhost ? Math.min(delayMs, GHOST_DELAY_MS) : delayMs;
  }

  #isFinal(code: ErrorCode): boolean {
    if (catalogEntry(code).retry === 'never') return true;
    if (this.#hasPublished) return false;
    if (code === 'RTMP_KEY_IN_USE') return this.#sameFailures >= KEY_IN_USE_ATTEMPTS;
    return code === 'RTMP_TLS' && this.#sameFailures >= UNTRUSTED_ATTEMPTS;
  }
}
