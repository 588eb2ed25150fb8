// raw_data_block, as raw-data-block.ts, channel-stream.ts and fill-element.ts of the reference write it.

import { beginBits, bitCount, endBits, put } from './bit-writer';
import {
  codebooksOf,
  groupCount,
  GROUP_LENGTHS,
  groupValues,
  maxSfb,
  MID_SIDE,
  scalefactorsOf,
  windowSequence,
} from './frame';
import { FACTOR_STEPS } from './frame-tables';
import { EIGHT_SHORT } from './instance';
import { loadInt } from './lanes';
import {
  ANY_GAIN,
  MAX_STEP,
  NOISE_BITS,
  NOISE_BOOK,
  NOISE_OFFSET,
  sectionLengthBits,
  ZERO_BOOK,
} from './sections';
import { writeSpectrum } from './spectrum-words';

const ID_SCE: u32 = 0;
const ID_CPE: u32 = 1;
const ID_FIL: u32 = 6;
const ID_END: u32 = 7;
const ID_BITS: i32 = 3;
const TAG_BITS: i32 = 4;
const MAX_CHANNEL_BITS: i32 = 6144;
const BOOK_BITS: i32 = 4;
/** Values of ms_mask_present. */
const NO_BAND: i32 = 0;
const MASK_FOLLOWS: i32 = 1;
const EVERY_BAND: i32 = 2;
/** The count of a fill element that says that 8 bits more follow. */
const FILL_ESCAPE: i32 = 15;
const MAX_FILL: i32 = FILL_ESCAPE + 255 - 1;

/** Bits of a block beside those that `chooseSections` counts. */
export function elementBits(channels: i32): i32 {
  const info = windowSequence == EIGHT_SHORT ? 15 : 11;
  const bits = ID_BITS + TAG_BITS + ID_BITS + info;
  if (channels == 1) return bits;
  return bits + 1 + 2 + (midSidePresence() == MASK_FOLLOWS ? groupCount * maxSfb : 0);
}

/**
 * Writes the channels, whose sections are chosen, into OUTPUT; both have the same windows.
 *
 * @param bands Offsets of the bands, i32.
 * @param fillBytes By how much the frame is made longer.
 * @returns Its bytes.
 */
export function writeFrame(channels: i32, bands: usize, fillBytes: i32): i32 {
  beginBits();
  put(channels == 1 ? ID_SCE : ID_CPE, ID_BITS);
  put(0, TAG_BITS);
  if (channels == 2) {
    put(1, 1);
    putWindowInfo();
    putMidSide();
  }
  for (let channel = 0; channel < channels; channel++) {
    putChannel(channel, bands, channels == 1);
  }
  if (fillBytes > 0) {
    const bytes = ((bitCount() + ID_BITS + 7) >> 3) + fillBytes;
    putFill((bytes << 3) - ID_BITS - bitCount());
  }
  put(ID_END, ID_BITS);
  const bytes = endBits();
  if (bytes << 3 > channels * MAX_CHANNEL_BITS) unreachable();
  return bytes;
}

function putWindowInfo(): void {
  put(windowSequence << 1, 4);
  if (windowSequence != EIGHT_SHORT) {
    put(maxSfb << 1, 7);
    return;
  }
  put(maxSfb, 4);
  for (let group = 0; group < groupCount; group++) {
    if (group > 0) put(0, 1);
    const others = loadInt(GROUP_LENGTHS, group) - 1;
    put((1 << others) - 1, others);
  }
}

function midSidePresence(): i32 {
  const bandCount = groupCount * maxSfb;
  let used = 0;
  for (let band = 0; band < bandCount; band++) used += loadInt(MID_SIDE, band);
  if (used == 0) return NO_BAND;
  return used == bandCount ? EVERY_BAND : MASK_FOLLOWS;
}

function putMidSide(): void {
  const presence = midSidePresence();
  put(presence, 2);
  if (presence != MASK_FOLLOWS) return;
  const bandCount = groupCount * maxSfb;
  for (let band = 0; band < bandCount; band++) put(loadInt(MID_SIDE, band), 1);
}

function putChannel(channel: i32, bands: usize, hasInfo: bool): void {
  const gain = globalGain(channel);
  put(gain, 8);
  if (hasInfo) putWindowInfo();
  putSections(channel);
  putFactors(channel, gain);
  put(0, 3);
  for (let group = 0; group < groupCount; group++) putSpectrum(channel, group, bands);
}

function globalGain(channel: i32): i32 {
  const books = codebooksOf(channel);
  const bandCount = groupCount * maxSfb;
  for (let band = 0; band < bandCount; band++) {
    const book = loadInt(books, band);
    if (book != ZERO_BOOK && book != NOISE_BOOK) return loadInt(scalefactorsOf(channel), band);
  }
  return ANY_GAIN;
}

/** The band behind the section that begins at `start`, `end` at most. */
function sectionEnd(books: usize, start: i32, end: i32): i32 {
  const book = loadInt(books, start);
  let next = start + 1;
  while (next < end && loadInt(books, next) == book) next++;
  return next;
}

function putSections(channel: i32): void {
  const books = codebooksOf(channel);
  const lengthBits = sectionLengthBits();
  const escape = (1 << lengthBits) - 1;
  for (let group = 0; group < groupCount; group++) {
    const end = (group + 1) * maxSfb;
    for (let start = end - maxSfb; start < end;) {
      const next = sectionEnd(books, start, end);
      put(loadInt(books, start), BOOK_BITS);
      let rest = next - start;
      for (; rest >= escape; rest -= escape) put(escape, lengthBits);
      put(rest, lengthBits);
      start = next;
    }
  }
}

function putFactors(channel: i32, gain: i32): void {
  const books = codebooksOf(channel);
  const factors = scalefactorsOf(channel);
  const bandCount = groupCount * maxSfb;
  let before = gain;
  let noiseBefore = 0;
  let isFirstNoise = true;
  for (let band = 0; band < bandCount; band++) {
    const book = loadInt(books, band);
    const factor = loadInt(factors, band);
    if (book == ZERO_BOOK) continue;
    if (book != NOISE_BOOK) {
      putStep(factor - before);
      before = factor;
      continue;
    }
    if (isFirstNoise) put(factor - gain + NOISE_OFFSET, NOISE_BITS);
    else putStep(factor - noiseBefore);
    isFirstNoise = false;
    noiseBefore = factor;
  }
}

function putStep(step: i32): void {
  const entry = loadInt(FACTOR_STEPS, step + MAX_STEP);
  put(entry & 0xffffff, entry >> 24);
}

/** Section by section: the values of a section's bands lie one behind the other. */
function putSpectrum(channel: i32, group: i32, bands: usize): void {
  const books = codebooksOf(channel);
  const firstBand = group * maxSfb;
  const values = groupValues(channel, group);
  const valueSize = 2 * loadInt(GROUP_LENGTHS, group);
  for (let start = 0; start < maxSfb;) {
    const book = loadInt(books, firstBand + start);
    const end = sectionEnd(books, firstBand + start, firstBand + maxSfb) - firstBand;
    const from = values + <usize>(valueSize * loadInt(bands, start));
    writeSpectrum(from, values + <usize>(valueSize * loadInt(bands, end)), book);
    start = end;
  }
}

/** Fill elements, until less than the smallest of them would be left. */
function putFill(bits: i32): void {
  const end = bitCount() + bits;
  while (end - bitCount() >= ID_BITS + 4) {
    put(ID_FIL, ID_BITS);
    let bytes = (end - bitCount() - 4) >> 3;
    if (bytes < FILL_ESCAPE) {
      put(bytes, 4);
    } else {
      bytes = min((end - bitCount() - 12) >> 3, MAX_FILL);
      put(FILL_ESCAPE, 4);
      put(bytes - FILL_ESCAPE + 1, 8);
    }
    for (let byte = 0; byte < bytes; byte++) put(0, 8);
  }
}
