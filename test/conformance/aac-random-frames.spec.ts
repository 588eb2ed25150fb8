import { describe, expect, it } from 'vitest';
import {
  AacError,
  buildAudioSpecificConfig,
  chooseSections,
  EIGHT_SHORT,
  MAX_CHANNEL_BITS,
  writeRawDataBlock,
} from '#protocol/aac';
import { randomBlock, randomMask, SeededRandom } from '#testkit';
import { faadJudge, ffmpegJudge } from './support/aac-judges.ts';
import type { AacStream } from './support/aac-streams.ts';

const FRAMES = 300;
const room = new Uint8Array((2 * MAX_CHANNEL_BITS) / 8);

/** A frame of values, scalefactors, windows and groups that no sound ever has; undefined when it is too large. */
function randomFrame(
  random: SeededRandom,
  stream: { sampleRateHz: number; channelCount: 1 | 2 },
): Uint8Array | undefined {
  const largest = [1, 2, 4, 7, 12, 40, 8191][random.below(7)]!;
  const isShort = random.below(3) === 0;
  const block = randomBlock(random, { ...stream, largest, isShort, maxSfb: random.below(52) });
  const midSideMask = randomMask(random, block);
  const fillBytes = random.below(4) === 0 ? random.below(400) : 0;
  const { offsets, channels } = block;
  const own = channels[0].windowSequence === EIGHT_SHORT ? offsets.short : offsets.long;
  for (const channel of channels) chooseSections(channel, own);
  const whole =
    midSideMask.length > 0 ? { ...block, midSideMask, fillBytes } : { ...block, fillBytes };
  try {
    return room.slice(0, writeRawDataBlock(whole, room));
  } catch (error) {
    if (error instanceof AacError) return undefined;
    throw error;
  }
}

function randomStream(sampleRate: number, channels: 1 | 2): AacStream {
  const random = new SeededRandom(sampleRate + channels);
  const frames: Uint8Array[] = [];
  while (frames.length < FRAMES) {
    const frame = randomFrame(random, { sampleRateHz: sampleRate, channelCount: channels });
    if (frame !== undefined) frames.push(frame);
  }
  return {
    name: `${sampleRate} Hz, ${channels} channels`,
    options: { sourceRate: sampleRate, sampleRate, channels, bitrateKbps: 256 },
    audioSpecificConfig: buildAudioSpecificConfig({
      sampleRateHz: sampleRate,
      channelConfiguration: channels,
    }),
    primingSamples: 0,
    sourceSamples: 0,
    frames,
  };
}

describe('frames of random values', () => {
  const streams = [48_000, 44_100, 32_000, 16_000].flatMap((sampleRate) => [
    randomStream(sampleRate, 1),
    randomStream(sampleRate, 2),
  ]);

  it.each([
    ['ffmpeg aac', ffmpegJudge('aac')],
    ['ffmpeg aac_fixed', ffmpegJudge('aac_fixed')],
    ['faad', faadJudge],
  ])('are all valid for %s', async (_, judge) => {
    expect(await judge(streams)).toEqual([]);
  });
});
