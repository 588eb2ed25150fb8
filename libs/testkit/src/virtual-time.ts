import { micros } from '#foundation';
import type { Clock, Micros, Timer, Timers } from '#foundation';

interface Pending {
  dueMicros: number;
  readonly order: number;
  readonly run: () => void;
  readonly periodMs: number | undefined;
  isCancelled: boolean;
}

/** A clock and timers that move only when the test says so. */
export class VirtualTime implements Clock, Timers {
  #nowMicros = 0;
  #order = 0;
  #pendingCount = 0;
  readonly #queue = new PendingQueue();
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
    return this.#pendingCount;
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
      isCancelled: false,
    };
    this.#queue.push(pending);
    this.#pendingCount += 1;
    return { cancel: () => this.#end(pending) };
  }

  #end(pending: Pending): void {
    if (pending.isCancelled) return;
    pending.isCancelled = true;
    this.#pendingCount -= 1;
  }

  /** Moves time on by `ms`, firing timers in the order of their due times. */
  advance(ms: number): void {
    const target = this.#nowMicros + ms * 1000;
    for (let next = this.#queue.take(target); next; next = this.#queue.take(target)) {
      if (next.isCancelled) continue;
      this.#nowMicros = Math.max(this.#nowMicros, next.dueMicros);
      if (next.periodMs === undefined) this.#end(next);
      else {
        next.dueMicros += next.periodMs * 1000;
        this.#queue.push(next);
      }
      next.run();
    }
    this.#nowMicros = target;
  }
}

/** Timers by due time, those of the same time in the order they were set: a binary heap. */
class PendingQueue {
  readonly #heap: Pending[] = [];

  push(pending: Pending): void {
    this.#heap.push(pending);
    let at = this.#heap.length - 1;
    while (at > 0 && this.#isBefore(at, (at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1);
  }

  /** The first one that is due by then; cancelled ones come as well. */
  take(targetMicros: number): Pending | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.dueMicros > targetMicros) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return;
      at = this.#swap(at, child);
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.dueMicros < b.dueMicros || (a.dueMicros === b.dueMicros && a.order < b.order);
  }

  /** Swaps two and gives the place the first has now. */
  #swap(one: number, other: number): number {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a !== undefined && b !== undefined) [this.#heap[one], this.#heap[other]] = [b, a];
    return other;
  }
}
