import type { Clock } from '#foundation';

/** How a cache is made. */
export interface KeptOptions<T> {
  readonly load: (key: string) => Promise<T>;
  readonly clock: Clock;
}

/** Nothing that is told is older. */
const MAX_AGE_MICROS = 2_000_000;
/** The oldest goes first. */
const MOST_ENTRIES = 10_000;

interface Entry<T> {
  readonly value: Promise<T>;
  readonly askedAt: number;
}

/** What the store has said in the last 2 s, asked once for all who want to know it at the same time. */
export class Kept<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #load: (key: string) => Promise<T>;
  readonly #clock: Clock;

  constructor({ load, clock }: KeptOptions<T>) {
    this.#load = load;
    this.#clock = clock;
  }

  get(key: string): Promise<T> {
    const askedAt = this.#clock.nowMicros();
    const known = this.#entries.get(key);
    if (known !== undefined && askedAt - known.askedAt < MAX_AGE_MICROS) return known.value;
    const entry = { value: this.#load(key), askedAt };
    // What failed is asked for again.
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.size > MOST_ENTRIES ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#entries.delete(oldest);
    return entry.value;
  }

  /** The next one who asks gets what the store says then. */
  forget(key: string): void {
    this.#entries.delete(key);
  }
}
