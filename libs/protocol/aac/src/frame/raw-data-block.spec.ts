import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockOptions, randomBlock, randomMask, readRawFrame, SeededRandom } from '#testkit';
import {
  AacError,
  bandRange,
  chooseSections,
  createChannelFrame,
  EIGHT_SHORT,
  elementBits,
  MAX_CHANNEL_BITS,
  type RawDataBlock,
  bandOffsetsOf,
  trimBands,
  writeRawDataBlock,
} from '../index.ts';
import { BitWriter } from './bit-writer.ts';

/** Far more than it takes on a machine that has nothing else to do. */
const TIMEOUT_MS = 60_000;
const room = new Uint8Array(20_000);

function offsetsOf({ offsets, channels: [first] }: RawDataBlock): Uint16Array {
  return first.windowSequence === EIGHT_SHORT ? offsets.short : offsets.long;
}

/** Counted bits before the last byte is filled up. */
function countBits(block: RawDataBlock): number {
  const own = offsetsOf(block);
  return block.channels.reduce(
    (bits, channel) => bits + chooseSections(channel, own),
    elementBits(block),
  );
}

function written(block: RawDataBlock): Uint8Array {
  return room.slice(0, writeRawDataBlock(block, room));
}

const anyOptions: fc.Arbitrary<BlockOptions> = fc.record({
  sampleRateHz: fc.constantFrom(48_000, 44_100, 32_000, 16_000),
  channelCount: fc.constantFrom(1, 2),
  largest: fc.constantFrom(1, 2, 4, 7, 12, 15, 40, 8191),
  maxSfb: fc.nat({ max: 51 }),
  isShort: fc.boolean(),
});
const anySeed = fc.nat();

/** What the reader should find: coded bands keep their scalefactors, the others count as 0. */
function expectedChannels(block: RawDataBlock): unknown[] {
  return block.channels.map((channel) => {
    const bandCount = channel.groupCount * channel.maxSfb;
    const codebooks = [...channel.codebooks.subarray(0, bandCount)];
    return {
      windowSequence: channel.windowSequence,
      windowShape: channel.windowShape,
      maxSfb: channel.maxSfb,
      groupLengths: [...channel.groupLengths.subarray(0, channel.groupCount)],
      codebooks,
      scalefactors: codebooks.map((book, band) => (book > 0 ? channel.scalefactors[band] : 0)),
      quantised: [...channel.quantised],
    };
  });
}

describe('a raw data block', () => {
  it(
    'is read as it was written, in as many bits as were counted, or is refused as too large',
    () => {
      let refused = 0;
      const runs = 1000;
      const property = fc.property(anyOptions, anySeed, (options, seed) => {
        const random = new SeededRandom(seed);
        const plain = randomBlock(random, options);
        const mask = randomMask(random, plain);
        const block = mask.length > 0 ? { ...plain, midSideMask: mask } : plain;
        const bits = countBits(block);
        if (bits > options.channelCount * MAX_CHANNEL_BITS) {
          refused += 1;
          expect(() => written(block)).toThrow(AacError);
          return;
        }

        const found = readRawFrame(written(block), options.sampleRateHz);

        expect(found.bits).toBe(bits);
        expect(found.channels).toEqual(expectedChannels(block));
        expect(found.midSideMask).toEqual(mask.includes(1) ? [...mask] : []);
      });
      fc.assert(property, { numRuns: runs });
      expect(refused).toBeLessThan(runs / 2);
    },
    TIMEOUT_MS,
  );

  it('says the same with fewer bands when those above are zero', () => {
    const property = fc.property(
      anyOptions,
      anySeed,
      fc.nat({ max: 51 }),
      (options, seed, kept) => {
        const random = new SeededRandom(seed);
        const block = randomBlock(random, { ...options, channelCount: 1, largest: 7 });
        const [channel] = block.channels;
        for (let band = 0; band < channel.groupCount * channel.maxSfb; band += 1) {
          const { start, end } = bandRange(channel, offsetsOf(block), band);
          if (band % channel.maxSfb >= kept) {
            channel.quantised.fill(0, start, end);
            channel.codebooks[band] = 0;
          }
          // Any two are near enough to each other.
          channel.scalefactors[band] = 90 + (band % 60);
        }
        const bitsBefore = countBits(block);
        const before = readRawFrame(written(block), options.sampleRateHz).channels[0];

        trimBands(block, offsetsOf(block));

        expect(channel.maxSfb).toBeLessThanOrEqual(Math.min(kept, options.maxSfb));
        expect(countBits(block)).toBeLessThanOrEqual(bitsBefore);
        const after = readRawFrame(written(block), options.sampleRateHz).channels[0];
        expect(after?.quantised).toEqual(before?.quantised);
        const coded = (list = [0]): number[] => list.filter((scalefactor) => scalefactor > 0);
        expect(new Set(coded(after?.scalefactors))).toEqual(new Set(coded(before?.scalefactors)));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('keeps a mask by its bands when there are fewer of them', () => {
    const random = new SeededRandom(3);
    const options = { sampleRateHz: 44_100, channelCount: 2, largest: 3, maxSfb: 4 } as const;
    const block = randomBlock(random, { ...options, isShort: true });
    const [channel] = block.channels;
    channel.groupLengths.set([4, 4]);
    channel.groupCount = 2;
    channel.quantised.fill(0);
    channel.quantised[512 + 4 * 4] = 1;
    const channels = [channel, structuredClone(channel)] as const;
    const midSideMask = Uint8Array.of(0, 0, 1, 0, 0, 1, 0, 0);

    trimBands({ channels, midSideMask }, offsetsOf(block));

    expect(channels.map(({ maxSfb }) => maxSfb)).toEqual([2, 2]);
    expect([...midSideMask.subarray(0, 4)]).toEqual([0, 0, 0, 1]);
  });

  it('of silence takes four bytes, six for a pair', () => {
    const silence = createChannelFrame();
    const offsets = bandOffsetsOf(44_100);
    const single = { offsets, channels: [silence], fillBytes: 0 } as const;
    const pair = { offsets, channels: [silence, createChannelFrame()], fillBytes: 0 } as const;

    expect([countBits(single), written(single).length]).toEqual([32, 4]);
    expect([countBits(pair), written(pair).length]).toEqual([46, 6]);
    expect(readRawFrame(written(pair), 44_100).channels).toHaveLength(2);
  });

  it('grows by exactly the bytes it is to be filled with', () => {
    const random = new SeededRandom(11);
    for (let fillBytes = 0; fillBytes < 600; fillBytes += 1) {
      const options = { sampleRateHz: 32_000, channelCount: 1, largest: 4, maxSfb: 9 } as const;
      const plain = randomBlock(random, { ...options, isShort: false });
      countBits(plain);
      const bytes = written({ ...plain, fillBytes });

      expect(bytes.length).toBe(written(plain).length + fillBytes);
      expect(readRawFrame(bytes, 32_000).channels).toEqual(expectedChannels(plain));
    }
  });
});

describe('the choice of sections', () => {
  /** All ways to choose the books of three bands. */
  const everyWay = Array.from({ length: 12 ** 3 }, (_, way) =>
    Uint8Array.of(way % 12, Math.floor(way / 12) % 12, Math.floor(way / 144)),
  );

  it.each([false, true])('is as good as the best of all, with short windows: %s', (isShort) => {
    for (let seed = 0; seed < 12; seed += 1) {
      const random = new SeededRandom(seed);
      const options = { sampleRateHz: 16_000, channelCount: 1, largest: 20, maxSfb: 3 } as const;
      const block = randomBlock(random, { ...options, isShort });
      const [channel] = block.channels;
      if (isShort) channel.groupLengths[0] = 8;
      channel.groupCount = 1;
      channel.scalefactors.fill(100);
      channel.codebooks.fill(0);
      const chosen = countBits(block);
      const { end } = bandRange(channel, offsetsOf(block), 2);
      const values = String(channel.quantised.subarray(0, end));
      // A book that cannot say a value writes something else; what reads the same is a way to say it.
      const bits = everyWay.flatMap((way) => {
        channel.codebooks.set(way);
        try {
          const found = readRawFrame(written(block), 16_000);
          const isSame = String(found.channels[0]?.quantised.slice(0, end)) === values;
          return isSame ? [found.bits] : [];
        } catch {
          return [];
        }
      });

      expect(bits.length).toBeGreaterThan(0);
      expect(chosen).toBe(Math.min(...bits));
    }
  });

  it.each([
    { name: 'a value beyond 8191', value: -8192, scalefactors: [100, 100] },
    { name: 'a scalefactor beyond 255', value: 1, scalefactors: [250, 256] },
    { name: 'a negative scalefactor', value: 1, scalefactors: [10, -1] },
    { name: 'scalefactors more than 60 apart', value: 1, scalefactors: [100, 161] },
    { name: 'values in a band of noise', value: 1, scalefactors: [10, 10], books: [13, 13] },
    { name: 'noise far beyond', value: 1, scalefactors: [0, 166], books: [0, 13] },
  ])('refuses $name', ({ value, scalefactors, books = [] }) => {
    const channel = createChannelFrame();
    channel.maxSfb = 2;
    channel.quantised.fill(1, 0, 3);
    channel.quantised[3] = value;
    if (books.length === 0) channel.quantised[4] = value;
    channel.scalefactors.set(scalefactors);
    channel.codebooks.set(books);

    expect(() => chooseSections(channel, bandOffsetsOf(44_100).long)).toThrow(AacError);
  });
});

describe('a bit writer', () => {
  it.each([
    { value: 2, bits: 1 },
    { value: -1, bits: 4 },
    { value: 0, bits: 25 },
  ])('refuses $value in $bits bits', ({ value, bits }) => {
    expect(() => new BitWriter(room).put(value, bits)).toThrow(AacError);
  });

  it('does not write beyond its room', () => {
    const writer = new BitWriter(new Uint8Array(2));
    writer.put(0x1ffff >> 1, 16);
    expect(() => writer.put(0, 8)).toThrow(AacError);
  });
});
