import type { BlockDecision } from './attack.ts';

/** Energy of a bin below which no bits are saved, in units of 16 bit: noise of about 2 steps of 16 bit. */
const BIN_FLOOR = 8192;
/** Sides must cost so much less than channels, in energy. */
const GAIN = Math.fround(1.5);

/** Where the bands of both channels lie: they share their window (`common_window`). */
export interface PairLayout {
  readonly groups: Pick<BlockDecision, 'groupCount' | 'groupLengths'>;
  /** Where bands begin, long or short, as the frame's windows are; one more entry than bands. */
  readonly bandOffsets: Uint16Array;
  /** Bands of each group that are looked at. */
  readonly maxSfb: number;
}

/**
 * Turns two channels into middle `(l + r) / 2` and side `(l - r) / 2` in the bands where that saves bits: where the
 * product of the energies, equal steps of noise at the decoder presumed, is smaller. Sums go in four lanes of f32 (bin
 * modulo 4) that are added as `(lane 0 + lane 2) + (lane 1 + lane 3)`, as the kernel does it.
 *
 * @param left Both spectra, in the order of transmission; changed in the bands that the mask names.
 * @param mask Gets `ms_used` of band `group * maxSfb + sfb`.
 * @returns How many bands are middle and side.
 * @see ISO/IEC 14496-3 section 4.6.8.1 (M/S stereo)
 */
export function chooseMidSide(
  left: Float32Array,
  right: Float32Array,
  layout: PairLayout,
  mask: Uint8Array,
): number {
  const { groups, bandOffsets, maxSfb } = layout;
  let used = 0;
  let firstWindow = 0;
  for (let group = 0; group < groups.groupCount; group += 1) {
    const windows = groups.groupLengths[group] ?? 0;
    for (let sfb = 0; sfb < maxSfb; sfb += 1) {
      const from = firstWindow * 128 + windows * (bandOffsets[sfb] ?? 0);
      const to = firstWindow * 128 + windows * (bandOffsets[sfb + 1] ?? 0);
      const saves = savesBits(left, right, from, to);
      mask[group * maxSfb + sfb] = saves ? 1 : 0;
      if (!saves) continue;
      toMidSide(left, right, from, to);
      used += 1;
    }
    firstWindow += windows;
  }
  return used;
}

const f32 = Math.fround;
const sums = {
  left: new Float32Array(4),
  right: new Float32Array(4),
  mid: new Float32Array(4),
  side: new Float32Array(4),
};

function savesBits(left: Float32Array, right: Float32Array, from: number, to: number): boolean {
  for (const lanes of Object.values(sums)) lanes.fill(0);
  for (let bin = from; bin < to; bin += 1) {
    const l = left[bin] ?? 0;
    const r = right[bin] ?? 0;
    addSquare(sums.left, bin, l);
    addSquare(sums.right, bin, r);
    addSquare(sums.mid, bin, f32(l + r));
    addSquare(sums.side, bin, f32(l - r));
  }
  const floor = f32(BIN_FLOOR * (to - from));
  const apart = f32(f32(total(sums.left) + floor) * f32(total(sums.right) + floor));
  const mid = f32(f32(total(sums.mid) * 0.5) + floor);
  const side = f32(f32(total(sums.side) * 0.5) + floor);
  return apart > f32(f32(mid * side) * GAIN);
}

function addSquare(lanes: Float32Array, bin: number, value: number): void {
  lanes[bin & 3] = (lanes[bin & 3] ?? 0) + f32(value * value);
}

function total(lanes: Float32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  return f32(f32(a + c) + f32(b + d));
}

function toMidSide(left: Float32Array, right: Float32Array, from: number, to: number): void {
  for (let bin = from; bin < to; bin += 1) {
    const l = left[bin] ?? 0;
    const r = right[bin] ?? 0;
    left[bin] = f32(l + r) * 0.5;
    right[bin] = f32(l - r) * 0.5;
  }
}
