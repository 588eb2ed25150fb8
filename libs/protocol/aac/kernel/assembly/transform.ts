import {
  add,
  evens,
  highHalves,
  loadInt,
  loadLanes,
  lowHalves,
  mul,
  odds,
  reversed,
  storeLanes,
  sub,
  zippedHigh,
  zippedLow,
} from './lanes';
import { allocate } from './memory';

/**
 * Tables of an MDCT of `bins` bins, which is a complex FFT of `half` points between two rotations. Addresses of f32, but
 * for `groups` (i32).
 */
@unmanaged
export class Transform {
  bins: i32 = 0;
  half: i32 = 0;
  /** cos and sin of (n + 1/8) pi / bins, `half` each. */
  cos: u32 = 0;
  sin: u32 = 0;
  /** Twiddles in the order they are used, in groups of four. */
  twiddles: u32 = 0;
  /** Where the first stage puts the four results of its n-th butterfly, half / 4. */
  groups: u32 = 0;
  /** Rising halves of the windows: the sine slope, and (long ones only) that of a long window beside short ones. */
  slope: u32 = 0;
  edge: u32 = 0;
}

/** For the host: tables that lie where it says. `edge` is 0 for short windows. */
export function createTransform(
  bins: i32,
  cos: usize,
  sin: usize,
  twiddles: usize,
  groups: usize,
  slope: usize,
  edge: usize,
): usize {
  const at = allocate(offsetof<Transform>());
  const tables = changetype<Transform>(at);
  tables.bins = bins;
  tables.half = bins / 2;
  tables.cos = <u32>cos;
  tables.sin = <u32>sin;
  tables.twiddles = <u32>twiddles;
  tables.groups = <u32>groups;
  tables.slope = <u32>slope;
  tables.edge = <u32>edge;
  return at;
}

const folded = memory.data(1024 * 4, 16);
const re = memory.data(512 * 4, 16);
const im = memory.data(512 * 4, 16);
const rotatedRe = memory.data(512 * 4, 16);
const rotatedIm = memory.data(512 * 4, 16);

/**
 * The forward MDCT of two blocks.
 *
 * @param first `bins` samples, weighted by `rising`.
 * @param second The `bins` samples behind, weighted by the mirror image of `falling`.
 * @param out Gets `bins` bins, times `scale`.
 */
export function transform(
  tables: Transform,
  first: usize,
  second: usize,
  rising: usize,
  falling: usize,
  out: usize,
  scale: f32,
): void {
  fold(tables, first, second, rising, falling);
  rotateIn(tables);
  firstStage(tables);
  furtherStages(tables);
  rotateOut(tables, out, scale);
}

/** (a, b, c, d) becomes (-c reversed - d, a - b reversed). */
function fold(tables: Transform, first: usize, second: usize, rising: usize, falling: usize): void {
  const bins = tables.bins;
  const half = tables.half;
  for (let n = 0; n < half; n += 4) {
    const c = mul(reversed(loadLanes(second, half - 4 - n)), loadLanes(falling, half + n));
    const d = mul(loadLanes(second, half + n), reversed(loadLanes(falling, half - 4 - n)));
    storeLanes(folded, n, sub(f32x4.neg(c), d));
    const a = mul(loadLanes(first, n), loadLanes(rising, n));
    const b = mul(
      reversed(loadLanes(first, bins - 4 - n)),
      reversed(loadLanes(rising, bins - 4 - n)),
    );
    storeLanes(folded, half + n, sub(a, b));
  }
}

function rotateIn(tables: Transform): void {
  const bins = tables.bins;
  for (let n = 0; n < tables.half; n += 4) {
    const a = evens(loadLanes(folded, 2 * n), loadLanes(folded, 2 * n + 4));
    const b = reversed(
      odds(loadLanes(folded, bins - 8 - 2 * n), loadLanes(folded, bins - 4 - 2 * n)),
    );
    const cos = loadLanes(tables.cos, n);
    const sin = loadLanes(tables.sin, n);
    storeLanes(rotatedRe, n, add(mul(a, cos), mul(b, sin)));
    storeLanes(rotatedIm, n, sub(mul(b, cos), mul(a, sin)));
  }
}

/** Radix 4 without twiddles, four butterflies at a time, transposed into the order of the digits reversed. */
function firstStage(tables: Transform): void {
  const quarter = tables.half >> 2;
  const groups = tables.groups;
  for (let n = 0; n < quarter; n += 4) {
    const a = loadLanes(rotatedRe, n);
    const b = loadLanes(rotatedRe, n + quarter);
    const c = loadLanes(rotatedRe, n + 2 * quarter);
    const d = loadLanes(rotatedRe, n + 3 * quarter);
    const e = loadLanes(rotatedIm, n);
    const f = loadLanes(rotatedIm, n + quarter);
    const g = loadLanes(rotatedIm, n + 2 * quarter);
    const h = loadLanes(rotatedIm, n + 3 * quarter);
    const r0 = add(a, c);
    const r1 = sub(a, c);
    const r2 = add(b, d);
    const r3 = sub(b, d);
    const i0 = add(e, g);
    const i1 = sub(e, g);
    const i2 = add(f, h);
    const i3 = sub(f, h);
    storeTransposed(re, groups, n, add(r0, r2), add(r1, i3), sub(r0, r2), sub(r1, i3));
    storeTransposed(im, groups, n, add(i0, i2), sub(i1, r3), sub(i0, i2), add(i1, r3));
  }
}

function storeTransposed(
  base: usize,
  groups: usize,
  n: i32,
  p0: v128,
  p1: v128,
  p2: v128,
  p3: v128,
): void {
  const t0 = zippedLow(p0, p1);
  const t1 = zippedHigh(p0, p1);
  const t2 = zippedLow(p2, p3);
  const t3 = zippedHigh(p2, p3);
  storeLanes(base, loadInt(groups, n), lowHalves(t0, t2));
  storeLanes(base, loadInt(groups, n + 1), highHalves(t0, t2));
  storeLanes(base, loadInt(groups, n + 2), lowHalves(t1, t3));
  storeLanes(base, loadInt(groups, n + 3), highHalves(t1, t3));
}

function furtherStages(tables: Transform): void {
  const half = tables.half;
  let size = 4;
  let twiddles: usize = tables.twiddles;
  // One stage of radix 2 when the number of points is an odd power of 2.
  if ((ctz(half) & 1) == 1) {
    radix2(half, twiddles);
    twiddles += 32;
    size = 8;
  }
  while (size < half) {
    for (let k = 0; k < size; k += 4) {
      radix4(half, size, k, twiddles);
      twiddles += 96;
    }
    size *= 4;
  }
}

function radix2(half: i32, twiddles: usize): void {
  const cos = loadLanes(twiddles, 0);
  const sin = loadLanes(twiddles, 4);
  for (let at = 0; at < half; at += 8) {
    const a = loadLanes(re, at);
    const b = loadLanes(im, at);
    const x = loadLanes(re, at + 4);
    const y = loadLanes(im, at + 4);
    const xr = sub(mul(x, cos), mul(y, sin));
    const xi = add(mul(x, sin), mul(y, cos));
    storeLanes(re, at, add(a, xr));
    storeLanes(im, at, add(b, xi));
    storeLanes(re, at + 4, sub(a, xr));
    storeLanes(im, at + 4, sub(b, xi));
  }
}

function radix4(half: i32, size: i32, first: i32, twiddles: usize): void {
  const c1 = loadLanes(twiddles, 0);
  const s1 = loadLanes(twiddles, 4);
  const c2 = loadLanes(twiddles, 8);
  const s2 = loadLanes(twiddles, 12);
  const c3 = loadLanes(twiddles, 16);
  const s3 = loadLanes(twiddles, 20);
  for (let g = first; g < half; g += 4 * size) {
    const ar = loadLanes(re, g);
    const ai = loadLanes(im, g);
    const a = loadLanes(re, g + size);
    const b = loadLanes(im, g + size);
    const c = loadLanes(re, g + 2 * size);
    const d = loadLanes(im, g + 2 * size);
    const e = loadLanes(re, g + 3 * size);
    const f = loadLanes(im, g + 3 * size);
    const br = sub(mul(a, c1), mul(b, s1));
    const bi = add(mul(a, s1), mul(b, c1));
    const cr = sub(mul(c, c2), mul(d, s2));
    const ci = add(mul(c, s2), mul(d, c2));
    const dr = sub(mul(e, c3), mul(f, s3));
    const di = add(mul(e, s3), mul(f, c3));
    const r0 = add(ar, cr);
    const r1 = sub(ar, cr);
    const r2 = add(br, dr);
    const r3 = sub(br, dr);
    const i0 = add(ai, ci);
    const i1 = sub(ai, ci);
    const i2 = add(bi, di);
    const i3 = sub(bi, di);
    storeLanes(re, g, add(r0, r2));
    storeLanes(im, g, add(i0, i2));
    storeLanes(re, g + 2 * size, sub(r0, r2));
    storeLanes(im, g + 2 * size, sub(i0, i2));
    storeLanes(re, g + size, add(r1, i3));
    storeLanes(im, g + size, sub(i1, r3));
    storeLanes(re, g + 3 * size, sub(r1, i3));
    storeLanes(im, g + 3 * size, add(i1, r3));
  }
}

/** X[2k] = a cos + b sin, X[bins - 1 - 2k] = a sin - b cos. */
function rotateOut(tables: Transform, out: usize, scale: f32): void {
  const half = tables.half;
  const by = f32x4.splat(scale);
  for (let k = 0; k < half / 2; k += 4) {
    const cos = mul(loadLanes(tables.cos, k), by);
    const sin = mul(loadLanes(tables.sin, k), by);
    const a = loadLanes(re, k);
    const b = loadLanes(im, k);
    const k2 = half - 4 - k;
    const cos2 = mul(loadLanes(tables.cos, k2), by);
    const sin2 = mul(loadLanes(tables.sin, k2), by);
    const a2 = loadLanes(re, k2);
    const b2 = loadLanes(im, k2);
    const even = add(mul(a, cos), mul(b, sin));
    const odd = reversed(sub(mul(a, sin), mul(b, cos)));
    const even2 = add(mul(a2, cos2), mul(b2, sin2));
    const odd2 = reversed(sub(mul(a2, sin2), mul(b2, cos2)));
    storeLanes(out, 2 * k, zippedLow(even, odd2));
    storeLanes(out, 2 * k + 4, zippedHigh(even, odd2));
    storeLanes(out, 2 * k2, zippedLow(even2, odd));
    storeLanes(out, 2 * k2 + 4, zippedHigh(even2, odd));
  }
}
