import { invariant } from '../runtime/invariant.ts';

const START_CAPACITY = 4_096;

/**
 * Bytes of a stream that wait to be understood: appended at the back in any pieces, dropped from the front.
 * Appending costs what the piece costs, however small the pieces are. The owner bounds the length.
 */
export class ByteQueue {
  #bytes = new Uint8Array(START_CAPACITY);
  #start = 0;
  #end = 0;

  /** Number of bytes waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Adds a copy of `chunk` at the back. */
  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** All waiting bytes, as a view that is valid until the next `append` or `drop`. */
  view(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Forgets the first `count` bytes; there must be that many. */
  drop(count: number): void {
    invariant(count >= 0 && count <= this.length, 'cannot drop more bytes than wait');
    this.#start += count;
    if (this.#start < this.#end) return;
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.length > START_CAPACITY) this.#bytes = new Uint8Array(START_CAPACITY);
  }

  /** Moves the waiting bytes to the front, into a larger buffer when half of this one is not enough. */
  #makeRoom(extra: number): void {
    const waiting = this.view();
    const needed = waiting.length + extra;
    let capacity = this.#bytes.length;
    while (needed > capacity / 2) capacity *= 2;
    const target = capacity === this.#bytes.length ? this.#bytes : new Uint8Array(capacity);
    target.set(waiting);
    this.#bytes = target;
    this.#end = waiting.length;
    this.#start = 0;
  }
}
