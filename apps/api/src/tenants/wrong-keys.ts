import type { Clock } from '#foundation';

const MINUTE_MS = 60_000;
/** Addresses that are remembered; beyond them all are forgotten. */
const MANY_ADDRESSES = 10_000;

/** Counts the wrong keys that addresses try. */
export class WrongKeys {
  readonly #counts = new Map<string, number>();
  readonly #perMinute: number;
  readonly #clock: Clock;
  #minute = 0;

  /** @param perMinute 0: as many as they like. */
  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Whether an address has tried more of them in this minute than it may, with this one. */
  isTooMany(address: string): boolean {
    if (this.#perMinute === 0) return false;
    const minute = Math.floor(this.#clock.wallMs() / MINUTE_MS);
    if (minute !== this.#minute || this.#counts.size >= MANY_ADDRESSES) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count > this.#perMinute;
  }

  /** Until they are forgotten. */
  get resetSeconds(): number {
    return Math.ceil((MINUTE_MS - (this.#clock.wallMs() % MINUTE_MS)) / 1000);
  }
}
