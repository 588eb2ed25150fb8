import { SCALEFACTOR_CODEBOOK } from '../tables/scalefactor-codebook.ts';
import { SPECTRAL_CODEBOOKS, type SpectralCodebook } from '../tables/spectral-codebooks.ts';
import {
  ESCAPE_BOOK,
  largestSize,
  LARGEST_OF_BOOK,
  MAX_QUANTISED,
  NOISE_BOOK,
  spectrumBits,
} from './spectrum-bits.ts';

const EVERY_BOOK = Array.from({ length: 16 }, (_, book) => book);
const PAIR_BOOKS = [4, 5, 6, 7, 8, 9, 10, 11];
const IMPOSSIBLE = 0xffff;
/** Largest sizes of the bands that the kernel counts alike; the last is of bands of noise. */
const CLASSES = [0, 1, 2, 4, 7, 12, MAX_QUANTISED, -1];

/**
 * The codebooks as the kernel wants them: bits in many codebooks beside each other, and codewords with room for signs.
 * `kernel/assembly/frame-tables.ts` says what is where.
 */
export function buildFrameTables(): Uint8Array {
  const { codes, lengths } = SCALEFACTOR_CODEBOOK;
  const parts = [
    Uint8Array.from(everyRun(4, 1).flatMap((run) => bitsInBooks(run, EVERY_BOOK))),
    Uint8Array.from(everyRun(4, 2).flatMap((run) => bitsInBooks(run, EVERY_BOOK))),
    Uint16Array.from(everyRun(2, 4).flatMap((run) => bitsInBooks(run, PAIR_BOOKS))),
    Uint16Array.from(everyPair(12).flatMap((pair) => bitsInBooks(pair, PAIR_BOOKS))),
    Uint8Array.from([
      ...everyPair(16).flatMap((pair) => bitsInBooks(pair, [ESCAPE_BOOK])),
      ...zeros(15),
    ]),
    Uint16Array.from(bitsInBooks([0, 0, 0, 0], EVERY_BOOK)),
    Uint16Array.from(CLASSES.flatMap(impossibleBooks)),
    Uint32Array.from([
      ...Array.from(codes, (code, place) => word(code, lengths[place] ?? 0)),
      ...zeros(3),
    ]),
    Uint32Array.from([...SPECTRAL_CODEBOOKS.flatMap(wordsWithSigns), ...zeros(3)]),
  ];
  const tables = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    tables.set(new Uint8Array(part.buffer), at);
    at += part.byteLength;
  }
  return tables;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** All runs of `count` values from `-largest` to `largest`, the first value as the highest digit. */
function everyRun(count: number, largest: number): number[][] {
  const base = 2 * largest + 1;
  return Array.from({ length: base ** count }, (_, place) =>
    Array.from(
      { length: count },
      (_value, at) => (Math.floor(place / base ** (count - 1 - at)) % base) - largest,
    ),
  );
}

function everyPair(largest: number): number[][] {
  const base = largest + 1;
  return Array.from({ length: base ** 2 }, (_, place) => [Math.floor(place / base), place % base]);
}

/** Bits of the values in each book; 0 in those that cannot say them. */
function bitsInBooks(values: readonly number[], books: readonly number[]): number[] {
  const range = { values: Int32Array.from(values), start: 0, end: values.length };
  const largest = largestSize(range);
  return books.map((book) => {
    const canSay = largest <= (LARGEST_OF_BOOK[book] ?? 0) && values.length >= dimensionOf(book);
    return canSay ? spectrumBits(range, book) : 0;
  });
}

function dimensionOf(book: number): number {
  return SPECTRAL_CODEBOOKS[book - 1]?.dimension ?? 0;
}

function impossibleBooks(largest: number): number[] {
  return EVERY_BOOK.map((book) => {
    const isNoise = largest < 0;
    const canSay = book === NOISE_BOOK ? isNoise : largest <= (LARGEST_OF_BOOK[book] ?? -1);
    return canSay && isNoise === (book === NOISE_BOOK) ? 0 : IMPOSSIBLE;
  });
}

/** Codewords with zeros in place of their signs, and their lengths with these. */
function wordsWithSigns({ isSigned, largest, codes, lengths }: SpectralCodebook): number[] {
  return Array.from(codes, (code, place) => {
    const signs = isSigned ? 0 : nonZeroDigits(place, largest + 1);
    return word(code << signs, (lengths[place] ?? 0) + signs);
  });
}

function nonZeroDigits(place: number, base: number): number {
  let count = 0;
  for (let rest = place; rest > 0; rest = Math.floor(rest / base)) count += rest % base > 0 ? 1 : 0;
  return count;
}

function word(code: number, bits: number): number {
  return (bits << 24) | code;
}
