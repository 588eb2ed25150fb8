import { codebooksOf, maxSfb, quantisedOf, scalefactorsOf, spectrumOf } from './frame';
import { Instance } from './instance';
import { loadFloat, loadInt, storeInt } from './lanes';
import { LENGTHS, SCALEFACTOR_LENGTHS } from './tables';

const BOOK_ROW: i32 = 289 * 4;
const NO_WAY: i32 = 1 << 20;
/** Of the values of the band, before books are chosen; set by the quantiser. */
export const LARGEST: usize = memory.data(2 * 128 * 4, 16);

export function largestOf(channel: i32): usize {
  return LARGEST + ((<usize>channel) << 9);
}

/** Largest size that a codebook can say. */
export function largestOfBook(book: i32): i32 {
  if (book == 11) return 8191;
  if (book >= 9) return 12;
  if (book >= 7) return 7;
  if (book >= 5) return 4;
  return book >= 3 ? 2 : 1;
}

export function signedValue(spectrum: usize, values: usize, at: i32): i32 {
  const size = loadInt(values, at);
  return loadFloat(spectrum, at) < 0 ? -size : size;
}

/** Where in its codebook the codeword of the values from `at` on stands. */
export function placeOf(spectrum: usize, values: usize, at: i32, book: i32): i32 {
  if (book <= 2) {
    let place = 40;
    place += 27 * signedValue(spectrum, values, at) + 9 * signedValue(spectrum, values, at + 1);
    return (
      place + 3 * signedValue(spectrum, values, at + 2) + signedValue(spectrum, values, at + 3)
    );
  }
  if (book <= 4) {
    const head = 27 * loadInt(values, at) + 9 * loadInt(values, at + 1);
    return head + 3 * loadInt(values, at + 2) + loadInt(values, at + 3);
  }
  if (book <= 6) {
    return 9 * signedValue(spectrum, values, at) + signedValue(spectrum, values, at + 1) + 40;
  }
  if (book == 11) return 17 * min(loadInt(values, at), 16) + min(loadInt(values, at + 1), 16);
  return (largestOfBook(book) + 1) * loadInt(values, at) + loadInt(values, at + 1);
}

function isSigned(book: i32): bool {
  return book <= 2 || book == 5 || book == 6;
}

function bitsIn(spectrum: usize, values: usize, from: i32, to: i32, book: i32): i32 {
  const lengths = LENGTHS + book * BOOK_ROW;
  const step = book <= 4 ? 4 : 2;
  let bits = 0;
  for (let at = from; at < to; at += step) {
    bits += loadInt(lengths, placeOf(spectrum, values, at, book));
    if (isSigned(book)) continue;
    for (let next = at; next < at + step; next++) {
      const size = loadInt(values, next);
      if (size != 0) bits++;
      if (book == 11 && size >= 16) bits += 2 * (31 - clz(size)) - 3;
    }
  }
  return bits;
}

function cheapestBook(spectrum: usize, values: usize, from: i32, to: i32, largest: i32): i32 {
  if (largest == 0) return 0;
  if (largest > 12) return 11;
  const book = largest == 1 ? 1 : largest == 2 ? 3 : largest <= 4 ? 5 : largest <= 7 ? 7 : 9;
  const one = bitsIn(spectrum, values, from, to, book);
  return bitsIn(spectrum, values, from, to, book + 1) < one ? book + 1 : book;
}

/**
 * Chooses codebooks and counts the bits of individual_channel_stream without ics_info.
 */
export function chooseSections(self: Instance, channel: i32): i32 {
  const bands: usize = self.longBands;
  const books = codebooksOf(channel);
  const factors = scalefactorsOf(channel);
  const spectrum = spectrumOf(channel);
  const values = quantisedOf(channel);
  let bits = 11;
  let current = -1;
  let run = 0;
  let before = -1;
  for (let sfb = 0; sfb < maxSfb; sfb++) {
    const from = loadInt(bands, sfb);
    const to = loadInt(bands, sfb + 1);
    const largest = loadInt(largestOf(channel), sfb);
    let book = cheapestBook(spectrum, values, from, to, largest);
    let cost = book == 0 ? 0 : bitsIn(spectrum, values, from, to, book);
    if (book != current && current > 0 && largest <= largestOfBook(current)) {
      const joined = bitsIn(spectrum, values, from, to, current) + (largest == 0 ? 1 : 0);
      if (joined <= cost + 9) {
        book = current;
        cost = largest == 0 ? joined - 1 : joined;
        if (largest == 0) storeInt(factors, sfb, before);
      }
    }
    if (book != current) {
      bits += 9;
      current = book;
      run = 0;
    }
    run++;
    if (run % 31 == 0) bits += 5;
    storeInt(books, sfb, book);
    bits += cost;
    if (book == 0) continue;
    const factor = loadInt(factors, sfb);
    bits += before < 0 ? 1 : loadInt(SCALEFACTOR_LENGTHS, factor - before + 60);
    before = factor;
  }
  return min(bits, NO_WAY);
}
