import type { World } from '../src/world.ts';

interface Timer {
  readonly atMs: number;
  readonly action: () => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A machine whose time goes on only when everybody waits for it. */
export class FakeWorld implements World {
  #nowMs = 1_000_000;
  #keys = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0;
  }

  newKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that would still fire. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets time go on, from timer to timer, until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const settled: true[] = [];
    const settle = (): void => void settled.push(true);
    promise.then(settle, settle);
    for (;;) {
      // Answers are read in several turns.
      for (let turns = 0; turns < 5; turns += 1) await turn();
      if (settled.length > 0) return await promise;
      this.#fireNext();
    }
  }

  #fireNext(): void {
    const [next] = [...this.#timers].sort((left, right) => left.atMs - right.atMs);
    if (next === undefined) throw new Error('it waits for something that never comes');
    this.#timers.delete(next);
    this.#nowMs = next.atMs;
    next.action();
  }
}
