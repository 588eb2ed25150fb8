import { micros } from '#foundation';
import type { Clock, Micros, Timer, Timers } from '#foundation';

interface Pending {
  dueMicros: number;
  readonly order: number;
  readonly run: () => void;
  readonly periodMs: number | undefined;
}

/** A clock and timers that move only when the test says so. */
export class VirtualTime implements Clock, Timers {
  #nowMicros = 0;
  #order = 0;
  readonly #pending = new Set<Pending>();
  /** Wall-clock time of virtual zero, in milliseconds since the Unix epoch. */
  readonly #wallStartMs: number;

  constructor(wallStartMs = Date.UTC(2026, 0, 1)) {
    this.#wallStartMs = wallStartMs;
  }

  nowMicros(): Micros {
    return micros(this.#nowMicros);
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMicros / 1000;
  }

  /** How many timers are set: a scenario that ends clean leaves 0. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add(delayMs, run, undefined);
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#add(periodMs, run, periodMs);
  }

  #add(delayMs: number, run: () => void, periodMs: number | undefined): Timer {
    const pending: Pending = {
      dueMicros: this.#nowMicros + Math.max(0, delayMs) * 1000,
      order: this.#order++,
      run,
      periodMs,
    };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Moves time on by `ms`, firing timers in the order of their due times. */
  advance(ms: number): void {
    const target = this.#nowMicros + ms * 1000;
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#nowMicros = Math.max(this.#nowMicros, next.dueMicros);
      if (next.periodMs === undefined) this.#pending.delete(next);
      else next.dueMicros += next.periodMs * 1000;
      next.run();
    }
    this.#nowMicros = target;
  }

  #next(target: number): Pending | undefined {
    let best: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMicros > target) continue;
      if (
        best === undefined ||
        pending.dueMicros < best.dueMicros ||
        (pending.dueMicros === best.dueMicros && pending.order < best.order)
      ) {
        best = pending;
      }
    }
    return best;
  }
}
