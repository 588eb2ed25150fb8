import type { ValueRange } from './channel-frame.ts';
import { SPECTRAL_CODEBOOKS, type SpectralCodebook } from '../tables/spectral-codebooks.ts';

/** The codebook that says nothing: every value of its bands is zero. */
export const ZERO_BOOK = 0;
/** The codebook with escapes. */
export const ESCAPE_BOOK = 11;
/** No codebook: a band of noise, of which only the energy is sent (section 4.6.13). */
export const NOISE_BOOK = 13;
/** {@link NOISE_BOOK} is the last one that we use. */
export const BOOK_COUNT = 14;
/** Largest size of a quantised value. */
export const MAX_QUANTISED = 8191;
/** From here on a value in {@link ESCAPE_BOOK} is followed by an escape. */
export const FIRST_ESCAPED = 16;

/** Largest size of a value that the book can say, by book. */
export const LARGEST_OF_BOOK = Uint16Array.from([
  0,
  ...SPECTRAL_CODEBOOKS.slice(0, -1).map((book) => book.largest),
  MAX_QUANTISED,
]);

/** Bits of a codeword with its signs, by book and place of the codeword. */
const LENGTHS_WITH_SIGNS = [new Uint8Array(0), ...SPECTRAL_CODEBOOKS.map(lengthsWithSigns)];

function lengthsWithSigns({ isSigned, largest, lengths }: SpectralCodebook): Uint8Array {
  if (isSigned) return lengths;
  return lengths.map((length, place) => {
    let signs = 0;
    for (let rest = place; rest > 0; rest = Math.floor(rest / (largest + 1))) {
      if (rest % (largest + 1) > 0) signs += 1;
    }
    return length + signs;
  });
}

/** The largest size of the values. */
export function largestSize({ values, start, end }: ValueRange): number {
  let largest = 0;
  for (let at = start; at < end; at += 1) largest = Math.max(largest, Math.abs(values[at] ?? 0));
  return largest;
}

/**
 * Bits of the values in a codebook: codewords, signs and escapes.
 *
 * @param range A multiple of 4 values, none larger than the book can say.
 */
export function spectrumBits(range: ValueRange, book: number): number {
  const codebook = SPECTRAL_CODEBOOKS[book - 1];
  const lengths = LENGTHS_WITH_SIGNS[book];
  if (codebook === undefined || lengths === undefined) return 0;
  let bits = book === ESCAPE_BOOK ? escapeBits(range) : 0;
  for (let at = range.start; at < range.end; at += codebook.dimension) {
    bits += lengths[placeOfCodeword(range.values, at, codebook)] ?? 0;
  }
  return bits;
}

/** Where in the codebook the codeword of the values from `at` on stands. */
export function placeOfCodeword(values: Int32Array, at: number, book: SpectralCodebook): number {
  const { dimension, isSigned, largest } = book;
  const base = isSigned ? 2 * largest + 1 : largest + 1;
  let place = 0;
  for (let next = at; next < at + dimension; next += 1) {
    const value = values[next] ?? 0;
    place = place * base + (isSigned ? value + largest : Math.min(Math.abs(value), largest));
  }
  return place;
}

function escapeBits({ values, start, end }: ValueRange): number {
  let bits = 0;
  for (let at = start; at < end; at += 1) {
    const size = Math.abs(values[at] ?? 0);
    if (size >= FIRST_ESCAPED) bits += 2 * exponentOf(size) - 3;
  }
  return bits;
}

/** The number n with 2^n <= size < 2^(n + 1). */
export function exponentOf(size: number): number {
  return 31 - Math.clz32(size);
}
