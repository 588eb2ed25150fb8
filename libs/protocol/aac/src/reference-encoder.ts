import { buildAudioSpecificConfig } from './audio-specific-config.ts';
import { EIGHT_SHORT, MAX_CHANNEL_BANDS } from './frame/channel-frame.ts';
import { MAX_CHANNEL_BITS, writeRawDataBlock } from './frame/raw-data-block.ts';
import { BandList } from './rate/band-list.ts';
import { BitBudget } from './rate/bit-budget.ts';
import { RateControl } from './rate/rate-control.ts';
import { planRate, type RatePlan } from './rate/rate-plan.ts';
import { type AnalysedFrame, Analysis } from './signal/analysis.ts';
import { chooseMidSide } from './signal/mid-side.ts';
import { planResampling } from './signal/resampling-plan.ts';
import { bandOffsetsOf } from './tables/band-offsets.ts';

/** Settings of an encoder. */
export interface ReferenceEncoderOptions {
  /** Samples per second of the PCM given. */
  readonly sourceRate: number;
  /** Samples per second of the stream: 16 000, 32 000, 44 100 or 48 000. */
  readonly sampleRate: number;
  /** Of the PCM given and of the stream. */
  readonly channels: 1 | 2;
  /** 16 to 256, of all channels together; what 6144 bits per channel and frame do not allow is not used. */
  readonly bitrateKbps: number;
  /** Whether attacks get short windows; costs a frame of delay. Pays for music and at 32 kb/s and less. */
  readonly shortBlocks: boolean;
  /** Whether fill elements keep the rate where there is nothing to say. */
  readonly constantRate: boolean;
}

/** Codes spectra to frames: all of the encoder that kernel and reference have in common to the bit. */
export class SpectrumCoder {
  readonly #plan: RatePlan;
  readonly #offsets: ReturnType<typeof bandOffsetsOf>;
  readonly #budget: BitBudget;
  readonly #control: RateControl;
  readonly #bands = new BandList();
  readonly #mask = new Uint8Array(MAX_CHANNEL_BANDS);
  readonly #out: Uint8Array;

  constructor(plan: RatePlan, sampleRate: number) {
    this.#plan = plan;
    this.#offsets = bandOffsetsOf(sampleRate);
    this.#budget = new BitBudget(plan);
    this.#control = new RateControl(plan);
    this.#out = new Uint8Array((plan.channels * MAX_CHANNEL_BITS) / 8);
  }

  /** @returns The frame, lent until the next. Middle and side are made in the spectra's place. */
  encode(analysed: AnalysedFrame): Uint8Array {
    const isShort = analysed.windowSequence === EIGHT_SHORT;
    const offsets = isShort ? this.#offsets.short : this.#offsets.long;
    const maxSfb = (isShort ? this.#plan.short : this.#plan.long).bandCount;
    for (const frame of this.#control.frames) {
      frame.windowSequence = analysed.windowSequence;
      frame.groupCount = analysed.groupCount;
      frame.groupLengths.set(analysed.groupLengths);
    }
    this.#bands.fill(analysed, offsets, maxSfb);
    const [left, right] = analysed.spectra;
    if (left !== undefined && right !== undefined) {
      const layout = { groups: analysed, bandOffsets: offsets, maxSfb };
      chooseMidSide(left, right, layout, this.#mask);
    }
    const allowance = this.#budget.next(analysed.attack);
    const { spectra } = analysed;
    const input = { spectra, bands: this.#bands, offsets, midSideMask: this.#mask, allowance };
    const bytes = Math.ceil(this.#control.encode(input) / 8);
    const fillBytes = this.#budget.spend(allowance, bytes);
    const block = { offsets: this.#offsets, channels: this.#control.frames, fillBytes };
    const written = writeRawDataBlock(
      { ...block, midSideMask: this.#control.midSideMask },
      this.#out,
    );
    return this.#out.subarray(0, written);
  }
}

/**
 * An AAC-LC encoder, plain: what the fast kernel must do, to be read and to be compared with. PCM in, frames out:
 * {@link Analysis} makes spectra of it, {@link SpectrumCoder} codes them.
 *
 * @see ISO/IEC 14496-3 section 4
 */
export class ReferenceEncoder {
  /** What decoders need before the first frame. */
  readonly audioSpecificConfig: Uint8Array;
  /** Samples at the front of the first frames that belong to no input, at the stream's rate. */
  readonly primingSamples: number;
  readonly #analysis: Analysis;
  readonly #coder: SpectrumCoder;

  /** @throws AacError when a rate or the bitrate is not one that can be coded. */
  constructor(options: ReferenceEncoderOptions) {
    const { sampleRate, channels } = options;
    const plan = planResampling(options.sourceRate, sampleRate);
    this.audioSpecificConfig = buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    });
    this.primingSamples = 1024 + Math.round(plan.delaySamples);
    this.#analysis = new Analysis(plan, options);
    this.#coder = new SpectrumCoder(
      planRate({ ...options, usableBins: plan.usableBins }),
      sampleRate,
    );
  }

  /**
   * Takes PCM of any length, two channels interleaved, and hands over the frames that became complete.
   *
   * @param onFrame Gets each frame without a header; it is lent.
   */
  encode(pcm: Int16Array, onFrame: (frame: Uint8Array) => void): void {
    this.#analysis.push(pcm, (analysed) => {
      onFrame(this.#coder.encode(analysed));
    });
  }

  /** Hands over what is left, to the last sample that came. Nothing may be encoded after it. */
  flush(onFrame: (frame: Uint8Array) => void): void {
    this.#analysis.flush((analysed) => {
      onFrame(this.#coder.encode(analysed));
    });
  }
}
