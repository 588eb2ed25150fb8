import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_OPUS_PACKET_SAMPLES, opusFrameSamples, opusPacketSamples } from './index.ts';

/** RFC 6716 table 2, in milliseconds. */
const FRAME_MS = [
  ...[10, 20, 40, 60, 10, 20, 40, 60, 10, 20, 40, 60],
  ...[10, 20, 10, 20],
  ...[2.5, 5, 10, 20, 2.5, 5, 10, 20, 2.5, 5, 10, 20, 2.5, 5, 10, 20],
];
const CELT_20_MS = 31 << 3;
const SILK_60_MS = 3 << 3;

const samplesOf = (...bytes: number[]): number =>
  opusPacketSamples(Uint8Array.from(bytes), 0, bytes.length);
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

describe('a frame of Opus', () => {
  it.each(FRAME_MS.map((frameMs, config) => ({ config, frameMs })))(
    'lasts $frameMs ms in configuration $config',
    ({ config, frameMs }) => {
      expect(opusFrameSamples(config << 3)).toBe(frameMs * 48);
      expect(opusFrameSamples((config << 3) | 7)).toBe(frameMs * 48);
    },
  );
});

describe('a packet of Opus', () => {
  it.each([
    { name: 'one frame', bytes: [CELT_20_MS, 1, 2, 3], samples: 960 },
    { name: 'nothing but its first byte (DTX)', bytes: [CELT_20_MS], samples: 960 },
    { name: 'two frames of one size', bytes: [CELT_20_MS | 1, 1, 2], samples: 1920 },
    { name: 'two frames of two sizes', bytes: [CELT_20_MS | 2, 1, 9, 8, 7], samples: 1920 },
    {
      name: 'two frames, the first of 252 bytes',
      bytes: [CELT_20_MS | 2, 252, 0, ...zeros(252)],
      samples: 1920,
    },
    { name: 'three frames of one size', bytes: [CELT_20_MS | 3, 3, 1, 2, 3], samples: 2880 },
    { name: 'three frames of any size', bytes: [CELT_20_MS | 3, 0x83, 1, 0, 9, 8], samples: 2880 },
    { name: 'padding', bytes: [CELT_20_MS | 3, 0x41, 2, 9, 0, 0], samples: 960 },
    {
      name: 'padding of 254 bytes and one more',
      bytes: [CELT_20_MS | 3, 0x41, 255, 1, ...zeros(256)],
      samples: 960,
    },
    { name: '120 ms', bytes: [SILK_60_MS | 3, 2, 1, 2], samples: 5760 },
    { name: '48 frames of 2.5 ms', bytes: [(16 << 3) | 3, 48, ...zeros(48)], samples: 5760 },
  ])('with $name', ({ bytes, samples }) => {
    expect(samplesOf(...bytes)).toBe(samples);
  });

  it.each([
    { name: 'no byte', bytes: [] },
    { name: 'a frame of 1276 bytes', bytes: [CELT_20_MS, ...zeros(1276)] },
    { name: 'two halves that are not equal', bytes: [CELT_20_MS | 1, 1] },
    { name: 'two halves of 1276 bytes', bytes: [CELT_20_MS | 1, ...zeros(2552)] },
    { name: 'two frames without a size', bytes: [CELT_20_MS | 2] },
    { name: 'a first frame longer than the packet', bytes: [CELT_20_MS | 2, 2, 0] },
    { name: 'a size cut in half', bytes: [CELT_20_MS | 2, 252] },
    { name: 'a last frame of 1276 bytes', bytes: [CELT_20_MS | 2, 0, ...zeros(1276)] },
    { name: 'frames not counted', bytes: [CELT_20_MS | 3] },
    { name: 'a count of 0', bytes: [CELT_20_MS | 3, 0] },
    { name: 'more than 120 ms', bytes: [SILK_60_MS | 3, 3, 1, 2, 3] },
    { name: 'a rest that does not divide', bytes: [CELT_20_MS | 3, 2, 0, 0, 0] },
    { name: 'equal frames of 1276 bytes', bytes: [CELT_20_MS | 3, 1, ...zeros(1276)] },
    { name: 'padding longer than the packet', bytes: [CELT_20_MS | 3, 0x41, 2, 0] },
    { name: 'padding without an end', bytes: [CELT_20_MS | 3, 0x41, 255] },
    { name: 'sizes cut off', bytes: [CELT_20_MS | 3, 0x83, 0] },
  ])('is none with $name', ({ bytes }) => {
    expect(samplesOf(...bytes)).toBe(0);
  });

  it('is read where it lies', () => {
    expect(opusPacketSamples(Uint8Array.of(9, 9, CELT_20_MS | 1, 1, 2, 9), 2, 3)).toBe(1920);
  });

  it('of any bytes is never longer than 120 ms', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const samples = opusPacketSamples(bytes, 0, bytes.length);
        expect(samples % 120).toBe(0);
        expect(samples).toBeLessThanOrEqual(MAX_OPUS_PACKET_SAMPLES);
      }),
      { numRuns: 2000 },
    );
  });
});
