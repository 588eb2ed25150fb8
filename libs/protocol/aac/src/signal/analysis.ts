import { EIGHT_SHORT, FRAME_BINS, SHORT_BINS, SHORT_WINDOWS } from '../frame/channel-frame.ts';
import { bandOffsetsOf } from '../tables/band-offsets.ts';
import type { BlockDecision } from './attack.ts';
import { AttackDetector, createBlockDecision } from './attack.ts';
import { Mdct } from './mdct.ts';
import { Resampler, RESAMPLER_INPUT, RESAMPLER_OUTPUT } from './resample.ts';
import type { ResamplingPlan } from './resampling-plan.ts';
import type { WindowSequence } from './window.ts';
import { windowSlopes } from './window.ts';

/** One frame's spectrum. Lent: it is filled again with the next. */
export interface AnalysedFrame extends BlockDecision {
  /**
   * 1024 bins per channel in the order of transmission: a long window by bin; short ones by group, in a group by band,
   * in a band by window, a group beginning at 128 times the windows before it. In units of 16 bit as decoders have
   * them: quantised value q and scalefactor s stand for `q^(4/3) 2^((s - 100) / 4)`.
   */
  readonly spectra: readonly Float32Array[];
}

/** Settings of an {@link Analysis}. */
export interface AnalysisOptions {
  readonly channels: 1 | 2;
  /** Whether attacks get short windows: frames then come one block (1024 samples of the stream) later. */
  readonly shortBlocks: boolean;
}

/**
 * From PCM to spectra: resamples, finds attacks, decides windows, transforms. The first sample of the source is
 * decoded `1024 + plan.delaySamples` samples behind the first of the stream. Double precision; spectra in f32.
 *
 * @see ISO/IEC 14496-3 section 4.6.11 (filterbank and block switching)
 */
export class Analysis {
  readonly #plan: ResamplingPlan;
  readonly #channels: readonly ChannelAnalysis[];
  readonly #newest: readonly Float64Array[];
  readonly #attacks: AttackDetector;
  readonly #lookAhead: boolean;
  readonly #blockSamples: number;
  readonly #frame: AnalysedFrame;
  #have = 0;
  /** Blocks that came and frames that are ready: the first block ahead makes no frame. */
  #blocks = 0;
  #sourceSamples = 0;
  #frames = 0;

  constructor(plan: ResamplingPlan, { channels, shortBlocks }: AnalysisOptions) {
    const bins = FRAME_BINS / plan.decimation;
    this.#plan = plan;
    this.#channels = Array.from({ length: channels }, () => new ChannelAnalysis(plan));
    this.#newest = this.#channels.map((channel) => channel.newest);
    this.#attacks = new AttackDetector(bins, channels, shortBlocks);
    this.#lookAhead = shortBlocks;
    this.#blockSamples = bins;
    this.#frame = {
      ...createBlockDecision(),
      spectra: this.#channels.map((channel) => channel.spectrum),
    };
  }

  /** Takes PCM of any length, two channels interleaved, and hands over the frames that became complete. */
  push(pcm: Int16Array, onFrame: (frame: AnalysedFrame) => void): void {
    const stride = this.#channels.length;
    const total = Math.floor(pcm.length / stride);
    for (let done = 0; done < total; done += RESAMPLER_INPUT) {
      const count = Math.min(RESAMPLER_INPUT, total - done);
      let made = 0;
      this.#channels.forEach((channel, index) => {
        made = channel.resample(pcm, done * stride + index, stride, count);
      });
      this.#collect(made, onFrame);
    }
    this.#sourceSamples += total;
  }

  /** Hands over frames until all that came can be decoded. */
  flush(onFrame: (frame: AnalysedFrame) => void): void {
    const { sampleRate, sourceRate, delaySamples } = this.#plan;
    const last = (this.#sourceSamples * sampleRate) / sourceRate + delaySamples + FRAME_BINS;
    const needed = this.#sourceSamples === 0 ? 0 : Math.ceil(last / FRAME_BINS);
    const silence = new Int16Array(this.#channels.length * RESAMPLER_INPUT);
    while (this.#frames < needed) {
      this.push(silence, (frame) => {
        if (this.#frames <= needed) onFrame(frame);
      });
    }
  }

  #collect(made: number, onFrame: (frame: AnalysedFrame) => void): void {
    for (let taken = 0; taken < made;) {
      const count = Math.min(made - taken, this.#blockSamples - this.#have);
      for (const channel of this.#channels) channel.append(taken, count, this.#have);
      taken += count;
      this.#have += count;
      if (this.#have === this.#blockSamples) this.#complete(onFrame);
    }
  }

  #complete(onFrame: (frame: AnalysedFrame) => void): void {
    this.#have = 0;
    this.#blocks += 1;
    this.#attacks.push(this.#newest);
    const ready = !this.#lookAhead || this.#blocks > 1;
    if (ready) this.#attacks.decide(this.#frame);
    for (const channel of this.#channels) {
      if (ready) channel.transform(this.#frame, this.#lookAhead);
      channel.rotate();
    }
    if (!ready) return;
    this.#frames += 1;
    onFrame(this.#frame);
  }
}

/** The samples of one channel and their transforms. */
class ChannelAnalysis {
  readonly spectrum = new Float32Array(FRAME_BINS);
  readonly newest: Float64Array;
  readonly #plan: ResamplingPlan;
  readonly #resampler: Resampler;
  readonly #output = new Float64Array(RESAMPLER_OUTPUT);
  /** Three blocks of the grid, oldest first; the newest is filled apart. */
  readonly #blocks: Float64Array;
  readonly #long: Mdct;
  readonly #short: Mdct;
  readonly #slopes: ReturnType<typeof windowSlopes>;
  readonly #shortBands: Uint16Array;
  readonly #shortSpectrum = new Float32Array(FRAME_BINS);

  constructor(plan: ResamplingPlan) {
    const bins = FRAME_BINS / plan.decimation;
    this.#plan = plan;
    this.#resampler = new Resampler(plan);
    this.#blocks = new Float64Array(3 * bins);
    this.newest = this.#blocks.subarray(2 * bins);
    this.#long = new Mdct(bins);
    this.#short = new Mdct(bins / SHORT_WINDOWS);
    this.#slopes = windowSlopes(bins);
    this.#shortBands = bandOffsetsOf(plan.sampleRate).short;
  }

  resample(pcm: Int16Array, first: number, stride: number, count: number): number {
    return this.#resampler.process({ pcm, first, stride, count }, this.#output);
  }

  append(from: number, count: number, into: number): void {
    this.newest.set(this.#output.subarray(from, from + count), into);
  }

  /** The newest block becomes the one before it. */
  rotate(): void {
    this.#blocks.copyWithin(0, this.#long.bins);
  }

  /** Transforms the two newest blocks, or the two before the newest when looking ahead. */
  transform(decision: BlockDecision, lookAhead: boolean): void {
    const at = lookAhead ? 0 : this.#long.bins;
    this.spectrum.fill(0);
    if (decision.windowSequence === EIGHT_SHORT) this.#transformShort(decision, at);
    else this.#transformLong(decision.windowSequence, at);
  }

  #transformLong(sequence: WindowSequence, at: number): void {
    const { long, edge } = this.#slopes;
    const window = {
      first: this.#blocks,
      firstAt: at,
      second: this.#blocks,
      secondAt: at + this.#long.bins,
      rising: sequence === 3 ? edge : long,
      falling: sequence === 1 ? edge : long,
    };
    this.#long.forward(window, this.#plan.decimation, this.spectrum);
    this.spectrum.fill(0, this.#plan.usableBins);
  }

  #transformShort(decision: BlockDecision, at: number): void {
    const { bins } = this.#short;
    const begin = at + (this.#long.bins - bins) / 2;
    const slope = this.#slopes.short;
    for (let window = 0; window < SHORT_WINDOWS; window += 1) {
      const firstAt = begin + window * bins;
      const samples = { first: this.#blocks, firstAt, second: this.#blocks };
      this.#short.forward(
        { ...samples, secondAt: firstAt + bins, rising: slope, falling: slope },
        this.#plan.decimation,
        this.#shortSpectrum,
        window * SHORT_BINS,
      );
    }
    this.#interleave(decision);
  }

  /** Brings the bins of the short windows into the order of transmission. */
  #interleave({ groupCount, groupLengths }: BlockDecision): void {
    const usable = Math.ceil(this.#plan.usableBins / SHORT_WINDOWS);
    let first = 0;
    for (let group = 0; group < groupCount; group += 1) {
      const windows = groupLengths[group] ?? 0;
      for (let window = 0; window < windows; window += 1) {
        this.#place({ first, windows, window, usable });
      }
      first += windows;
    }
  }

  #place(place: { first: number; windows: number; window: number; usable: number }): void {
    const { first, windows, window, usable } = place;
    const bands = this.#shortBands;
    for (let sfb = 0; (bands[sfb] ?? usable) < usable; sfb += 1) {
      const from = bands[sfb] ?? 0;
      const width = (bands[sfb + 1] ?? 0) - from;
      const into = first * SHORT_BINS + windows * from + window * width;
      for (let bin = 0; bin < Math.min(width, usable - from); bin += 1) {
        const value = this.#shortSpectrum[(first + window) * SHORT_BINS + from + bin] ?? 0;
        this.spectrum[into + bin] = value;
      }
    }
  }
}
