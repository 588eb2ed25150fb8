import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { wasm } from '#foundation';
import {
  buildFrameTables,
  chooseSections,
  EIGHT_SHORT,
  elementBits,
  type RawDataBlock,
  trimBands,
  writeRawDataBlock,
} from '#protocol/aac';
import { randomBlock, randomMask, SeededRandom } from '#testkit';
import { ADDRESS, type KernelExports } from './kernel-exports.ts';

/** The parts of the kernel that write frames; channels are numbers. */
interface FrameParts extends KernelExports {
  setLongFrame(windowSequence: number): void;
  setShortFrame(groups: number): void;
  setMaxSfb(bands: number): void;
  quantisedOf(channel: number): number;
  scalefactorsOf(channel: number): number;
  codebooksOf(channel: number): number;
  trimBands(channels: number, bands: number): void;
  chooseSections(channel: number, bands: number): number;
  elementBits(channels: number): number;
  writeFrame(channels: number, bands: number, fillBytes: number): number;
}

const MAX_BANDS = 64;
const FRAMES = 2000;
/** Far more than it takes on a machine that has nothing else to do. */
const TIMEOUT_MS = 60_000;
const room = new Uint8Array(20_000);
let kernel: FrameParts;
let bands: number;

beforeAll(() => {
  const binary = readFileSync(createRequire(import.meta.url).resolve('#aac-kernel'));
  kernel = new wasm.Instance(new wasm.Module(binary), {}).exports as FrameParts;
  const tables = buildFrameTables();
  const at = kernel.addressOf(ADDRESS.frameTables);
  new Uint8Array(kernel.memory.buffer, at, tables.length).set(tables);
  bands = kernel.allocate(4 * MAX_BANDS);
});

const ints = (at: number, count: number): Int32Array =>
  new Int32Array(kernel.memory.buffer, at, count);

function offsetsOf({ offsets, channels: [first] }: RawDataBlock): Uint16Array {
  return first.windowSequence === EIGHT_SHORT ? offsets.short : offsets.long;
}

/** A block of any kind whose channels have the same windows, as all have that the kernel makes. */
function anyBlock(random: SeededRandom): RawDataBlock {
  const pick = <T>(choices: readonly T[]): T => choices[random.below(choices.length)]!;
  const block = randomBlock(random, {
    sampleRateHz: pick([48_000, 44_100, 32_000, 16_000]),
    channelCount: pick([1, 1, 2]),
    largest: pick([1, 2, 4, 7, 12, 15, 40, 8191]),
    maxSfb: random.below(52),
    isShort: random.below(3) === 0,
  });
  const [first, second] = block.channels;
  const fillBytes = random.below(3) === 0 ? random.below(700) : 0;
  first.windowShape = 0;
  if (second === undefined) return { ...block, fillBytes };
  const { quantised } = second;
  const like = structuredClone(first);
  if (String(first.groupLengths) === String(second.groupLengths)) like.quantised.set(quantised);
  like.codebooks.fill(0);
  const channels = [first, like] as const;
  return { ...block, channels, fillBytes, midSideMask: randomMask(random, { channels }) };
}

function lend(block: RawDataBlock): void {
  const [first] = block.channels;
  const own = offsetsOf(block);
  if (first.windowSequence === EIGHT_SHORT) kernel.setShortFrame(first.groupCount);
  else kernel.setLongFrame(first.windowSequence);
  kernel.setMaxSfb(first.maxSfb);
  ints(bands, own.length).set(own);
  ints(kernel.addressOf(ADDRESS.groupLengths), 8).set(first.groupLengths);
  const mask = block.midSideMask ?? new Uint8Array(first.groupCount * first.maxSfb);
  ints(kernel.addressOf(ADDRESS.midSide), mask.length).set(mask);
  block.channels.forEach(({ quantised, scalefactors, codebooks }, channel) => {
    new Int16Array(kernel.memory.buffer, kernel.quantisedOf(channel), 1024).set(quantised);
    ints(kernel.scalefactorsOf(channel), 128).set(scalefactors);
    ints(kernel.codebooksOf(channel), 128).set(codebooks);
  });
}

type Outcome = readonly (number | string)[];

function ofReference(block: RawDataBlock): Outcome {
  const own = offsetsOf(block);
  trimBands(block, own);
  try {
    const bits = block.channels.map((channel) => chooseSections(channel, own));
    const size = writeRawDataBlock(block, room);
    return [...bits, elementBits(block), Buffer.from(room.subarray(0, size)).toString('hex')];
  } catch {
    return ['refused'];
  }
}

function ofKernel({ channels, fillBytes }: RawDataBlock): Outcome {
  kernel.trimBands(channels.length, bands);
  try {
    const bits = channels.map((_, channel) => kernel.chooseSections(channel, bands));
    const size = kernel.writeFrame(channels.length, bands, fillBytes);
    const frame = new Uint8Array(kernel.memory.buffer, kernel.addressOf(ADDRESS.output), size);
    return [...bits, kernel.elementBits(channels.length), Buffer.from(frame).toString('hex')];
  } catch (error) {
    expect(error).toBeInstanceOf(wasm.RuntimeError);
    return ['refused'];
  }
}

describe('frames of the kernel', () => {
  it(
    'are those of the reference, bit by bit',
    () => {
      let refused = 0;
      for (let seed = 0; seed < FRAMES; seed += 1) {
        const block = anyBlock(new SeededRandom(seed));
        lend(block);
        const expected = ofReference(block);

        expect(ofKernel(block), `seed ${seed}`).toEqual(expected);

        if (expected[0] === 'refused') refused += 1;
      }
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(FRAMES / 5);
    },
    TIMEOUT_MS,
  );

  it.each([
    { name: 'a value beyond 8191', change: { quantised: [8192] } },
    { name: 'a scalefactor beyond 255', change: { scalefactors: [256] } },
    { name: 'a negative scalefactor', change: { scalefactors: [-1] } },
    { name: 'scalefactors more than 60 apart', change: { scalefactors: [100, 161] } },
    { name: 'values in a band of noise', change: { codebooks: [13] } },
    { name: 'noise far beyond', change: { codebooks: [0, 0, 13], scalefactors: [0, 0, 166] } },
  ])('are trapped for $name', ({ change }) => {
    const options = { channelCount: 1, largest: 0, maxSfb: 3, isShort: false } as const;
    const block = randomBlock(new SeededRandom(1), { ...options, sampleRateHz: 44_100 });
    const [channel] = block.channels;
    channel.quantised.fill(1, 0, 8);
    channel.scalefactors.fill(100);
    channel.codebooks.fill(0);
    for (const [list, values] of Object.entries(change)) {
      channel[list as keyof typeof change].set(values);
    }
    lend(block);

    expect(ofReference(block)).toEqual(['refused']);
    expect(ofKernel(block)).toEqual(['refused']);
  });
});
