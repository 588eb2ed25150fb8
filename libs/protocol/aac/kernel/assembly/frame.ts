import { EIGHT_SHORT, Instance } from './instance';
import { loadInt } from './lanes';

// The frame that is being coded, one channel after the other: scratch that all instances share. What the fields of
// `ChannelFrame` of the reference are.

/** Bands of a channel at most; rows of bands are this long. */
export const MAX_BANDS: i32 = 128;

const spectra = memory.data(2 * 1024 * 4, 16);
const magnitudes = memory.data(2 * 1024 * 4, 16);
const quantised = memory.data(2 * 1024 * 2, 16);
const scalefactors = memory.data(2 * 128 * 4, 16);
const codebooks = memory.data(2 * 128 * 4, 16);

/** 0 only long, 1 long start, 2 eight short, 3 long stop; of both channels. */
export let windowSequence: i32 = 0;
export let groupCount: i32 = 1;
/** Bands of each group that are sent. */
export let maxSfb: i32 = 0;
/** How hard an attack there is, 0 to 3. */
export let attack: i32 = 0;
/** Windows of each group, i32. */
export const GROUP_LENGTHS: usize = memory.data(8 * 4, 16);
/** 1 for each band `group * maxSfb + sfb` that is mid and side, i32. */
export const MID_SIDE: usize = memory.data(128 * 4, 16);

export function setLongFrame(sequence: i32): void {
  windowSequence = sequence;
  groupCount = 1;
  store<i32>(GROUP_LENGTHS, 1);
}

export function setShortFrame(groups: i32): void {
  windowSequence = EIGHT_SHORT;
  groupCount = groups;
}

export function setMaxSfb(bands: i32): void {
  maxSfb = bands;
}

export function setAttack(level: i32): void {
  attack = level;
}

/** 1024 f32 in the order of transmission. */
export function spectrumOf(channel: i32): usize {
  return spectra + ((<usize>channel) << 12);
}

/** |X|^(3/4) of the spectrum, 1024 f32. */
export function magnitudesOf(channel: i32): usize {
  return magnitudes + ((<usize>channel) << 12);
}

/** Quantised values with their signs, -8191 to 8191, 1024 i16 in the order of transmission. */
export function quantisedOf(channel: i32): usize {
  return quantised + ((<usize>channel) << 11);
}

/** The first quantised value of a group. */
export function groupValues(channel: i32, group: i32): usize {
  return quantisedOf(channel) + ((<usize>windowsBefore(group)) << 8);
}

/** Of each band, i32. */
export function scalefactorsOf(channel: i32): usize {
  return scalefactors + ((<usize>channel) << 9);
}

/** Of each band, i32. */
export function codebooksOf(channel: i32): usize {
  return codebooks + ((<usize>channel) << 9);
}

/** Band offsets of the frame's windows, i32. */
export function bandsOf(self: Instance): usize {
  return windowSequence == EIGHT_SHORT ? self.shortBands : self.longBands;
}

/** Windows in front of a group. */
function windowsBefore(group: i32): i32 {
  let windows = 0;
  for (let before = 0; before < group; before++) windows += loadInt(GROUP_LENGTHS, before);
  return windows;
}
