import { bandCount, bandsPerGroup, binCount, listBands } from './bands';
import { limit, mean, nextAllowance, spend, wanted } from './budget';
import {
  attack,
  bandsOf,
  codebooksOf,
  MID_SIDE,
  quantisedOf,
  setMaxSfb,
  windowSequence,
} from './frame';
import { EIGHT_SHORT, Instance } from './instance';
import { measureBands, nearestInt } from './levels';
import { findBase } from './model';
import { quantiseChannel } from './quantise';
import { codedBands, RatePlan, ratePlanOf } from './rate-plan';
import { chooseSections } from './sections';
import { overPercent, underPercent } from './tuning';
import { trimBands } from './trim-bands';
import { elementBits, writeFrame } from './write-frame';

// Brings a frame to its size: src/rate/rate-control.ts.

const FINE_PASSES: i32 = 3;
const MAX_PASSES: i32 = 10;
const NO_NOISE_FROM: i32 = 7;
const BITS_PER_STEP: f32 = 0.1875;
const CORRECTION_SHARE: f32 = 0.1;
const MAX_CORRECTION: i32 = 200;
const LIMITED_PERCENT: i32 = 60;
const NO_BAND: i32 = 128;

/** The bands that are middle and side: trimmed with each pass, needed whole by the next. */
const wholeMask = memory.data(128 * 4, 16);
let isGoodEnough: bool = false;

/** Codes the frame whose spectra are ready, middle and side already. @returns Bytes in OUTPUT. */
export function codeFrame(self: Instance): i32 {
  const plan = ratePlanOf(self);
  const offsets = bandsOf(self);
  listBands(offsets, codedBands(plan));
  memory.copy(wholeMask, MID_SIDE, 128 * 4);
  nextAllowance(plan, attack);
  const bits = control(self, plan, offsets);
  self.frames++;
  return writeFrame(self.channels, offsets, spend(plan, (bits + 7) >> 3));
}

function control(self: Instance, plan: RatePlan, offsets: usize): i32 {
  const channels = self.channels;
  const isShort = windowSequence == EIGHT_SHORT;
  const noiseFrom = isShort ? plan.shortNoiseFrom : plan.longNoiseFrom;
  const sparseFrom = isShort ? plan.shortSparseFrom : plan.longSparseFrom;
  for (let channel = 0; channel < channels; channel++) {
    measureBands(channel, plan.shape, noiseFrom);
  }
  let base = findBase(channels, wanted, plan.correction);
  for (let pass = 0; pass < MAX_PASSES - 1; pass++) {
    self.passes++;
    let limited = 0;
    for (let channel = 0; channel < channels; channel++) {
      const noise = pass < NO_NOISE_FROM ? noiseFrom : NO_BAND;
      limited += quantiseChannel(channel, base, noise, sparseFrom);
    }
    isGoodEnough = 100 * limited > LIMITED_PERCENT * bandCount * channels;
    const bits = count(channels, offsets);
    if (pass == 0) learn(plan, bits);
    const step = stepOf(bits, pass, channels);
    if (step == 0) return bits;
    base += step;
  }
  return silence(channels, offsets);
}

function count(channels: i32, offsets: usize): i32 {
  memory.copy(MID_SIDE, wholeMask, 128 * 4);
  setMaxSfb(bandsPerGroup);
  trimBands(channels, offsets);
  let bits = elementBits(channels);
  for (let channel = 0; channel < channels; channel++) bits += chooseSections(channel, offsets);
  return bits;
}

/** Corrects the model by what the first pass showed, unless the frame is short for another reason. */
function learn(plan: RatePlan, bits: i32): void {
  const excess = bits - wanted;
  if (isGoodEnough || excess < -4 * mean) return;
  const bounded = max(-MAX_CORRECTION, min(MAX_CORRECTION, excess));
  plan.correction += CORRECTION_SHARE * <f32>bounded;
}

/** By how much the base must change; 0 when the frame is as it should be. */
function stepOf(bits: i32, pass: i32, channels: i32): i32 {
  const perStep = f32(binCount * channels) * BITS_PER_STEP;
  if (bits > limit) return max(1 << pass, nearestInt(f32(bits - limit) / perStep));
  if (pass >= FINE_PASSES - 1) return 0;
  const excess = bits - wanted;
  const isOver = 100 * excess > overPercent() * wanted;
  const isUnder = 100 * excess < -underPercent() * wanted && !isGoodEnough;
  return isOver || isUnder ? nearestInt(f32(excess) / perStep) : 0;
}

function silence(channels: i32, offsets: usize): i32 {
  for (let channel = 0; channel < channels; channel++) {
    memory.fill(quantisedOf(channel), 0, 2048);
    memory.fill(codebooksOf(channel), 0, 512);
  }
  return count(channels, offsets);
}
