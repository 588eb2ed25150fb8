import {
  codebooksOf,
  magnitudesOf,
  maxSfb,
  quantisedOf,
  scalefactorsOf,
  setMaxSfb,
  spectrumOf,
} from './frame';
import { Instance } from './instance';
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
import { chooseSections } from './sections';
import { trimBands } from './trim-bands';
import { elementBits, writeFrame } from './write-frame';

/** Of the spectral values: 0.4054 rounds as decoders expect (ISO/IEC 14496-3 section 4.B.8). */
const ROUNDING: f32 = 0.4054;
/** 2^(-3/16 (s - 100)), by scalefactor, f32; the host fills it. */
export const STEPS: usize = memory.data(256 * 4, 16);
/** Bits of a value by its mean size, 2^((i - 256) 3/16), f32; the host fills it. */
export const MODEL: usize = memory.data(1024 * 4, 16);
const LOWEST: i32 = 120;
const MAX_FRAME_BITS: i32 = 6100;
const MAX_PASSES: i32 = 8;

/** Of each band: its level in steps of a scalefactor, and by how much its scalefactor lies above the frame's. */
const levels = memory.data(128 * 4, 16);
const offsets = memory.data(128 * 4, 16);
let peak: f32 = 0;

/** log2, to 0.005. */
function roughLog2(value: f32): f32 {
  const bits = reinterpret<i32>(value);
  const mantissa = reinterpret<f32>((bits & 0x7fffff) | 0x3f800000);
  const curve = (<f32>0.15824871 * mantissa - <f32>1.05187502) * mantissa + <f32>3.04788415;
  return <f32>((bits >> 23) - 127) + curve * mantissa - <f32>2.15413;
}

function measure(self: Instance): void {
  const bands: usize = self.longBands;
  const spectrum = spectrumOf(0);
  const magnitudes = magnitudesOf(0);
  const tilt: f32 = self.alpha * <f32>(16.0 / 3.0);
  let highest = f32x4.splat(0);
  for (let sfb = 0; sfb < maxSfb; sfb++) {
    const from = loadInt(bands, sfb);
    const to = loadInt(bands, sfb + 1);
    let sum = f32x4.splat(0);
    for (let bin = from; bin < to; bin += 4) {
      const size = f32x4.abs(loadLanes(spectrum, bin));
      const magnitude = f32x4.sqrt(mul(size, f32x4.sqrt(size)));
      storeLanes(magnitudes, bin, magnitude);
      sum = add(sum, magnitude);
      highest = f32x4.max(highest, magnitude);
    }
    const level = roughLog2(sumOfLanes(sum) / <f32>(to - from) + <f32>0.001);
    storeInt(levels, sfb, <i32>nearest<f32>(level * <f32>(16.0 / 3.0)));
    storeInt(offsets, sfb, <i32>nearest<f32>(tilt * level));
  }
  peak = largestLane(highest);
}

function expectedBits(self: Instance, gain: i32): f32 {
  const bands: usize = self.longBands;
  let bits: f32 = 40 + self.bias + 4 * <f32>maxSfb;
  for (let sfb = 0; sfb < maxSfb; sfb++) {
    const factor = max(gain + loadInt(offsets, sfb), LOWEST);
    const at = loadInt(levels, sfb) - factor + 356;
    if (at <= 0) continue;
    bits +=
      load<f32>(MODEL + ((<usize>min(at, 1023)) << 2)) *
      <f32>(loadInt(bands, sfb + 1) - loadInt(bands, sfb));
  }
  return bits;
}

function quantise(self: Instance, gain: i32, lowest: i32): i32 {
  const bands: usize = self.longBands;
  setMaxSfb(self.longBandCount);
  const magnitudes = magnitudesOf(0);
  const values = quantisedOf(0);
  const spectrum = spectrumOf(0);
  const half = f32x4.splat(ROUNDING);
  let before = -1;
  let clamped = 0;
  for (let sfb = 0; sfb < maxSfb; sfb++) {
    let factor = gain + loadInt(offsets, sfb);
    if (factor < LOWEST) {
      factor = LOWEST;
      clamped++;
    }
    factor = min(max(factor, lowest), 255);
    if (before >= 0) factor = max(min(factor, before + 60), before - 60);
    before = factor;
    const step = f32x4.splat(load<f32>(STEPS + ((<usize>factor) << 2)));
    for (let bin = loadInt(bands, sfb); bin < loadInt(bands, sfb + 1); bin += 4) {
      const value = i32x4.trunc_sat_f32x4_s(add(mul(loadLanes(magnitudes, bin), step), half));
      const sign = i32x4.shr_s(loadLanes(spectrum, bin), 31);
      const signed = i32x4.sub(v128.xor(value, sign), sign);
      v128.store64_lane(values + ((<usize>bin) << 1), i16x8.narrow_i32x4_s(signed, signed), 0);
    }
    storeInt(scalefactorsOf(0), sfb, factor);
  }
  self.isClamped = clamped * 10 > maxSfb * 6 ? 1 : 0;
  memory.fill(codebooksOf(0), 0, 128 * 4);
  trimBands(1, bands);
  return chooseSections(0, bands) + elementBits(1);
}

/** Codes the frame whose spectra are ready. @returns Bytes in OUTPUT. */
export function codeFrame(self: Instance): i32 {
  setMaxSfb(self.longBandCount);
  measure(self);
  const least = <i32>(
    ceil<f32>(<f32>100.1 + (roughLog2(peak + <f32>1e-9) - <f32>12.99) * <f32>(16.0 / 3.0))
  );
  const want = min<f32>(6000, self.meanBits + self.fullness * <f32>0.15);
  let low = -60;
  let high = 200;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (expectedBits(self, middle) > want) low = middle;
    else high = middle;
  }
  let gain = high;
  for (let pass = 1; ; pass++) {
    const bits = quantise(self, gain, max(1, least));
    const excess = <f32>bits - want;
    if (pass == 1 && self.isClamped == 0 && excess > -4 * self.meanBits) {
      self.bias += <f32>0.1 * max<f32>(-200, min<f32>(200, excess));
    }
    self.passes++;
    if (bits > MAX_FRAME_BITS) {
      if (pass >= 64) unreachable();
      gain += pass < MAX_PASSES ? 2 : 16;
      continue;
    }
    const isNear =
      excess <= want * <f32>0.06 && (excess >= want * <f32>-0.12 || self.isClamped != 0);
    if (pass >= 3 || isNear) break;
    const step = <i32>nearest<f32>(excess / (<f32>loadInt(self.longBands, maxSfb) * <f32>0.1875));
    if (step == 0) break;
    gain += step;
  }
  const bytes = writeFrame(1, self.longBands, 0);
  const limit: f32 = 6144 - self.meanBits;
  const left = self.fullness + self.meanBits - <f32>(bytes << 3);
  self.fullness = max<f32>(-limit, min<f32>(limit, left));
  self.frames++;
  return bytes;
}
