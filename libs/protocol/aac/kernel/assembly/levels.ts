import { bandCount, bandsPerGroup, ENDS, STARTS, WINDOWS } from './bands';
import { magnitudesOf, spectrumOf } from './frame';
import {
  add,
  largestLane,
  loadInt,
  loadLanes,
  mul,
  storeInt,
  storeLanes,
  sumOfLanes,
} from './lanes';
import { noiseGain } from './tuning';

// How loud the bands of a channel are, in steps of scalefactors: src/rate/band-levels.ts.

const STEPS_PER_DOUBLING: f32 = 5.333333492279053;
const LEAST_MEAN: f32 = 0.001;
const LEAST_ENERGY: f32 = 1e-9;
const LARGEST_LOG2: f32 = 12.99;
const SCALEFACTOR_OF_ONE: f32 = 100.1;
const MOST_ENERGY: i32 = 155;

const levels = memory.data(2 * 128 * 4, 16);
const shapes = memory.data(2 * 128 * 4, 16);
const noiseEnergies = memory.data(2 * 128 * 4, 16);
const leastScalefactors = memory.data(2 * 4, 16);

/** Of each band, i32: the scalefactor, less 100, with which its bins are quantised to one in the mean. */
export function levelsOf(channel: i32): usize {
  return levels + ((<usize>channel) << 9);
}

/** Of each band, i32: how much larger its scalefactor is than that of the faintest. */
export function shapesOf(channel: i32): usize {
  return shapes + ((<usize>channel) << 9);
}

/** Of each band that may be noise, i32: `2 log2` of the energy of a window. */
export function noiseEnergiesOf(channel: i32): usize {
  return noiseEnergies + ((<usize>channel) << 9);
}

/** The least scalefactor with which no value is beyond 8191. */
export function leastScalefactorOf(channel: i32): i32 {
  return loadInt(leastScalefactors, channel);
}

/** Logarithm to base 2, off by 0.005 at most: a cubic for the mantissa. */
function log2(value: f32): f32 {
  const bits = reinterpret<i32>(value);
  const m = reinterpret<f32>((bits & 0x7fffff) | 0x3f800000);
  const square = <f32>0.15824871 * m + <f32>-1.05187502;
  const linear = square * m + <f32>3.04788415;
  return <f32>((bits >> 23) - 127) + linear * m + <f32>-2.15413;
}

/** The nearest whole number, halves upwards. */
export function nearestInt(value: f32): i32 {
  return <i32>floor<f32>(value + <f32>0.5);
}

/** @param noiseFrom The first band of a group whose energy is needed. */
export function measureBands(channel: i32, shape: f32, noiseFrom: i32): void {
  const spectrum = spectrumOf(channel);
  const magnitudes = magnitudesOf(channel);
  const gain = noiseGain();
  let highest = f32x4.splat(0);
  let sfb = 0;
  for (let band = 0; band < bandCount; band++) {
    const from = loadInt(STARTS, band);
    const to = loadInt(ENDS, band);
    let sum = f32x4.splat(0);
    let energy = f32x4.splat(0);
    for (let bin = from; bin < to; bin += 4) {
      const size = f32x4.abs(loadLanes(spectrum, bin));
      const magnitude = f32x4.sqrt(mul(size, f32x4.sqrt(size)));
      storeLanes(magnitudes, bin, magnitude);
      sum = add(sum, magnitude);
      energy = add(energy, mul(size, size));
      highest = f32x4.max(highest, magnitude);
    }
    const level = log2(sumOfLanes(sum) / <f32>(to - from) + LEAST_MEAN);
    storeInt(levelsOf(channel), band, nearestInt(level * STEPS_PER_DOUBLING));
    storeInt(shapesOf(channel), band, nearestInt(level * shape));
    if (sfb >= noiseFrom) {
      const noise = (sumOfLanes(energy) * gain) / <f32>loadInt(WINDOWS, band);
      const steps = nearestInt(<f32>2 * log2(noise + LEAST_ENERGY));
      storeInt(noiseEnergiesOf(channel), band, min(MOST_ENERGY, steps));
    }
    sfb++;
    if (sfb == bandsPerGroup) sfb = 0;
  }
  const excess = log2(largestLane(highest) + LEAST_ENERGY) - LARGEST_LOG2;
  const least = <i32>ceil<f32>(SCALEFACTOR_OF_ONE + excess * STEPS_PER_DOUBLING);
  storeInt(leastScalefactors, channel, max(1, least));
}
