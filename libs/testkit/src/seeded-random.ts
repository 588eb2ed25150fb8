import type { RandomSource } from '#foundation';

/** Repeatable randomness (mulberry32); print the seed when a test fails. */
export class SeededRandom implements RandomSource {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 0xff);
  }

  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }
}
