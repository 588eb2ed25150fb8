import { GROUP_LENGTHS, groupCount } from './frame';
import { loadInt, storeInt } from './lanes';

// The bands of the frame in the order of transmission, the same for both channels: src/rate/band-list.ts.

const SHORT_BINS: i32 = 128;
/** By band: where it begins and ends among the 1024 bins of a channel, and over how many windows it goes. */
export const STARTS: usize = memory.data(128 * 4, 16);
export const ENDS: usize = memory.data(128 * 4, 16);
export const WINDOWS: usize = memory.data(128 * 4, 16);
/** Bands and bins of all groups, bands of one group. */
export let bandCount: i32 = 0;
export let binCount: i32 = 0;
export let bandsPerGroup: i32 = 0;

/** @param offsets Of the frame's windows, i32. */
export function listBands(offsets: usize, perGroup: i32): void {
  let band = 0;
  let first = 0;
  binCount = 0;
  bandsPerGroup = perGroup;
  for (let group = 0; group < groupCount; group++) {
    const windows = loadInt(GROUP_LENGTHS, group);
    for (let sfb = 0; sfb < perGroup; sfb++) {
      storeInt(STARTS, band, first * SHORT_BINS + windows * loadInt(offsets, sfb));
      storeInt(ENDS, band, first * SHORT_BINS + windows * loadInt(offsets, sfb + 1));
      storeInt(WINDOWS, band, windows);
      band++;
    }
    binCount += windows * loadInt(offsets, perGroup);
    first += windows;
  }
  bandCount = band;
}
