/** Pitch of a voice: 66 to 400 Hz. */
const SHORTEST_MS = 2.5;
/** The longest period that is looked for. */
export const LONGEST_PERIOD_MS = 15;
/** The stretch that is compared with its past. */
const COMPARED_MS = 10;
/** The rate at which periods are looked for roughly: each sample less costs a square less. */
const COARSE_RATE = 4000;
/** What the longest period must be more alike than the shortest: multiples of a period are alike as well. */
const PREFERENCE = 0.1;

/** Finds the period of a voice: the lag at which it resembles itself most. */
export class PeriodFinder {
  readonly #step: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #compared: number;
  readonly #coarse: Float32Array;

  constructor(sampleRate: number) {
    this.#step = Math.max(1, Math.floor(sampleRate / COARSE_RATE));
    this.#shortest = Math.round((SHORTEST_MS * sampleRate) / 1000);
    this.#longest = Math.round((LONGEST_PERIOD_MS * sampleRate) / 1000);
    this.#compared = Math.round((COMPARED_MS * sampleRate) / 1000);
    this.#coarse = new Float32Array(Math.floor((this.#longest + this.#compared) / this.#step));
  }

  /**
   * The period at the end of the first `end` samples of a signal, in samples.
   *
   * @remarks Of a short signal only short periods are found.
   */
  find(signal: Float32Array, end: number): number {
    const longest = Math.min(this.#longest, Math.floor(end * 0.55));
    const shortest = Math.min(this.#shortest, longest);
    const compared = Math.min(this.#compared, end - longest);
    const step = this.#step;
    const coarseEnd = this.#reduce(signal, end, Math.floor((longest + compared) / step));
    const rough =
      step *
      mostAlike(this.#coarse, coarseEnd, {
        compared: Math.floor(compared / step),
        shortest: Math.floor(shortest / step),
        longest: Math.floor(longest / step),
        preference: PREFERENCE,
      });
    return mostAlike(signal, end, {
      compared,
      shortest: Math.max(shortest, rough - step),
      longest: Math.min(longest, rough + step),
      preference: 0,
    });
  }

  /** @returns How many samples of the lower rate there are. */
  #reduce(signal: Float32Array, end: number, count: number): number {
    const step = this.#step;
    let at = end - count * step;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = 0; k < step; k++) sum += signal[at + k] ?? 0;
      at += step;
      this.#coarse[i] = sum;
    }
    return count;
  }
}

interface LagRange {
  readonly compared: number;
  readonly shortest: number;
  readonly longest: number;
  readonly preference: number;
}

function mostAlike(signal: Float32Array, end: number, range: LagRange): number {
  const { compared, shortest, longest, preference } = range;
  let best = longest;
  let bestLikeness = -Infinity;
  for (let lag = shortest; lag <= longest; lag++) {
    const handicap = (preference * (lag - shortest)) / Math.max(1, longest - shortest);
    const likeness = likenessAt(signal, end, compared, lag) - handicap;
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return Math.max(1, best);
}

/** Normalised cross-correlation of the last stretch with the one `lag` samples earlier: -1 to 1. */
function likenessAt(signal: Float32Array, end: number, compared: number, lag: number): number {
  let product = 0;
  let energy = 1;
  let earlierEnergy = 1;
  for (let i = end - compared; i < end; i++) {
    const sample = signal[i] ?? 0;
    const earlier = signal[i - lag] ?? 0;
    product += sample * earlier;
    energy += sample * sample;
    earlierEnergy += earlier * earlier;
  }
  return product / Math.sqrt(energy * earlierEnergy);
}
