import { PAST_MS } from './extrapolator.ts';
import { FADE_MS, HoleFiller } from './hole-filler.ts';
import type { Following } from './hole-filler.ts';

/** The joint with real sound grows with the hole: the longer an invention, the further from the truth. */
const JOINT_MS = 4;
const JOINT_GROWTH = 0.4;
const JOINT_GROWTH_FROM_MS = 10;
const LONGEST_JOINT_MS = 10;
/** How long the last sound before a pause is heard. */
const RELEASE_MS = 10;
/** The past is moved to the front of its room once in so many times its length. */
const PAST_ROOM = 3;

/**
 * Invents sound for holes. What was before a hole is gone on with, fading to silence in 60 ms; if the sound behind it is
 * known, it is gone on with backwards as well, and the two meet in the hole. Works only in holes, else it copies.
 *
 * @remarks Positions and counts are samples per channel; samples of two channels are interleaved.
 * @see ITU-T G.711 Appendix I
 */
export class Concealment {
  readonly #sampleRate: number;
  readonly #channels: number;
  readonly #pastLength: number;
  /** The latest real sound is what ends at `#pastEnd`. */
  readonly #past: Int16Array;
  #pastEnd: number;
  /** One per channel, made for the first hole. */
  #fillers: readonly HoleFiller[] = [];
  /** Filled since the last real sound, silence counted in; 0 outside holes. */
  #missing = 0;
  /** The invention has led to the sound behind the hole: no joint is needed. */
  #isBridged = false;
  /** Nothing is gone on with: so it is at the start and in pauses. */
  #isSilent = true;

  constructor(sampleRate: number, channels: number) {
    this.#sampleRate = sampleRate;
    this.#channels = channels;
    this.#pastLength = this.#samples(PAST_MS) * channels;
    this.#past = new Int16Array(this.#pastLength * PAST_ROOM);
    this.#pastEnd = this.#pastLength;
  }

  /** Remembers real sound, and blends its front with the invention if a hole came before that it was not known behind. */
  accept(real: Int16Array): void {
    if (this.#missing > 0 && !this.#isBridged) this.#join(real);
    this.#missing = 0;
    this.#isSilent = false;
    const past = this.#past;
    if (this.#pastEnd + real.length > past.length) {
      past.copyWithin(0, this.#pastEnd - this.#pastLength, this.#pastEnd);
      this.#pastEnd = this.#pastLength;
    }
    const excess = real.length - (past.length - this.#pastEnd);
    const kept = excess > 0 ? real.subarray(excess) : real;
    past.set(kept, this.#pastEnd);
    this.#pastEnd += kept.length;
  }

  /**
   * Fills all of `out` with what may have been lost.
   *
   * @returns How many samples per channel are invented; behind them it is silence.
   */
  invent(out: Int16Array, following: Following): number {
    const count = out.length / this.#channels;
    if (this.#missing === 0) this.#begin();
    const fade = this.#samples(FADE_MS);
    const isBridged = following.samples.length > 0 && count + following.distance <= fade;
    const invented = isBridged ? count : Math.min(count, Math.max(0, fade - this.#missing));
    const sounding = out.subarray(0, invented * this.#channels);
    if (invented > 0) for (const filler of this.#fillers) filler.fill(sounding, following);
    out.fill(0, sounding.length);
    this.#missing += count;
    this.#isBridged = isBridged && following.distance === 0;
    return invented;
  }

  /** Fills all of `out` with silence, into which the sound before a pause dies away. What comes next is a beginning. */
  pause(out: Int16Array): void {
    out.fill(0);
    if (this.#isSilent) return;
    if (this.#missing === 0) this.#begin();
    const count = Math.min(this.#samples(RELEASE_MS), out.length / this.#channels);
    for (const filler of this.#fillers) filler.release(out, count);
    this.#past.fill(0);
    // The sender has set in by itself: the shortest joint will do.
    this.#missing = 1;
    this.#isBridged = false;
    this.#isSilent = true;
  }

  #begin(): void {
    if (this.#fillers.length === 0) {
      const channels = this.#channels;
      this.#fillers = Array.from(
        { length: channels },
        (_, channel) => new HoleFiller(this.#sampleRate, { channel, channels }),
      );
    }
    const past = this.#past.subarray(this.#pastEnd - this.#pastLength, this.#pastEnd);
    for (const filler of this.#fillers) filler.begin(past);
  }

  #join(real: Int16Array): void {
    const holeMs = (this.#missing * 1000) / this.#sampleRate;
    const growth = JOINT_GROWTH * Math.max(0, holeMs - JOINT_GROWTH_FROM_MS);
    const joint = this.#samples(Math.min(LONGEST_JOINT_MS, JOINT_MS + growth));
    const count = Math.min(joint, real.length / this.#channels);
    for (const filler of this.#fillers) filler.join(real, count);
  }

  #samples(ms: number): number {
    return Math.ceil((ms * this.#sampleRate) / 1000);
  }
}
