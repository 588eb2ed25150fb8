import { AacError } from '../audio-specific-config.ts';
import { MAX_CHANNEL_BITS } from '../frame/raw-data-block.ts';
import { bandOffsetsOf } from '../tables/band-offsets.ts';
import { TUNING } from './tuning.ts';

/** What the rate control must know. */
export interface RateOptions {
  /** Samples per second of the stream. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** 16 to 256, of both channels together. */
  readonly bitrateKbps: number;
  /** Bins of a long window that can hold something of the source. */
  readonly usableBins: number;
  /** Whether what the reservoir cannot keep is sent as fill elements. */
  readonly constantRate: boolean;
}

/** Of long or of short windows. */
export interface BandPlan {
  /** Bands that are coded. */
  readonly bandCount: number;
  /** From this band on zeros become noise; beyond all bands for a pair, whose decoders may tie their noise together. */
  readonly noiseFrom: number;
  /** From this band on nearly nothing becomes noise as well. */
  readonly sparseFrom: number;
}

/** The rate control's numbers for one kind of stream: all the kernel must be told beside its tables. */
export interface RatePlan {
  readonly channels: 1 | 2;
  readonly long: BandPlan;
  readonly short: BandPlan;
  /** By how many scalefactor steps a band's step grows when its level doubles; f32. */
  readonly shape: number;
  /** Bits of a frame: `whole`, and one more as often as `rest` of `outOf` frames. */
  readonly mean: { readonly whole: number; readonly rest: number; readonly outOf: number };
  /** Bits that the reservoir holds at most. */
  readonly capacity: number;
  /** Bits that it should hold, so that there is room for both. */
  readonly target: number;
  readonly constantRate: boolean;
}

const LEAST_KBPS = 16;
const MOST_KBPS = 256;

/** Decides what depends on rates alone. @throws AacError for a bitrate out of range. */
export function planRate(options: RateOptions): RatePlan {
  const { sampleRate, channels, bitrateKbps, usableBins, constantRate } = options;
  if (!Number.isInteger(bitrateKbps) || bitrateKbps < LEAST_KBPS || bitrateKbps > MOST_KBPS) {
    throw new AacError(`${bitrateKbps} kb/s is not ${LEAST_KBPS} to ${MOST_KBPS}`);
  }
  const most = channels * MAX_CHANNEL_BITS;
  const bits = Math.min(bitrateKbps * 1000 * 1024, most * sampleRate);
  const whole = Math.floor(bits / sampleRate);
  const rest = bits - whole * sampleRate;
  const bitsPerChannel = bits / sampleRate / channels;
  const codedBins = Math.min(usableBins, affordableBins(bitsPerChannel, sampleRate));
  const { perBit, fromBits, most: mostShape } = TUNING.shape;
  const alpha = Math.max(0, Math.min(mostShape, perBit * (bitsPerChannel / codedBins - fromBits)));
  const { long, short } = bandOffsetsOf(sampleRate);
  const capacity = most - whole - (rest > 0 ? 1 : 0);
  return {
    channels,
    long: planBands(long, { codedBins, channels, binHz: sampleRate / 2048 }),
    short: planBands(short, { codedBins: codedBins / 8, channels, binHz: sampleRate / 256 }),
    shape: Math.fround((alpha * 16) / 3),
    mean: { whole, rest, outOf: sampleRate },
    capacity,
    target: Math.floor((capacity * TUNING.reservoir.targetPercent) / 100),
    constantRate,
  };
}

function affordableBins(bitsPerChannel: number, sampleRate: number): number {
  const { leastHz, fullHz, mostHz, bitsPerBin } = TUNING.bandwidth;
  const bins = (hz: number): number => (hz * 2048) / sampleRate;
  const upToFull = Math.min(bins(fullHz), bitsPerChannel);
  const aboveFull = Math.min(bins(mostHz), bitsPerChannel / bitsPerBin);
  return Math.max(bins(leastHz), upToFull, aboveFull);
}

interface BandLimits {
  readonly codedBins: number;
  readonly channels: 1 | 2;
  readonly binHz: number;
}

function planBands(offsets: Uint16Array, { codedBins, channels, binHz }: BandLimits): BandPlan {
  const starts = offsets.subarray(0, -1);
  const firstFrom = (bin: number): number => starts.filter((start) => start < bin).length;
  return {
    bandCount: firstFrom(codedBins),
    noiseFrom: channels === 1 ? firstFrom(TUNING.noise.fromHz / binHz) : starts.length,
    sparseFrom: channels === 1 ? firstFrom(TUNING.sparse.fromHz / binHz) : starts.length,
  };
}
