import {
  type ChannelFrame,
  createChannelFrame,
  EIGHT_SHORT,
  MAX_CHANNEL_BANDS,
} from '../frame/channel-frame.ts';
import { elementBits } from '../frame/raw-data-block.ts';
import { chooseSections } from '../frame/sections.ts';
import { trimBands } from '../frame/trim-bands.ts';
import { BandLevels } from './band-levels.ts';
import { BandList } from './band-list.ts';
import { findBase } from './bit-model.ts';
import type { Allowance } from './bit-budget.ts';
import { f32, nearest } from './lanes.ts';
import { quantiseChannel } from './quantise.ts';
import type { BandPlan, RatePlan } from './rate-plan.ts';
import { TUNING } from './tuning.ts';

/** Passes to come nearer to what is wanted. */
const FINE_PASSES = 3;
/** Passes in all: those behind the fine ones only make a frame smaller that exceeds its limit; the last is silence. */
const MAX_PASSES = 10;
/** From this pass on, bands of zeros stay zeros. */
const NO_NOISE_FROM = 7;
/** Bits that a bin costs more when the scalefactor of its band is lower by one. */
const BITS_PER_STEP = f32(0.1875);
/** How fast the model is corrected, and by how many bits at most at once. */
const CORRECTION_SHARE = f32(0.1);
const MAX_CORRECTION = 200;
/** Of the bands; when more cannot be better, a frame is short because it is good enough. */
const LIMITED_PERCENT = 60;

/** One frame to be brought to its size. */
export interface RateInput {
  /** By channel, 1024 bins in the order of transmission; middle and side already. */
  readonly spectra: readonly Float32Array[];
  readonly bands: BandList;
  /** Of the frame's windows. */
  readonly offsets: Uint16Array;
  /** 1 for each band that is middle and side; zeros for one channel. */
  readonly midSideMask: Uint8Array;
  readonly allowance: Allowance;
}

/** Chooses the steps of quantisation with which a frame has the size it should have. */
export class RateControl {
  /** The coded channels, ready to be written when {@link RateControl.encode} returns. */
  readonly frames: readonly [ChannelFrame] | readonly [ChannelFrame, ChannelFrame];
  /** Of the bands that are written. */
  readonly midSideMask = new Uint8Array(MAX_CHANNEL_BANDS);
  readonly #plan: RatePlan;
  readonly #levels: readonly BandLevels[];
  /** What frames cost more than the model says, in bits. */
  #correction = 0;
  /** Whether nearly all bands are as good as the source already: the frame is short because of that. */
  #isGoodEnough = false;
  #binCount = 0;

  constructor(plan: RatePlan) {
    this.#plan = plan;
    this.frames =
      plan.channels === 1 ? [createChannelFrame()] : [createChannelFrame(), createChannelFrame()];
    this.#levels = this.frames.map(() => new BandLevels());
  }

  /**
   * Quantises a frame; at most {@link MAX_PASSES} times, mostly once.
   *
   * @returns Bits of the frame before the last byte is filled; never above the limit.
   */
  encode(input: RateInput): number {
    const { allowance, bands, spectra } = input;
    const { wanted } = allowance;
    this.#binCount = bands.binCount * spectra.length;
    this.#levels.forEach((levels, at) => {
      levels.measure(spectra[at] ?? new Float32Array(0), bands, this.#plan.shape);
    });
    let base = findBase(this.#levels, bands, { wanted, correction: this.#correction });
    for (let pass = 0; pass < MAX_PASSES - 1; pass += 1) {
      const bits = this.#quantise(input, base, pass);
      if (pass === 0) this.#learn(bits, allowance);
      const step = this.#step(bits, allowance, pass);
      if (step === 0) return bits;
      base += step;
    }
    return this.#silence(input);
  }

  get #bandPlan(): BandPlan {
    const [first] = this.frames;
    return first.windowSequence === EIGHT_SHORT ? this.#plan.short : this.#plan.long;
  }

  #quantise(input: RateInput, base: number, pass: number): number {
    const { spectra, bands } = input;
    const plan = this.#bandPlan;
    let limited = 0;
    this.frames.forEach((frame, at) => {
      const [spectrum, levels] = [spectra[at], this.#levels[at]];
      if (spectrum === undefined || levels === undefined) return;
      const allowsNoise = pass < NO_NOISE_FROM;
      const channel = { spectrum, levels, bands, plan, base, allowsNoise };
      limited += quantiseChannel(frame, channel);
    });
    this.#isGoodEnough = 100 * limited > LIMITED_PERCENT * bands.count * spectra.length;
    return this.#count(input);
  }

  #count({ offsets, midSideMask }: RateInput): number {
    const channels = this.frames;
    // Trimmed with the bands: every pass needs it whole again.
    this.midSideMask.set(midSideMask);
    trimBands({ channels, midSideMask: this.midSideMask }, offsets);
    const sections = channels.map((frame) => chooseSections(frame, offsets));
    return sections.reduce(
      (sum, bits) => sum + bits,
      elementBits({ channels, midSideMask: this.midSideMask }),
    );
  }

  /** Corrects the model by what the first pass showed, unless the frame is short for another reason. */
  #learn(bits: number, { wanted, mean }: Allowance): void {
    const excess = bits - wanted;
    if (this.#isGoodEnough || excess < -4 * mean) return;
    const bounded = Math.max(-MAX_CORRECTION, Math.min(MAX_CORRECTION, excess));
    this.#correction = f32(this.#correction + f32(CORRECTION_SHARE * bounded));
  }

  /** By how much the base must change; 0 when the frame is as it should be. */
  #step(bits: number, { wanted, limit }: Allowance, pass: number): number {
    const perStep = f32(this.#binCount * BITS_PER_STEP);
    if (bits > limit) return Math.max(1 << pass, nearest(f32((bits - limit) / perStep)));
    if (pass >= FINE_PASSES - 1) return 0;
    const excess = bits - wanted;
    const { overPercent, underPercent } = TUNING.tolerance;
    const isOver = 100 * excess > overPercent * wanted;
    const isUnder = 100 * excess < -underPercent * wanted && !this.#isGoodEnough;
    return isOver || isUnder ? nearest(f32(excess / perStep)) : 0;
  }

  #silence(input: RateInput): number {
    for (const frame of this.frames) {
      frame.maxSfb = input.bands.bandsPerGroup;
      frame.quantised.fill(0);
      frame.codebooks.fill(0);
    }
    return this.#count(input);
  }
}
