// How many bits a band takes in each codebook at once: a number of 16 bits per book, 0 to 7 in the first vector and 8 to
// 15 in the second. 0xffff is what no addition exceeds: a book that cannot say the band.

import {
  ESCAPE_PAIRS,
  IMPOSSIBLE,
  PAIRS_TO_12,
  PAIRS_TO_4,
  QUADS_TO_1,
  QUADS_TO_2,
  ZERO_QUAD,
} from './frame-tables';

/** Bytes of four values. */
const QUAD: usize = 8;
/** Quads whose bits, 21 at most, have room in a byte. */
const QUADS_PER_BYTE: usize = 12;
/** Bits of the codeword for the same scalefactor again. */
const SAME_SCALEFACTOR_BITS: i16 = 1;
const MAX_QUANTISED: i32 = 8191;
const FIRST_ESCAPED: i32 = 16;

/** Where {@link countBand} leaves the two vectors. */
export const BAND_BITS: usize = memory.data(32, 16);

/** Largest size of the values from `start` to `end`, a multiple of four. */
export function largestSize(start: usize, end: usize): i32 {
  let largest = i16x8.abs(v128.load64_zero(start));
  // The last eight once more rather than four apart.
  for (let at = start + QUAD; at < end; at += 2 * QUAD) {
    largest = i16x8.max_u(largest, i16x8.abs(v128.load(min(at, end - 2 * QUAD))));
  }
  largest = i16x8.max_u(
    largest,
    i8x16.shuffle(largest, largest, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
  );
  largest = i16x8.max_u(
    largest,
    i8x16.shuffle(largest, largest, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7),
  );
  return max(i16x8.extract_lane_u(largest, 0), i16x8.extract_lane_u(largest, 1));
}

/**
 * Counts the band in every book; traps when a value is too large, or not zero in a band of noise.
 *
 * @returns Whether it has values that are not zero.
 */
export function countBand(start: usize, end: usize, isNoise: bool): bool {
  const largest = largestSize(start, end);
  if (largest > (isNoise ? 0 : MAX_QUANTISED)) unreachable();
  let sizeClass: usize = 0;
  if (isNoise) {
    sizeClass = 7;
    v128.store(BAND_BITS, i16x8.splat(0));
    v128.store(BAND_BITS, i16x8.splat(0), 16);
  } else if (largest == 0) {
    countZeros(start, end);
  } else if (largest == 1) {
    sizeClass = 1;
    countQuads(start, end, QUADS_TO_1 + 40 * 16, i16x8(27, 9, 3, 1, 0, 0, 0, 0));
  } else if (largest == 2) {
    sizeClass = 2;
    countQuads(start, end, QUADS_TO_2 + 312 * 16, i16x8(125, 25, 5, 1, 0, 0, 0, 0));
  } else if (largest <= 4) {
    sizeClass = 3;
    countPairs(start, end);
  } else if (largest <= 12) {
    sizeClass = largest <= 7 ? 4 : 5;
    countLargePairs(start, end);
  } else {
    sizeClass = 6;
    countEscapes(start, end);
  }
  const impossible = IMPOSSIBLE + 32 * sizeClass;
  v128.store(BAND_BITS, i16x8.add_sat_u(v128.load(BAND_BITS), v128.load(impossible)));
  v128.store(BAND_BITS, i16x8.add_sat_u(v128.load(BAND_BITS, 16), v128.load(impossible, 16)), 16);
  return largest != 0;
}

function countZeros(start: usize, end: usize): void {
  const quads = i16x8.splat(<i16>((end - start) / QUAD));
  const one = i16x8.splat(SAME_SCALEFACTOR_BITS);
  const low = i16x8.add(i16x8.mul(v128.load(ZERO_QUAD), quads), one);
  // The book that says nothing needs no scalefactor either.
  v128.store(BAND_BITS, i16x8.replace_lane(low, 0, 0));
  v128.store(BAND_BITS, i16x8.add(i16x8.mul(v128.load(ZERO_QUAD, 16), quads), one), 16);
}

/** @param middle Entry of four zeros. */
function countQuads(start: usize, end: usize, middle: usize, weights: v128): void {
  let low = i16x8.splat(0);
  let high = i16x8.splat(0);
  for (let at = start; at < end;) {
    const stop = min(at + QUADS_PER_BYTE * QUAD, end);
    let sum = i8x16.splat(0);
    for (; at < stop; at += QUAD) {
      const halves = i32x4.dot_i16x8_s(v128.load64_zero(at), weights);
      const place = i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
      sum = i8x16.add(sum, v128.load(middle + ((<usize>place) << 4)));
    }
    low = i16x8.add(low, i16x8.extend_low_i8x16_u(sum));
    high = i16x8.add(high, i16x8.extend_high_i8x16_u(sum));
  }
  v128.store(BAND_BITS, low);
  v128.store(BAND_BITS, high, 16);
}

function countPairs(start: usize, end: usize): void {
  const middle = PAIRS_TO_4 + 40 * 16;
  const weights = i16x8(9, 1, 9, 1, 0, 0, 0, 0);
  let sum = i16x8.splat(0);
  for (let at = start; at < end; at += QUAD) {
    const places = i32x4.dot_i16x8_s(v128.load64_zero(at), weights);
    sum = i16x8.add(sum, v128.load(middle + ((<usize>i32x4.extract_lane(places, 0)) << 4)));
    sum = i16x8.add(sum, v128.load(middle + ((<usize>i32x4.extract_lane(places, 1)) << 4)));
  }
  storeFromBook4(sum);
}

function countLargePairs(start: usize, end: usize): void {
  const table = PAIRS_TO_12;
  const weights = i16x8(13, 1, 13, 1, 0, 0, 0, 0);
  let sum = i16x8.splat(0);
  for (let at = start; at < end; at += QUAD) {
    const places = i32x4.dot_i16x8_s(i16x8.abs(v128.load64_zero(at)), weights);
    sum = i16x8.add(sum, v128.load(table + ((<usize>i32x4.extract_lane(places, 0)) << 4)));
    sum = i16x8.add(sum, v128.load(table + ((<usize>i32x4.extract_lane(places, 1)) << 4)));
  }
  storeFromBook4(sum);
}

/** @param sum Bits in books 4 to 11. */
function storeFromBook4(sum: v128): void {
  const none = i16x8.splat(0);
  v128.store(
    BAND_BITS,
    i8x16.shuffle(none, sum, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
  );
  v128.store(
    BAND_BITS,
    i8x16.shuffle(none, sum, 24, 25, 26, 27, 28, 29, 30, 31, 0, 1, 2, 3, 4, 5, 6, 7),
    16,
  );
}

function countEscapes(start: usize, end: usize): void {
  const table = ESCAPE_PAIRS;
  let bits = 0;
  for (let at = start; at < end; at += 4) {
    const one = abs<i32>(load<i16>(at));
    const other = abs<i32>(load<i16>(at, 2));
    bits += load<u8>(table + <usize>(17 * min(one, FIRST_ESCAPED) + min(other, FIRST_ESCAPED)));
    if (one >= FIRST_ESCAPED) bits += 2 * exponentOf(one) - 8;
    if (other >= FIRST_ESCAPED) bits += 2 * exponentOf(other) - 8;
  }
  v128.store(BAND_BITS, i16x8.splat(0));
  v128.store(BAND_BITS, i16x8.splat(<i16>bits), 16);
}

function exponentOf(size: i32): i32 {
  return 31 - clz(size);
}
