import type { RandomSource, Timer, Timers } from '#foundation';
import type { SipResponse } from '../message/message.ts';
import { endsCall } from './response-effect.ts';
import { minSessionExpiresOf } from './session-expires.ts';
import type { SessionTerms } from './session-expires.ts';

/** What the user of a session timer is asked to do. */
export interface SessionTimerHandlers {
  /** Send a refresh; then call `agree`, `refused`, or `postpone` when this is not the moment. */
  refresh(): void;
  /** Nobody refreshed the session: hang up. Nothing more is called unless something new is agreed. */
  expired(): void;
}

/** What a session timer works with. */
export interface SessionTimerOptions {
  readonly timers: Timers;
  readonly random: RandomSource;
  /** The shortest interval that we take, in seconds. */
  readonly minSeconds: number;
  /** Whether the dialog began with our INVITE; decides who is the first to try again after a collision. */
  readonly ownsCallId: boolean;
  readonly handlers: SessionTimerHandlers;
}

/** How long before the end the side that does not refresh hangs up at most, in seconds (RFC 4028 section 10). */
const MAX_MARGIN_SECONDS = 32;
/** RFC 3261 section 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side, in steps of 10 ms. */
const OWNER_RETRY = { fromMs: 2100, steps: 191 };
const OTHER_RETRY = { fromMs: 0, steps: 201 };
const STEP_MS = 10;
/** A refused refresh is tried again so often in one interval. */
const TRIES_PER_INTERVAL = 10;

/**
 * The timer of one session (RFC 4028). Every refresh, in either direction, ends in a call of `agree`, which starts it
 * anew.
 *
 * - We refresh: at half the interval, and at its end the session is over if no refresh succeeded.
 * - The peer refreshes: the session is over 32 s or a third of the interval before its end, whichever is later.
 */
export class SessionTimer {
  readonly #options: SessionTimerOptions;
  #terms: SessionTerms | undefined;
  #minSeconds: number;
  #refresh: Timer | undefined;
  #expiry: Timer | undefined;

  constructor(options: SessionTimerOptions) {
    this.#options = options;
    this.#minSeconds = options.minSeconds;
  }

  /** What is agreed; undefined as long as the session has no timer. */
  get terms(): SessionTerms | undefined {
    return this.#terms;
  }

  /** For Min-SE of our requests: the highest minimum that either side has named, in seconds. */
  get minSeconds(): number {
    return this.#minSeconds;
  }

  /** For Session-Expires of our requests, in seconds. */
  get wantedSeconds(): number {
    return Math.max(this.#terms?.seconds ?? 0, this.#minSeconds);
  }

  /** The session was refreshed; undefined ends its timer. Intervals below our minimum are taken for it. */
  agree(terms: SessionTerms | undefined): void {
    this.stop();
    if (terms === undefined) return;
    const seconds = Math.max(terms.seconds, this.#options.minSeconds);
    const { isRefresher } = terms;
    this.#terms = { seconds, isRefresher };
    if (isRefresher) this.#refreshIn(seconds * 500);
    const margin = isRefresher ? 0 : Math.min(MAX_MARGIN_SECONDS, seconds / 3);
    this.#expiry = this.#options.timers.after((seconds - margin) * 1000, () => this.#expire());
  }

  #refreshIn(delayMs: number): void {
    this.#refresh?.cancel();
    this.#refresh = this.#options.timers.after(delayMs, () => this.#options.handlers.refresh());
  }

  #expire(): void {
    this.stop();
    this.#options.handlers.expired();
  }

  /** The moment is bad for a refresh: asks again soon. */
  postpone(): void {
    if (this.#terms !== undefined) this.#refreshIn(this.#retryMs());
  }

  #retryMs(): number {
    const { random, ownsCallId } = this.#options;
    const { fromMs, steps } = ownsCallId ? OWNER_RETRY : OTHER_RETRY;
    return fromMs + random.below(steps) * STEP_MS;
  }

  /** Raises the minimum to what a 422 or an INVITE of ours named; it never falls. */
  raiseMinimum(seconds: number): void {
    this.#minSeconds = Math.max(this.#minSeconds, seconds);
  }

  /**
   * Our refresh has failed (RFC 4028 section 10): 408, 481 and their like (`endsCall`) end the session, after a
   * collision (491) or with a longer interval (422) it is tried again soon, after anything else now and then until the
   * interval is over.
   */
  refused(response: SipResponse): void {
    if (this.#terms === undefined) return;
    const { status } = response;
    const minimum = status === 422 ? minSessionExpiresOf(response) : 0;
    if (endsCall('INVITE', status)) this.#expire();
    else if (status === 491 || minimum > this.#minSeconds) {
      this.raiseMinimum(minimum);
      this.postpone();
    } else {
      this.#refreshIn(Math.max((this.#terms.seconds * 1000) / TRIES_PER_INTERVAL, this.#retryMs()));
    }
  }

  /** Forgets what was agreed: the session has ended or has no timer any more. */
  stop(): void {
    this.#terms = undefined;
    this.#refresh?.cancel();
    this.#expiry?.cancel();
  }
}
