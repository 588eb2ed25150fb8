// Tables of the bitstream, which the host writes once as src/kernel-tables.ts of the library lays them out.

const tables = memory.data(21360, 16);

/** Bits of four values from -1 to 1 in every book: 81 entries of 16 bytes, byte n for book n. */
export const QUADS_TO_1: usize = tables;
/** The same of values from -2 to 2: 625 entries. */
export const QUADS_TO_2: usize = QUADS_TO_1 + 81 * 16;
/** Bits of two values from -4 to 4 in books 4 to 11: 81 entries of 8 numbers of 16 bits. */
export const PAIRS_TO_4: usize = QUADS_TO_2 + 625 * 16;
/** The same of two sizes up to 12: 169 entries. */
export const PAIRS_TO_12: usize = PAIRS_TO_4 + 81 * 16;
/** Bits of two sizes up to 16 in the book of escapes, the escapes of 16 included: 289 bytes. */
export const ESCAPE_PAIRS: usize = PAIRS_TO_12 + 169 * 16;
/** Bits of four zeros in every book: 16 numbers of 16 bits. */
export const ZERO_QUAD: usize = ESCAPE_PAIRS + 304;
/** 0xffff for each book that cannot say a class of sizes, else 0: 8 classes of 16 numbers of 16 bits. */
export const IMPOSSIBLE: usize = ZERO_QUAD + 32;
/** Length, 8 bits, and code, 24 bits, of the steps of scalefactors: 121 numbers of 32 bits. */
export const FACTOR_STEPS: usize = IMPOSSIBLE + 8 * 32;
/** Length with the signs, 8 bits, and code with room for them, 24 bits: books 1 to 11 one behind the other. */
export const WORDS: usize = FACTOR_STEPS + 124 * 4;

/** Where the host writes the tables. */
export function frameTables(): usize {
  return tables;
}
