// Bands above all that is not zero are left out, as trim-bands.ts of the reference does.

import { largestSize } from './band-bits';
import {
  codebooksOf,
  groupCount,
  GROUP_LENGTHS,
  groupValues,
  maxSfb,
  MID_SIDE,
  scalefactorsOf,
  setMaxSfb,
} from './frame';
import { loadInt } from './lanes';
import { NOISE_BOOK } from './sections';

/** Lowers maxSfb to the bands that are not zero, or noise, in some group of some channel. */
export function trimBands(channels: i32, bands: usize): void {
  let needed = maxSfb;
  while (needed > 0 && !isNeeded(channels, needed - 1, bands)) needed--;
  for (let channel = 0; channel < channels; channel++) {
    moveGroups(scalefactorsOf(channel), needed);
    moveGroups(codebooksOf(channel), needed);
  }
  if (channels == 2) moveGroups(MID_SIDE, needed);
  setMaxSfb(needed);
}

function isNeeded(channels: i32, sfb: i32, bands: usize): bool {
  for (let channel = 0; channel < channels; channel++) {
    for (let group = 0; group < groupCount; group++) {
      if (loadInt(codebooksOf(channel), group * maxSfb + sfb) == NOISE_BOOK) return true;
      const values = groupValues(channel, group);
      const valueSize = 2 * loadInt(GROUP_LENGTHS, group);
      const start = values + <usize>(valueSize * loadInt(bands, sfb));
      if (largestSize(start, values + <usize>(valueSize * loadInt(bands, sfb + 1))) > 0)
        return true;
    }
  }
  return false;
}

function moveGroups(list: usize, needed: i32): void {
  for (let group = 1; group < groupCount; group++) {
    memory.copy(
      list + ((<usize>(group * needed)) << 2),
      list + ((<usize>(group * maxSfb)) << 2),
      (<usize>needed) << 2,
    );
  }
}
