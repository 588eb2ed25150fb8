import type { ChannelFrame } from '../frame/channel-frame.ts';
import { NOISE_BOOK } from '../frame/spectrum-bits.ts';
import { MAX_SCALEFACTOR_DELTA } from '../tables/scalefactor-codebook.ts';
import type { BandLevels } from './band-levels.ts';
import type { BandList } from './band-list.ts';
import { f32 } from './lanes.ts';
import type { BandPlan } from './rate-plan.ts';
import { TUNING } from './tuning.ts';

const MAX_SCALEFACTOR = 255;
const ROUNDING = f32(TUNING.rounding);

/** By scalefactor: what a companded value is multiplied with, `2 ^ (-3/16 (scalefactor - 100))`, f32. */
export const QUANTISER_SCALES = Float32Array.from({ length: MAX_SCALEFACTOR + 1 }, (_, factor) =>
  Math.pow(2, (-3 / 16) * (factor - 100)),
);

/** One channel to be quantised. */
export interface QuantiserInput {
  readonly spectrum: Float32Array;
  readonly levels: BandLevels;
  readonly bands: BandList;
  readonly plan: BandPlan;
  /** Scalefactor to which the bands' shapes are added. */
  readonly base: number;
  /** Whether bands of zeros may become noise. */
  readonly allowsNoise: boolean;
}

/**
 * Fills values, scalefactors and the marks of noise bands of a channel, as if `maxSfb` were all bands.
 *
 * @returns How many bands have a larger scalefactor than `base` asks for: quantised better they would be better than
 *   the source.
 * @see ISO/IEC 14496-3 sections 4.6.1.3 (quantisation) and 4.6.13 (noise substitution)
 */
export function quantiseChannel(channel: ChannelFrame, input: QuantiserInput): number {
  const { levels, bands, base, plan } = input;
  const least = Math.max(TUNING.leastScalefactor, levels.leastScalefactor);
  let limited = 0;
  let before = -1;
  let noiseBefore = -1;
  channel.maxSfb = bands.bandsPerGroup;
  for (let band = 0; band < bands.count; band += 1) {
    const wanted = base + (levels.shapes[band] ?? 0);
    if (wanted < least) limited += 1;
    let scalefactor = Math.min(MAX_SCALEFACTOR, Math.max(least, wanted));
    if (before >= 0) scalefactor = clampStep(scalefactor, before);
    const sfb = band % bands.bandsPerGroup;
    const isCoded = quantiseBand(channel, input, {
      band,
      scalefactor,
      isSparse: sfb >= plan.sparseFrom,
    });
    channel.scalefactors[band] = scalefactor;
    channel.codebooks[band] = 0;
    if (isCoded) before = scalefactor;
    const energy = levels.noiseEnergies[band] ?? 0;
    const isAudible = energy >= TUNING.noise.leastEnergy;
    if (isCoded || !isAudible || sfb < plan.noiseFrom || !input.allowsNoise) continue;
    noiseBefore = noiseBefore < 0 ? energy : clampStep(energy, noiseBefore);
    channel.codebooks[band] = NOISE_BOOK;
    channel.scalefactors[band] = noiseBefore;
  }
  return limited;
}

function clampStep(value: number, before: number): number {
  const low = before - MAX_SCALEFACTOR_DELTA;
  return Math.max(low, Math.min(before + MAX_SCALEFACTOR_DELTA, value));
}

/** @returns Whether something of the band is not zero. */
function quantiseBand(
  { quantised }: ChannelFrame,
  { spectrum, levels, bands }: QuantiserInput,
  { band, scalefactor, isSparse }: { band: number; scalefactor: number; isSparse: boolean },
): boolean {
  const start = bands.starts[band] ?? 0;
  const end = bands.ends[band] ?? 0;
  const scale = QUANTISER_SCALES[scalefactor] ?? 0;
  let largest = 0;
  let sum = 0;
  for (let bin = start; bin < end; bin += 1) {
    const size = Math.trunc(f32(f32((levels.companded[bin] ?? 0) * scale) + ROUNDING));
    largest = Math.max(largest, size);
    sum += size;
    quantised[bin] = (spectrum[bin] ?? 0) < 0 ? -size : size;
  }
  if (!isSparse || largest !== 1 || sum * TUNING.sparse.binsPerOne > end - start)
    return largest > 0;
  quantised.fill(0, start, end);
  return false;
}
