import type { Timer, Timers } from '#foundation';

/** One publish under a key, as the server saw it. */
export interface KeyHolder {
  /** The server has asked it to connect anew: it may stay until it has done so. */
  readonly isToLeave: boolean;
  /** Whether its connection still stands. */
  isOpen(): boolean;
  /** Lets it hear that the other side has left: a connection that is not read does not. */
  look(): void;
}

/** How long two connections of one publisher may cross on the wire. */
const CROSSING_MS = 500;

/**
 * Who publishes under which key: one at a time. Keys of publishers that left without a word stay taken for a while,
 * as on servers that have not noticed.
 */
export class KeyLedger {
  readonly #timers: Timers;
  readonly #holders = new Map<string, KeyHolder>();
  readonly #ghosts = new Map<string, Timer>();
  readonly #watches = new Set<Timer>();
  #overlaps = 0;
  #refusals = 0;
  #grants = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** How often a second connection asked for a key while the first one went on: what must never be. */
  get overlaps(): number {
    return this.#overlaps;
  }

  /** How often the answer was BadName. */
  get refusals(): number {
    return this.#refusals;
  }

  /** How often a publish was let in. */
  get grants(): number {
    return this.#grants;
  }

  /** Keys with a living publisher. */
  get heldKeys(): readonly string[] {
    return [...this.#holders.keys()];
  }

  /** True when the key is the holder's from now on. */
  claim(key: string, holder: KeyHolder): boolean {
    const other = this.#holders.get(key);
    if (other?.isToLeave === false) this.#watch(other);
    if (other !== undefined || this.#ghosts.has(key)) {
      this.#refusals += 1;
      return false;
    }
    this.#grants += 1;
    this.#holders.set(key, holder);
    return true;
  }

  /** @param ghostMs How long the key stays taken. */
  release(key: string, holder: KeyHolder, ghostMs: number): void {
    if (this.#holders.get(key) !== holder) return;
    this.#holders.delete(key);
    if (ghostMs > 0)
      this.#ghosts.set(
        key,
        this.#timers.after(ghostMs, () => this.#ghosts.delete(key)),
      );
  }

  /** Forgets ghosts: the server was started again. */
  clear(): void {
    for (const timer of [...this.#ghosts.values(), ...this.#watches]) timer.cancel();
    this.#ghosts.clear();
    this.#watches.clear();
  }

  #watch(other: KeyHolder): void {
    other.look();
    const timer = this.#timers.after(CROSSING_MS, () => {
      this.#watches.delete(timer);
      if (other.isOpen()) this.#overlaps += 1;
    });
    this.#watches.add(timer);
  }
}
