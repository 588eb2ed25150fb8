const BUCKETS_PER_MS = 4;
const BUCKET_COUNT = 1024;

/** How late ticks were, in milliseconds. */
export interface LatenessFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly count: number;
}

/** A histogram of lateness in steps of 0.25 ms up to 256 ms: what the load of a process can be told from. */
export class LatenessMeter {
  readonly #buckets = new Uint32Array(BUCKET_COUNT);
  #count = 0;
  #maxMs = 0;

  record(latenessMs: number): void {
    const late = Math.max(0, latenessMs);
    const bucket = Math.min(BUCKET_COUNT - 1, Math.floor(late * BUCKETS_PER_MS));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, late);
  }

  /** The figures since the last call; counting begins anew. */
  take(): LatenessFigures {
    const figures = {
      p50Ms: this.#quantileMs(0.5),
      p99Ms: this.#quantileMs(0.99),
      maxMs: this.#maxMs,
      count: this.#count,
    };
    this.#buckets.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
    return figures;
  }

  /** The upper edge of the bucket in which the quantile lies; 0 if nothing was recorded. */
  #quantileMs(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT && this.#count > 0; bucket++) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#maxMs, (bucket + 1) / BUCKETS_PER_MS);
    }
    return 0;
  }
}
