import type { AudioPathStats } from '../audio/audio-path.ts';
import { mosOf, ratingOf } from './e-model.ts';

/** What the quality of a call is estimated from, once a second. */
export interface QualitySample {
  readonly stats: Pick<
    AudioPathStats,
    'packets' | 'duplicates' | 'lost' | 'late' | 'overflowed' | 'lossBursts' | 'bufferMs'
  >;
  readonly codec: string;
  readonly roundTripMs: number | undefined;
}

interface Counts {
  /** Packets that should have been played, counted from the beginning. */
  readonly expected: number;
  /** Those of them that were not. */
  readonly missing: number;
  readonly bursts: number;
}

/** Samples that an estimate looks back on. */
const WINDOW = 10;
/** What a call takes besides buffer and network: the sender's packet (20 ms), and ours to gather and encode (45 ms). */
const FIXED_DELAY_MS = 65;

/** Estimates how a call sounds to its listeners: of the last ten samples, on average, and at worst. */
export class QualityMeter {
  readonly #window: Counts[] = [];
  #mos: number | undefined;
  #sum = 0;
  #count = 0;
  #lowest: number | undefined;

  /** Mean opinion score of the last ten samples; undefined while nothing comes in. */
  get mos(): number | undefined {
    return this.#mos;
  }

  /** The mean of all estimates so far; undefined before the first. */
  get averageMos(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  /** The lowest of all estimates so far; undefined before the first. */
  get lowestMos(): number | undefined {
    return this.#lowest;
  }

  /** Takes a sample; call it once a second. */
  measure(sample: QualitySample): void {
    const now = countsOf(sample.stats);
    const before = this.#window[0] ?? { expected: 0, missing: 0, bursts: 0 };
    this.#window.push(now);
    if (this.#window.length > WINDOW) this.#window.shift();
    const mos = estimate(sample, {
      expected: now.expected - before.expected,
      missing: now.missing - before.missing,
      bursts: now.bursts - before.bursts,
    });
    this.#mos = mos;
    if (mos === undefined) return;
    this.#sum += mos;
    this.#count += 1;
    this.#lowest = Math.min(mos, this.#lowest ?? mos);
  }
}

function countsOf(stats: QualitySample['stats']): Counts {
  return {
    expected: stats.packets - stats.duplicates + stats.lost,
    missing: stats.lost + stats.late + stats.overflowed,
    bursts: stats.lossBursts,
  };
}

function estimate(
  { codec, stats, roundTripMs = 0 }: QualitySample,
  { expected, missing, bursts }: Counts,
): number | undefined {
  if (expected <= 0) return undefined;
  const share = Math.min(1, Math.max(0, missing / expected));
  // Lost at random, runs would be 1 / (1 - share) long (G.107 section 7.5).
  const burstRatio = bursts > 0 ? (missing / bursts) * (1 - share) : 1;
  const delayMs = stats.bufferMs + roundTripMs / 2 + FIXED_DELAY_MS;
  return mosOf(ratingOf({ codec, lossPercent: share * 100, burstRatio, delayMs }));
}
