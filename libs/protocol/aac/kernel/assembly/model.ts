import { bandCount, ENDS, STARTS } from './bands';
import { loadFloat, loadInt } from './lanes';
import { levelsOf, shapesOf } from './levels';
import { leastScalefactor } from './tuning';

// How many bits a frame will cost: src/rate/bit-model.ts.

/** Bits of a value by its mean size, 2^((i - 256) 3/16), f32; the host fills it. */
export const MODEL: usize = memory.data(1024 * 4, 16);
const MODEL_SIZE: i32 = 1024;
/** The entry of a mean size of one, and the scalefactor it goes with. */
const MODEL_ONE: i32 = 256 + 100;
const BAND_BITS: i32 = 4;
const CHANNEL_BITS: i32 = 40;
const LEAST_BASE: i32 = -60;
const MOST_BASE: i32 = 200;

/** The least base scalefactor with which a frame should not cost more than wanted. */
export function findBase(channels: i32, wanted: i32, correction: f32): i32 {
  const fixed = <f32>(channels * (CHANNEL_BITS + BAND_BITS * bandCount)) + correction;
  let low = LEAST_BASE;
  let high = MOST_BASE;
  while (high - low > 1) {
    const base = (low + high) >> 1;
    let bits = fixed;
    for (let channel = 0; channel < channels; channel++) bits = addBits(bits, channel, base);
    if (bits > <f32>wanted) low = base;
    else high = base;
  }
  return high;
}

function addBits(bits: f32, channel: i32, base: i32): f32 {
  const levels = levelsOf(channel);
  const shapes = shapesOf(channel);
  const least = leastScalefactor();
  let sum = bits;
  for (let band = 0; band < bandCount; band++) {
    const scalefactor = max(least, base + loadInt(shapes, band));
    const index = loadInt(levels, band) - scalefactor + MODEL_ONE;
    if (index <= 0) continue;
    const width = <f32>(loadInt(ENDS, band) - loadInt(STARTS, band));
    sum += loadFloat(MODEL, min(MODEL_SIZE - 1, index)) * width;
  }
  return sum;
}
