import type { RandomSource } from '#foundation';
import {
  bandOffsetsOf,
  bandRange,
  createChannelFrame,
  EIGHT_SHORT,
  NOISE_BOOK,
  type RawDataBlock,
} from '#protocol/aac';

type Channel = RawDataBlock['channels'][0];

export interface BlockOptions {
  readonly sampleRateHz: number;
  readonly channelCount: 1 | 2;
  /** Most of the values stay below it. */
  readonly largest: number;
  /** Coded bands, at most; fewer in a stream or window that has fewer. */
  readonly maxSfb: number;
  readonly isShort: boolean;
}

/** A block of random values whose sections are not chosen yet: no signal is as mean. */
export function randomBlock(random: RandomSource, options: BlockOptions): RawDataBlock {
  const offsets = bandOffsetsOf(options.sampleRateHz);
  const own = options.isShort ? offsets.short : offsets.long;
  const maxSfb = Math.min(options.maxSfb, own.length - 1);
  const first = randomChannel(random, { ...options, maxSfb });
  fillRandomly(random, first, { offsets: own, largest: options.largest });
  if (options.channelCount === 1) return { offsets, channels: [first], fillBytes: 0 };
  const second = structuredClone(first);
  second.codebooks.fill(0);
  if (random.below(4) === 0) Object.assign(second, randomChannel(random, { ...options, maxSfb }));
  fillRandomly(random, second, { offsets: own, largest: options.largest });
  return { offsets, channels: [first, second], fillBytes: 0 };
}

/** A mask for the bands of a pair: none, all or some of them; empty when its windows differ, or for one channel. */
export function randomMask(
  random: RandomSource,
  { channels: [one, other] }: Pick<RawDataBlock, 'channels'>,
): Uint8Array {
  const windows = (channel: Channel): string =>
    [channel.windowSequence, channel.windowShape, ...channel.groupLengths].join();
  const isCommon = other !== undefined && windows(one) === windows(other);
  const kind = random.below(3);
  return Uint8Array.from({ length: isCommon ? one.groupCount * one.maxSfb : 0 }, () =>
    kind < 2 ? kind : random.below(2),
  );
}

function randomChannel(
  random: RandomSource,
  { isShort, maxSfb }: Pick<BlockOptions, 'isShort' | 'maxSfb'>,
): Channel {
  const channel = createChannelFrame();
  channel.windowShape = random.below(2) === 0 ? 0 : 1;
  channel.maxSfb = maxSfb;
  if (!isShort) {
    channel.windowSequence = ([0, 1, 3] as const)[random.below(3)] ?? 0;
    return channel;
  }
  channel.windowSequence = EIGHT_SHORT;
  channel.groupCount = 0;
  for (let left = 8; left > 0; channel.groupCount += 1) {
    const windows = 1 + random.below(left);
    channel.groupLengths[channel.groupCount] = windows;
    left -= windows;
  }
  return channel;
}

const SIZES = [0, 0, 1, 1, 2, 3, 4, 6, 7, 10, 12, 15, 16, 40, 300, 8191];

/** Neighbouring bands are alike, now and then they are zero or much larger: as in sound, but wilder. */
function fillRandomly(
  random: RandomSource,
  channel: Channel,
  { offsets, largest }: { offsets: Uint16Array; largest: number },
): void {
  const mayBeNoise = random.below(2) === 0;
  let size = 1;
  let scalefactor = random.below(256);
  let noise = random.below(246) - 90;
  for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
    if (random.below(3) === 0) size = Math.min(SIZES[random.below(SIZES.length)] ?? 0, largest);
    const { start, end } = bandRange(channel, offsets, band);
    for (let at = start; at < end; at += 1) {
      channel.quantised[at] = random.below(2 * size + 1) - size;
    }
    if (mayBeNoise && size === 0 && random.below(2) === 0) {
      noise = Math.min(155, nextScalefactor(random, noise + 90) - 90);
      channel.codebooks[band] = NOISE_BOOK;
      channel.scalefactors[band] = noise;
      continue;
    }
    const next = nextScalefactor(random, scalefactor);
    channel.scalefactors[band] = next;
    // Only the steps between bands that are not zero have a limit.
    if (channel.quantised.subarray(start, end).some((value) => value !== 0)) scalefactor = next;
  }
}

function nextScalefactor(random: RandomSource, before: number): number {
  const most = random.below(5) === 0 ? 60 : 4;
  const step = random.below(2 * most + 1) - most;
  return Math.min(255, Math.max(0, before + step));
}
