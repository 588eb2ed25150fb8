/** Pitch of a voice: 66 to 400 Hz at 8 kHz. */
const SHORTEST_PERIOD_MS = 2.5;
const LONGEST_PERIOD_MS = 15;
/** The stretch that is compared with its past to find the period. */
const COMPARED_MS = 10;
/** After this much invention there is silence. */
const FADE_MS = 60;
/** Length of the joint between invented and real audio. */
const JOINT_MS = 4;

/**
 * Invents audio for a hole: repeats the last period of the voice, fading to silence in 60 ms, and blends into
 * the real audio behind it.
 *
 * @see ITU-T G.711 Appendix I for the idea of pitch repetition; this is a simpler one.
 */
export class Concealment {
  readonly #past: Int16Array;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #compared: number;
  readonly #fadeSamples: number;
  readonly #jointSamples: number;
  #period = 0;
  /** Samples invented in this hole; 0 outside holes. */
  #invented = 0;

  constructor(sampleRate: number) {
    const samples = (ms: number): number => Math.round((ms * sampleRate) / 1000);
    this.#shortest = samples(SHORTEST_PERIOD_MS);
    this.#longest = samples(LONGEST_PERIOD_MS);
    this.#compared = samples(COMPARED_MS);
    this.#fadeSamples = samples(FADE_MS);
    this.#jointSamples = samples(JOINT_MS);
    this.#past = new Int16Array(this.#longest + this.#compared);
  }

  /** Samples that can still be invented before silence. */
  get remaining(): number {
    return this.#fadeSamples - this.#invented;
  }

  /** Remembers real audio, and blends its front with the invention if a hole came before. */
  accept(real: Int16Array): void {
    if (this.#invented > 0) this.#blend(real);
    this.#invented = 0;
    const past = this.#past;
    if (real.length >= past.length) {
      past.set(real.subarray(real.length - past.length));
      return;
    }
    past.copyWithin(0, real.length);
    past.set(real, past.length - real.length);
  }

  /** Fills all of `out`; the user asks for no more than `remaining`. */
  invent(out: Int16Array): void {
    if (this.#invented === 0) this.#period = this.#findPeriod();
    for (let i = 0; i < out.length; i++) out[i] = this.#nextSample();
  }

  /** A pause: what was before is forgotten. */
  forget(): void {
    this.#past.fill(0);
    this.#invented = 0;
  }

  #nextSample(): number {
    const gain = Math.max(0, 1 - this.#invented / this.#fadeSamples);
    const at = this.#past.length - this.#period + (this.#invented % this.#period);
    this.#invented += 1;
    return (this.#past[at] ?? 0) * gain;
  }

  #blend(real: Int16Array): void {
    const count = Math.min(this.#jointSamples, real.length);
    for (let i = 0; i < count; i++) {
      const share = (i + 1) / (count + 1);
      real[i] = (real[i] ?? 0) * share + this.#nextSample() * (1 - share);
    }
  }

  /** The lag at which the end of the past resembles itself most. */
  #findPeriod(): number {
    let best = this.#longest;
    let bestLikeness = -Infinity;
    for (let lag = this.#shortest; lag <= this.#longest; lag++) {
      const likeness = this.#likeness(lag);
      if (likeness > bestLikeness) {
        bestLikeness = likeness;
        best = lag;
      }
    }
    return best;
  }

  /** Normalised cross-correlation of the last stretch with the one `lag` samples earlier. */
  #likeness(lag: number): number {
    const past = this.#past;
    const start = past.length - this.#compared;
    let product = 0;
    let energy = 1;
    for (let i = start; i < past.length; i++) {
      const earlier = past[i - lag] ?? 0;
      product += (past[i] ?? 0) * earlier;
      energy += earlier * earlier;
    }
    return product / Math.sqrt(energy);
  }
}
