import { MAX_SCALEFACTOR_DELTA, SCALEFACTOR_CODEBOOK } from '../tables/scalefactor-codebook.ts';
import type { ValueRange } from './channel-frame.ts';
import {
  BOOK_COUNT,
  ESCAPE_BOOK,
  LARGEST_OF_BOOK,
  NOISE_BOOK,
  spectrumBits,
  ZERO_BOOK,
} from './spectrum-bits.ts';

/** A band to be coded. */
export interface BandToCode {
  /** Its values, none beyond 8191. */
  readonly range: ValueRange;
  /** Largest size of its values. */
  readonly largest: number;
  /** Whether it is sent as noise: it then has no values. */
  readonly isNoise: boolean;
}

/** More than any frame has: of a band that a book cannot say. */
const IMPOSSIBLE_BITS = 1 << 20;
/** Bits of the codeword for the same scalefactor again. */
const SAME_SCALEFACTOR_BITS = SCALEFACTOR_CODEBOOK.lengths[MAX_SCALEFACTOR_DELTA] ?? 0;

/**
 * Chooses the codebooks of the bands of one group so that they take the fewest bits.
 *
 * Every band is counted in every book. Then, as in the algorithm of Viterbi, from band to band the cheapest way to
 * arrive in each book is kept: from the same book, or from the cheapest of all with the head of a new section. Of equal
 * ways the same book is taken, then the lowest. Only the escape of a long section's length is left out of the search.
 *
 * @param bands In the order in which they are sent.
 * @param headBits What it costs to begin a section.
 * @returns The book of each band.
 */
export function chooseBooks(bands: readonly BandToCode[], headBits: number): Uint8Array {
  const ways = new Int32Array(BOOK_COUNT).fill(IMPOSSIBLE_BITS);
  /** By band and book: the book of the band before. */
  const cameFrom: Uint8Array[] = [];
  let cheapest = 0;
  let cheapestBits = 0;
  for (const band of bands) {
    const newSectionBits = cheapestBits + headBits;
    cameFrom.push(Uint8Array.from(ways, (way, book) => (way <= newSectionBits ? book : cheapest)));
    const costs = costsInEveryBook(band);
    ways.forEach((way, book) => {
      ways[book] = Math.min(way, newSectionBits) + (costs[book] ?? 0);
    });
    cheapestBits = Math.min(...ways);
    cheapest = ways.indexOf(cheapestBits);
  }
  return wayBack(cameFrom, cheapest);
}

function wayBack(cameFrom: readonly Uint8Array[], lastBook: number): Uint8Array {
  const books = new Uint8Array(cameFrom.length);
  let book = lastBook;
  for (let band = cameFrom.length - 1; band >= 0; band -= 1) {
    books[band] = book;
    book = cameFrom[band]?.[book] ?? 0;
  }
  return books;
}

/** Bits of the band's values in each book; of a band of zeros those of the scalefactor it then needs as well. */
function costsInEveryBook({ range, largest, isNoise }: BandToCode): Int32Array {
  const costs = new Int32Array(BOOK_COUNT).fill(IMPOSSIBLE_BITS);
  if (isNoise) {
    costs[NOISE_BOOK] = 0;
    return costs;
  }
  const scalefactorBits = largest === 0 ? SAME_SCALEFACTOR_BITS : 0;
  if (largest === 0) costs[ZERO_BOOK] = 0;
  for (let book = 1; book <= ESCAPE_BOOK; book += 1) {
    if (largest <= (LARGEST_OF_BOOK[book] ?? 0)) {
      costs[book] = spectrumBits(range, book) + scalefactorBits;
    }
  }
  return costs;
}
