import type { RateWindows } from '#domain';
import type { Clock } from '#foundation';

/** So many requests in a window. */
export interface RateLimit {
  /** Of whom: a key or an app. */
  readonly name: string;
  readonly perSecond: number;
}

/** Whether a request may pass, and how many more may. */
export interface RateVerdict {
  readonly isAllowed: boolean;
  /** Requests per window. */
  readonly quota: number;
  readonly windowSeconds: number;
  /** As far as this process knows. */
  readonly remaining: number;
  /** Until the window ends, from 1. */
  readonly resetSeconds: number;
}

/** A window of one name, as far as this process has a part in it. */
interface Share {
  readonly index: number;
  readonly quota: number;
  /** Requests that this process may let pass. */
  granted: number;
  used: number;
  /** Of all processes. */
  total: number;
  isExhausted: boolean;
  asking: Promise<void> | undefined;
}

/** A process asks for this part of a window at once: what it may leave unused is lost to the others. */
const PART = 40;
/** Those of windows that are over are then forgotten. */
const MANY_SHARES = 10_000;

/**
 * Lets so many requests pass in a second over all processes. Each process takes parts of a window's quota from the shared
 * count and gives them out without asking; while the count cannot be reached, each gives out a whole quota of its own.
 */
export class RateLimiter {
  readonly #shares = new Map<string, Share>();
  readonly #windows: RateWindows;
  readonly #clock: Clock;

  constructor(windows: RateWindows, clock: Clock) {
    this.#windows = windows;
    this.#clock = clock;
  }

  async take({ name, perSecond }: RateLimit): Promise<RateVerdict> {
    // Slower than one a second: the window is as long as one takes.
    const windowSeconds = perSecond >= 1 ? 1 : Math.ceil(1 / perSecond);
    const nowMs = this.#clock.wallMs();
    const index = Math.floor(nowMs / 1000 / windowSeconds);
    const share = this.#shareOf(name, index, Math.max(1, Math.floor(perSecond * windowSeconds)));
    while (share.used >= share.granted && !share.isExhausted) {
      share.asking ??= this.#ask(share, `${name}:${windowSeconds}:${index}`, windowSeconds);
      await share.asking;
    }
    const isAllowed = share.used < share.granted;
    if (isAllowed) share.used += 1;
    const { quota, granted, used, total } = share;
    const endMs = (index + 1) * windowSeconds * 1000;
    return {
      ...{ isAllowed, quota, windowSeconds },
      remaining: Math.max(0, quota - total) + granted - used,
      resetSeconds: Math.max(1, Math.ceil((endMs - nowMs) / 1000)),
    };
  }

  #shareOf(name: string, index: number, quota: number): Share {
    const known = this.#shares.get(name);
    if (known?.index === index && known.quota === quota) return known;
    const begun = { granted: 0, used: 0, total: 0, isExhausted: false, asking: undefined };
    const share: Share = { index, quota, ...begun };
    if (this.#shares.size >= MANY_SHARES) this.#shares.clear();
    this.#shares.set(name, share);
    return share;
  }

  async #ask(share: Share, window: string, windowSeconds: number): Promise<void> {
    const count = Math.max(1, Math.floor(share.quota / PART));
    try {
      const total = await this.#windows.add(window, count, 2_000 * windowSeconds);
      const granted = Math.min(count, Math.max(0, share.quota - (total - count)));
      share.total = total;
      share.granted += granted;
      share.isExhausted = granted < count;
    } catch {
      // Nobody knows what the others do: this process gives out a whole quota, and no more.
      share.granted = share.quota;
      share.total = share.quota;
      share.isExhausted = true;
    } finally {
      share.asking = undefined;
    }
  }
}
