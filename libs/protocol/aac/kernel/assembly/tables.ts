// Where the host writes the tables that the reference encoder has too, so that both have the very same. Tables that
// depend on a rate or a size (transforms, resampling banks) come with the instance instead.

/** Codewords and lengths of the spectral codebooks 1 to 11, 289 places each, book 0 empty. */
export const CODES: usize = memory.data(12 * 289 * 4, 16);
export const LENGTHS: usize = memory.data(12 * 289 * 4, 16);
/** Of the scalefactor codebook, by step + 60. */
export const SCALEFACTOR_CODES: usize = memory.data(121 * 4, 16);
export const SCALEFACTOR_LENGTHS: usize = memory.data(121 * 4, 16);

/** Address of a table, for the host; 0 for a number that there is not. */
export function tableAt(table: i32): usize {
  if (table == 0) return CODES;
  if (table == 1) return LENGTHS;
  if (table == 2) return SCALEFACTOR_CODES;
  if (table == 3) return SCALEFACTOR_LENGTHS;
  return 0;
}
