import { add, loadInt, loadLanes, mul, storeInt, storeLanes, sub, sumOfLanes } from './lanes';
import { GROUP_LENGTHS, groupCount, MID_SIDE } from './frame';

// Mirrors libs/protocol/aac/src/signal/mid-side.ts to the bit: the same sums in the same order.
const BIN_FLOOR: f32 = 8192;
const GAIN: f32 = 1.5;
const SHORT_BINS: i32 = 128;

/**
 * Turns two spectra into middle and side in the bands where that saves bits; MID_SIDE tells which.
 *
 * @param bands Offsets of the bands (i32) of this frame's windows.
 * @returns How many bands are middle and side.
 */
export function chooseMidSide(left: usize, right: usize, bands: usize, maxSfb: i32): i32 {
  let used = 0;
  let firstWindow = 0;
  for (let group = 0; group < groupCount; group++) {
    const windows = loadInt(GROUP_LENGTHS, group);
    const base = firstWindow * SHORT_BINS;
    for (let sfb = 0; sfb < maxSfb; sfb++) {
      const from = base + windows * loadInt(bands, sfb);
      const to = base + windows * loadInt(bands, sfb + 1);
      const saves = savesBits(left, right, from, to);
      storeInt(MID_SIDE, group * maxSfb + sfb, saves ? 1 : 0);
      if (saves) {
        toMidSide(left, right, from, to);
        used++;
      }
    }
    firstWindow += windows;
  }
  return used;
}

function savesBits(left: usize, right: usize, from: i32, to: i32): bool {
  let lefts = f32x4.splat(0);
  let rights = f32x4.splat(0);
  let mids = f32x4.splat(0);
  let sides = f32x4.splat(0);
  for (let bin = from; bin < to; bin += 4) {
    const l = loadLanes(left, bin);
    const r = loadLanes(right, bin);
    const m = add(l, r);
    const s = sub(l, r);
    lefts = add(lefts, mul(l, l));
    rights = add(rights, mul(r, r));
    mids = add(mids, mul(m, m));
    sides = add(sides, mul(s, s));
  }
  const floor: f32 = BIN_FLOOR * <f32>(to - from);
  const apart: f32 = (sumOfLanes(lefts) + floor) * (sumOfLanes(rights) + floor);
  const mid: f32 = sumOfLanes(mids) * 0.5 + floor;
  const side: f32 = sumOfLanes(sides) * 0.5 + floor;
  return apart > mid * side * GAIN;
}

function toMidSide(left: usize, right: usize, from: i32, to: i32): void {
  const half = f32x4.splat(0.5);
  for (let bin = from; bin < to; bin += 4) {
    const l = loadLanes(left, bin);
    const r = loadLanes(right, bin);
    storeLanes(left, bin, mul(add(l, r), half));
    storeLanes(right, bin, mul(sub(l, r), half));
  }
}
