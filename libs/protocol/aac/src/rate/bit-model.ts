import type { BandLevels } from './band-levels.ts';
import type { BandList } from './band-list.ts';
import { f32 } from './lanes.ts';
import { TUNING } from './tuning.ts';

/** Entry of the model for a mean value of one. */
const MODEL_ONE = 256;
const MODEL_SIZE = 1024;
/** Bits of a band beside its values, and of a channel beside its bands. */
const BAND_BITS = 4;
const CHANNEL_BITS = 40;
/** The base scalefactors among which one is found: all bands are zero at the upper one. */
const LEAST_BASE = -60;
const MOST_BASE = 200;

/**
 * Bits of a bin when the mean size of the quantised values is `2 ^ (3/16 (index - 256))`, f32: the entropy of a
 * geometric distribution of that mean, and a sign for what is not zero.
 */
export const BITS_PER_BIN = Float32Array.from({ length: MODEL_SIZE }, (_, index) => {
  const mean = Math.pow(2, ((index - MODEL_ONE) * 3) / 16);
  if (mean < 1e-4) return 0;
  return Math.log2(1 + mean) + mean * Math.log2(1 + 1 / mean) + mean / (1 + mean);
});

/**
 * The least base scalefactor with which a frame should not cost more than wanted, by the model.
 *
 * @param correction What frames cost more than the model says, in bits, f32.
 */
export function findBase(
  channels: readonly BandLevels[],
  bands: BandList,
  { wanted, correction }: { readonly wanted: number; readonly correction: number },
): number {
  let low = LEAST_BASE;
  let high = MOST_BASE;
  while (high - low > 1) {
    const base = (low + high) >> 1;
    const fixed = channels.length * (CHANNEL_BITS + BAND_BITS * bands.count);
    let bits = f32(fixed + correction);
    for (const levels of channels) bits = addBits(bits, levels, bands, base);
    if (bits > wanted) low = base;
    else high = base;
  }
  return high;
}

function addBits(bits: number, levels: BandLevels, bands: BandList, base: number): number {
  let sum = bits;
  for (let band = 0; band < bands.count; band += 1) {
    const wanted = base + (levels.shapes[band] ?? 0);
    const scalefactor = Math.max(TUNING.leastScalefactor, wanted);
    const index = (levels.levels[band] ?? 0) - scalefactor + 100 + MODEL_ONE;
    if (index <= 0) continue;
    const width = (bands.ends[band] ?? 0) - (bands.starts[band] ?? 0);
    sum = f32(sum + f32((BITS_PER_BIN[Math.min(MODEL_SIZE - 1, index)] ?? 0) * width));
  }
  return sum;
}
