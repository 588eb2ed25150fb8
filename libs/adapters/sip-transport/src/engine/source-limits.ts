import type { Clock, Timer, Timers } from '#foundation';
import { TokenBucket } from './token-bucket.ts';
import type { BucketSize } from './token-bucket.ts';

/** Sources remembered at a time; the one first seen makes room. */
const MAX_SOURCES = 10_000;
/** How often sources that have been quiet are forgotten, in milliseconds. */
const SWEEP_MS = 250;

/** What source limits work with. */
export interface SourceLimitsOptions {
  readonly size: BucketSize;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** A token bucket per address; an IPv6 source is its whole /64, which is what one customer is given. */
export class SourceLimits {
  readonly #options: SourceLimitsOptions;
  readonly #buckets = new Map<string, TokenBucket>();
  #sweep: Timer | undefined;

  constructor(options: SourceLimitsOptions) {
    this.#options = options;
  }

  /** Sources that have used some of what they may. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Whether that address may have one more request served now. */
  take(address: string): boolean {
    const source = sourceOf(address);
    const bucket = this.#buckets.get(source) ?? this.#add(source);
    return bucket.take();
  }

  #add(source: string): TokenBucket {
    const { size, clock, timers } = this.#options;
    const [first] = this.#buckets.keys();
    if (first !== undefined && this.#buckets.size >= MAX_SOURCES) this.#buckets.delete(first);
    const bucket = new TokenBucket(size, clock);
    this.#buckets.set(source, bucket);
    this.#sweep ??= timers.after(SWEEP_MS, () => this.#forgetQuiet());
    return bucket;
  }

  #forgetQuiet(): void {
    for (const [source, bucket] of this.#buckets) {
      if (bucket.isFull) this.#buckets.delete(source);
    }
    const isOver = this.#buckets.size === 0;
    this.#sweep = isOver
      ? undefined
      : this.#options.timers.after(SWEEP_MS, () => this.#forgetQuiet());
  }

  /** Forgets all sources. */
  clear(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#buckets.clear();
  }
}

function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  // A socket of both families shows IPv4 peers so (RFC 4291 section 2.5.5.2).
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeroCount = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const zeros = Array.from({ length: zeroCount }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}

const groupsOf = (text: string): readonly string[] => text.split(':').filter(Boolean);
