// The cheapest codebooks of a channel and their count, as sections.ts, book-choice.ts and scalefactors.ts of the
// reference have them; traps where these throw.

import { BAND_BITS, countBand } from './band-bits';
import {
  codebooksOf,
  groupCount,
  GROUP_LENGTHS,
  groupValues,
  maxSfb,
  scalefactorsOf,
  windowSequence,
} from './frame';
import { FACTOR_STEPS } from './frame-tables';
import { EIGHT_SHORT } from './instance';
import { loadInt, storeInt } from './lanes';

export const ZERO_BOOK: i32 = 0;
export const NOISE_BOOK: i32 = 13;
export const ANY_GAIN: i32 = 100;
export const MAX_STEP: i32 = 60;
export const NOISE_BITS: i32 = 9;
export const NOISE_OFFSET: i32 = 256 + 90;

const FIXED_BITS: i32 = 8 + 3;
const BOOK_BITS: i32 = 4;
const MAX_SCALEFACTOR: i32 = 255;
const IMPOSSIBLE_BITS: i16 = -1;
/** In place of an energy of noise when there was none yet. */
const NO_NOISE: i32 = -1000;

/**
 * The search's way through the bands of a group. Of each band 16 bits: the books that it is cheapest to stay in; and
 * 16 bits: the cheapest book of the band before.
 */
const ways = memory.data(64 * 4, 16);
/** Of each band of all groups: whether it has a value that is not zero. */
const sounds = memory.data(128 * 4, 16);

/** Bits of the length of a section. */
export function sectionLengthBits(): i32 {
  return windowSequence == EIGHT_SHORT ? 3 : 5;
}

/**
 * Fills the codebooks, but for those of noise, and the scalefactors of zeros in coded sections.
 *
 * @param bands Offsets of the bands, i32.
 * @returns Bits of individual_channel_stream without ics_info.
 */
export function chooseSections(channel: i32, bands: usize): i32 {
  let bits = FIXED_BITS;
  for (let group = 0; group < groupCount; group++) {
    bits += findWays(channel, group, bands) + takeBooks(channel, group);
  }
  return bits + countScalefactors(channel);
}

/**
 * Leaves the cheapest ways through the bands of a group in `ways`.
 *
 * @returns Bits of the spectrum, of the heads of sections, and of the scalefactors of zeros.
 */
function findWays(channel: i32, group: i32, bands: usize): i32 {
  const firstBand = group * maxSfb;
  const books = codebooksOf(channel);
  const headBits = BOOK_BITS + sectionLengthBits();
  const values = groupValues(channel, group);
  const valueSize = 2 * loadInt(GROUP_LENGTHS, group);
  let low = i16x8.splat(IMPOSSIBLE_BITS);
  let high = low;
  let cheapest = 0;
  let cheapestBits = 0;
  let start = values;
  for (let sfb = 0; sfb < maxSfb; sfb++) {
    const end = values + <usize>(valueSize * loadInt(bands, sfb + 1));
    const newSection = i16x8.splat(<i16>(cheapestBits + headBits));
    const stays = booksOf(i16x8.le_u(low, newSection), i16x8.le_u(high, newSection));
    storeInt(ways, sfb, stays | (cheapest << 16));
    const isNoise = loadInt(books, firstBand + sfb) == NOISE_BOOK;
    storeInt(sounds, firstBand + sfb, countBand(start, end, isNoise));
    low = i16x8.add_sat_u(i16x8.min_u(low, newSection), v128.load(BAND_BITS));
    high = i16x8.add_sat_u(i16x8.min_u(high, newSection), v128.load(BAND_BITS, 16));
    cheapestBits = smallest(i16x8.min_u(low, high));
    const found = i16x8.splat(<i16>cheapestBits);
    cheapest = ctz(booksOf(i16x8.eq(low, found), i16x8.eq(high, found)));
    start = end;
  }
  storeInt(ways, maxSfb, cheapest << 16);
  return cheapestBits;
}

/** A bit for each book whose number is all ones. */
function booksOf(low: v128, high: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}

function smallest(numbers: v128): i32 {
  let some = i16x8.min_u(
    numbers,
    i8x16.shuffle(numbers, numbers, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  );
  some = i16x8.min_u(
    some,
    i8x16.shuffle(some, some, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11),
  );
  return min(<i32>i16x8.extract_lane_u(some, 0), <i32>i16x8.extract_lane_u(some, 1));
}

/**
 * Goes the cheapest way back and fills the codebooks of the group.
 *
 * @returns Bits of the lengths of sections beyond their first field.
 */
function takeBooks(channel: i32, group: i32): i32 {
  const firstBand = group * maxSfb;
  const books = codebooksOf(channel);
  const lengthBits = sectionLengthBits();
  const escape = (1 << lengthBits) - 1;
  let book = loadInt(ways, maxSfb) >> 16;
  let bandCount = 0;
  let bits = 0;
  for (let sfb = maxSfb - 1; sfb >= 0; sfb--) {
    storeInt(books, firstBand + sfb, book);
    bandCount++;
    const way = loadInt(ways, sfb);
    if (((way >> book) & 1) != 0) continue;
    book = way >> 16;
    if (bandCount >= escape) bits += lengthBits * (bandCount / escape);
    bandCount = 0;
  }
  return bits;
}

/** Counts the steps of scalefactors, but for zeros in sections: these take the scalefactor before them. */
function countScalefactors(channel: i32): i32 {
  const bandCount = groupCount * maxSfb;
  const books = codebooksOf(channel);
  const factors = scalefactorsOf(channel);
  let first = 0;
  while (first < bandCount && loadInt(sounds, first) == 0) first++;
  const gain = first < bandCount ? loadInt(factors, first) : ANY_GAIN;
  let before = gain;
  let noiseBefore = NO_NOISE;
  let bits = 0;
  for (let band = 0; band < bandCount; band++) {
    const book = loadInt(books, band);
    const factor = loadInt(factors, band);
    if (loadInt(sounds, band) != 0) {
      if (factor < 0 || factor > MAX_SCALEFACTOR) unreachable();
      bits += stepBits(factor - before);
      before = factor;
    } else if (book == NOISE_BOOK) {
      bits += noiseBefore == NO_NOISE ? noiseBits(factor - gain) : stepBits(factor - noiseBefore);
      noiseBefore = factor;
    } else if (book != ZERO_BOOK) {
      storeInt(factors, band, before);
    }
  }
  return bits;
}

function stepBits(step: i32): i32 {
  if (step < -MAX_STEP || step > MAX_STEP) unreachable();
  return loadInt(FACTOR_STEPS, step + MAX_STEP) >> 24;
}

/** Of the first energy of noise. */
function noiseBits(difference: i32): i32 {
  const value = difference + NOISE_OFFSET;
  if (value < 0 || value >= 1 << NOISE_BITS) unreachable();
  return NOISE_BITS;
}
