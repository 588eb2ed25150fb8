// The codewords, signs and escapes of a section.

import { put } from './bit-writer';
import { WORDS } from './frame-tables';

const FIRST_ESCAPED: i32 = 16;

/** @param start First value, of 16 bits; a section has a multiple of four. */
export function writeSpectrum(start: usize, end: usize, book: i32): void {
  switch (book) {
    case 1:
      return writeSignedQuads(start, end, WORDS);
    case 2:
      return writeSignedQuads(start, end, WORDS + 4 * 81);
    case 3:
      return writeQuads(start, end, WORDS + 4 * 162);
    case 4:
      return writeQuads(start, end, WORDS + 4 * 243);
    case 5:
      return writeSignedPairs(start, end, WORDS + 4 * 324);
    case 6:
      return writeSignedPairs(start, end, WORDS + 4 * 405);
    case 7:
      return writePairs(start, end, WORDS + 4 * 486, i16x8(8, 1, 8, 1, 0, 0, 0, 0));
    case 8:
      return writePairs(start, end, WORDS + 4 * 550, i16x8(8, 1, 8, 1, 0, 0, 0, 0));
    case 9:
      return writePairs(start, end, WORDS + 4 * 614, i16x8(13, 1, 13, 1, 0, 0, 0, 0));
    case 10:
      return writePairs(start, end, WORDS + 4 * 783, i16x8(13, 1, 13, 1, 0, 0, 0, 0));
    case 11:
      return writeEscapedPairs(start, end, WORDS + 4 * 952);
  }
}

/** Length, 8 bits, and code, 24 bits, of the codeword at a place. */
function wordAt(words: usize, place: i32): u32 {
  return load<u32>(words + ((<usize>place) << 2));
}

function putWord(word: u32, signs: u32): void {
  put((word & 0xffffff) | signs, word >> 24);
}

/** Two codewords with their signs: 34 bits at most. */
function putWords(first: u32, firstSigns: u32, second: u32, secondSigns: u32): void {
  const bits = second >> 24;
  const front: u64 = (first & 0xffffff) | firstSigns;
  put((front << bits) | ((second & 0xffffff) | secondSigns), (first >> 24) + bits);
}

function writeSignedQuads(start: usize, end: usize, words: usize): void {
  const weights = i16x8(27, 9, 3, 1, 0, 0, 0, 0);
  for (let at = start; at < end; at += 8) {
    const halves = i32x4.dot_i16x8_s(v128.load64_zero(at), weights);
    const place = 40 + i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
    putWord(wordAt(words, place), 0);
  }
}

function writeQuads(start: usize, end: usize, words: usize): void {
  const weights = i16x8(27, 9, 3, 1, 0, 0, 0, 0);
  for (let at = start; at < end; at += 8) {
    const halves = i32x4.dot_i16x8_s(i16x8.abs(v128.load64_zero(at)), weights);
    const place = i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
    putWord(wordAt(words, place), addSigns(addSigns(0, at), at + 4));
  }
}

function writeSignedPairs(start: usize, end: usize, words: usize): void {
  const weights = i16x8(9, 1, 9, 1, 0, 0, 0, 0);
  for (let at = start; at < end; at += 8) {
    const places = i32x4.dot_i16x8_s(v128.load64_zero(at), weights);
    const first = wordAt(words, 40 + i32x4.extract_lane(places, 0));
    putWords(first, 0, wordAt(words, 40 + i32x4.extract_lane(places, 1)), 0);
  }
}

function writePairs(start: usize, end: usize, words: usize, weights: v128): void {
  for (let at = start; at < end; at += 8) {
    const places = i32x4.dot_i16x8_s(i16x8.abs(v128.load64_zero(at)), weights);
    const first = wordAt(words, i32x4.extract_lane(places, 0));
    const second = wordAt(words, i32x4.extract_lane(places, 1));
    putWords(first, addSigns(0, at), second, addSigns(0, at + 4));
  }
}

function writeEscapedPairs(start: usize, end: usize, words: usize): void {
  for (let at = start; at < end; at += 4) {
    const one = abs<i32>(load<i16>(at));
    const other = abs<i32>(load<i16>(at, 2));
    const place = 17 * min(one, FIRST_ESCAPED) + min(other, FIRST_ESCAPED);
    putWord(wordAt(words, place), addSigns(0, at));
    if (one >= FIRST_ESCAPED) writeEscape(one);
    if (other >= FIRST_ESCAPED) writeEscape(other);
  }
}

/** Behind the others a sign bit for each of two values that is not zero. */
function addSigns(signs: u32, at: usize): u32 {
  const one = <i32>load<i16>(at);
  const other = <i32>load<i16>(at, 2);
  const both = (signs << (one != 0 ? 1 : 0)) | ((<u32>one) >> 31);
  return (both << (other != 0 ? 1 : 0)) | ((<u32>other) >> 31);
}

function writeEscape(size: i32): void {
  const exponent = 31 - clz(size);
  const ones = exponent - 4;
  const prefix = (1 << (ones + 1)) - 2;
  put((prefix << exponent) | (size - (1 << exponent)), ones + 1 + exponent);
}
