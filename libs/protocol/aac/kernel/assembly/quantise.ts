import { bandCount, bandsPerGroup, ENDS, STARTS } from './bands';
import { codebooksOf, magnitudesOf, quantisedOf, scalefactorsOf, spectrumOf } from './frame';
import { add, loadFloat, loadInt, loadLanes, mul, storeInt } from './lanes';
import { leastScalefactorOf, noiseEnergiesOf, shapesOf } from './levels';
import { binsPerOne, leastNoiseEnergy, leastScalefactor, rounding } from './tuning';

// From spectra to whole numbers: src/rate/quantise.ts.

/** 2^(-3/16 (s - 100)), by scalefactor, f32; the host fills it. */
export const STEPS: usize = memory.data(256 * 4, 16);
const NOISE_BOOK: i32 = 13;
const MAX_SCALEFACTOR: i32 = 255;
const MAX_STEP: i32 = 60;

function clampStep(value: i32, before: i32): i32 {
  return max(before - MAX_STEP, min(before + MAX_STEP, value));
}

/** @returns How many bands are as good as the source with a larger scalefactor than `base` asks for. */
export function quantiseChannel(channel: i32, base: i32, noiseFrom: i32, sparseFrom: i32): i32 {
  const least = max(leastScalefactor(), leastScalefactorOf(channel));
  let limited = 0;
  let before = -1;
  let noiseBefore = -1;
  let sfb = 0;
  for (let band = 0; band < bandCount; band++) {
    const wanted = base + loadInt(shapesOf(channel), band);
    if (wanted < least) limited++;
    let scalefactor = min(MAX_SCALEFACTOR, max(least, wanted));
    if (before >= 0) scalefactor = clampStep(scalefactor, before);
    const isCoded = quantiseBand(channel, band, scalefactor, sfb >= sparseFrom);
    let book = 0;
    if (isCoded) {
      before = scalefactor;
    } else if (sfb >= noiseFrom) {
      const energy = loadInt(noiseEnergiesOf(channel), band);
      if (energy >= leastNoiseEnergy()) {
        noiseBefore = noiseBefore < 0 ? energy : clampStep(energy, noiseBefore);
        scalefactor = noiseBefore;
        book = NOISE_BOOK;
      }
    }
    storeInt(codebooksOf(channel), band, book);
    storeInt(scalefactorsOf(channel), band, scalefactor);
    sfb++;
    if (sfb == bandsPerGroup) sfb = 0;
  }
  return limited;
}

/** @returns Whether something of the band is not zero. */
function quantiseBand(channel: i32, band: i32, scalefactor: i32, isSparse: bool): bool {
  const from = loadInt(STARTS, band);
  const to = loadInt(ENDS, band);
  const spectrum = spectrumOf(channel);
  const magnitudes = magnitudesOf(channel);
  const values = quantisedOf(channel);
  const step = f32x4.splat(loadFloat(STEPS, scalefactor));
  const half = f32x4.splat(rounding());
  let largest = i32x4.splat(0);
  let sum = i32x4.splat(0);
  for (let bin = from; bin < to; bin += 4) {
    const size = i32x4.trunc_sat_f32x4_s(add(mul(loadLanes(magnitudes, bin), step), half));
    largest = i32x4.max_s(largest, size);
    sum = i32x4.add(sum, size);
    const sign = i32x4.shr_s(loadLanes(spectrum, bin), 31);
    const value = i32x4.sub(v128.xor(size, sign), sign);
    const narrow = i16x8.narrow_i32x4_s(value, value);
    store<i64>(values + ((<usize>bin) << 1), i64x2.extract_lane(narrow, 0));
  }
  const most = largestIntLane(largest);
  if (!isSparse || most != 1) return most > 0;
  if (sumOfIntLanes(sum) * binsPerOne() > to - from) return true;
  memory.fill(values + ((<usize>from) << 1), 0, (to - from) << 1);
  return false;
}

function largestIntLane(a: v128): i32 {
  const first = max(i32x4.extract_lane(a, 0), i32x4.extract_lane(a, 1));
  return max(first, max(i32x4.extract_lane(a, 2), i32x4.extract_lane(a, 3)));
}

function sumOfIntLanes(a: v128): i32 {
  const first = i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1);
  return first + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
}
