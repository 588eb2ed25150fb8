import { bandRange, type ChannelFrame } from './channel-frame.ts';
import { largestSize, NOISE_BOOK } from './spectrum-bits.ts';

/** One channel, or a pair with the same windows, groups and `maxSfb`. */
export interface TrimmedChannels {
  readonly channels: readonly ChannelFrame[];
  readonly midSideMask?: Uint8Array;
}

/**
 * Lowers `maxSfb` to the bands that are not zero, or noise, in some group and channel, and moves what is kept by band. To be
 * called when the values are quantised, before the sections are chosen.
 *
 * @param offsets Of the channels' windows.
 */
export function trimBands({ channels, midSideMask }: TrimmedChannels, offsets: Uint16Array): void {
  const needed = Math.max(...channels.map((channel) => neededBands(channel, offsets)));
  channels.forEach((channel, at) => {
    const lists = [channel.scalefactors, channel.codebooks, at === 0 ? midSideMask : undefined];
    for (const list of lists) moveGroups(list, channel, needed);
    channel.maxSfb = needed;
  });
}

function moveGroups(
  list: Int16Array | Uint8Array | undefined,
  { groupCount, maxSfb }: ChannelFrame,
  needed: number,
): void {
  for (let group = 1; group < groupCount; group += 1) {
    list?.copyWithin(group * needed, group * maxSfb, group * maxSfb + needed);
  }
}

function neededBands(channel: ChannelFrame, offsets: Uint16Array): number {
  let needed = 0;
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    const sfb = band % channel.maxSfb;
    if (sfb < needed) continue;
    const isNoise = channel.codebooks[band] === NOISE_BOOK;
    if (isNoise || largestSize(bandRange(channel, offsets, band)) > 0) needed = sfb + 1;
  }
  return needed;
}
