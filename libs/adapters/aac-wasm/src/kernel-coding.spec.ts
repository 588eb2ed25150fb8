import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { wasm } from '#foundation';
import {
  Analysis,
  EIGHT_SHORT,
  SpectrumCoder,
  bandOffsetsOf,
  chooseMidSide,
  planRate,
  planResampling,
} from '#protocol/aac';
import type { AnalysedFrame, RatePlan } from '#protocol/aac';
import { SeededRandom, voice } from '#testkit';
import { ADDRESS } from './kernel-exports.ts';
import type { KernelExports } from './kernel-exports.ts';
import { fillTables, tellRate } from './kernel-tables.ts';

/** What the kernel shows of its coding half. */
interface CodingParts extends KernelExports {
  setLongFrame(windowSequence: number): void;
  setShortFrame(groups: number): void;
  setAttack(level: number): void;
  spectrumOf(channel: number): number;
  encodeSpectra(at: number): number;
}

interface Stream {
  readonly sourceRate: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly bitrateKbps: number;
  readonly shortBlocks: boolean;
  readonly constantRate: boolean;
}

type Sound = (random: SeededRandom, index: number, channel: number) => number;

const hiss = (random: SeededRandom, size: number): number => random.below(2 * size + 1) - size;
const talk = voice(new SeededRandom(9));
const SOUNDS: Record<string, Sound> = {
  speech: (_, i, channel) => talk(i + 17 * channel),
  noise: (random) => hiss(random, 32_767),
  'nearly silence': (random) => hiss(random, 2),
  'a tone': (random, i) => 32_000 * Math.sin(i * 0.7) + hiss(random, 1),
  attacks: (random, i) => (Math.floor(i / 1500) % 2 === 0 ? 0 : hiss(random, 25_000)),
  clicks: (_, i) => (i % 1777 === 0 ? 32_767 : 0),
  'a square': (_, i) => (Math.floor(i / 9) % 2 === 0 ? 32_767 : -32_768),
  'two sides': (random, i, channel) =>
    8000 * Math.sin(i * (0.1 + 0.01 * channel)) + hiss(random, 100 + 3000 * channel),
};

let kernel: CodingParts;

beforeAll(() => {
  const binary = readFileSync(createRequire(import.meta.url).resolve('#aac-kernel'));
  kernel = new wasm.Instance(new wasm.Module(binary), {}).exports as CodingParts;
  fillTables(kernel);
});

function placed(values: Uint16Array): number {
  const at = kernel.allocate(4 * values.length);
  new Int32Array(kernel.memory.buffer, at, values.length).set(values);
  return at;
}

function openInstance(stream: Stream, rate: RatePlan): number {
  const plan = planResampling(stream.sourceRate, stream.sampleRate);
  const { long, short } = bandOffsetsOf(stream.sampleRate);
  const at = kernel.createInstance(stream.channels, plan.decimation, plan.taps);
  kernel.setTransforms(at, 0, 0, placed(long), placed(short));
  tellRate(kernel, at, rate);
  return at;
}

/** Lays the frame into the kernel as its own analysis would, and codes it. */
function codeInKernel(
  at: number,
  frame: AnalysedFrame,
  stream: Stream,
  rate: RatePlan,
): Uint8Array {
  const isShort = frame.windowSequence === EIGHT_SHORT;
  const spectra = frame.spectra.map((spectrum) => spectrum.slice());
  const mask = new Uint8Array(128);
  const [left, right] = spectra;
  if (left !== undefined && right !== undefined) {
    const offsets = bandOffsetsOf(stream.sampleRate);
    const bandOffsets = isShort ? offsets.short : offsets.long;
    const maxSfb = (isShort ? rate.short : rate.long).bandCount;
    chooseMidSide(left, right, { groups: frame, bandOffsets, maxSfb }, mask);
  }
  if (isShort) kernel.setShortFrame(frame.groupCount);
  else kernel.setLongFrame(frame.windowSequence);
  kernel.setAttack(frame.attack);
  const { buffer } = kernel.memory;
  new Int32Array(buffer, kernel.addressOf(ADDRESS.groupLengths), 8).set(frame.groupLengths);
  new Int32Array(buffer, kernel.addressOf(ADDRESS.midSide), 128).set(mask);
  spectra.forEach((spectrum, channel) => {
    new Float32Array(buffer, kernel.spectrumOf(channel), 1024).set(spectrum);
  });
  const size = kernel.encodeSpectra(at);
  return new Uint8Array(kernel.memory.buffer, kernel.addressOf(ADDRESS.output), size);
}

/** How many frames of the sound differ, and how many there were. */
function compare(sound: Sound, stream: Stream, seed: number): { frames: number; differ: number } {
  const plan = planResampling(stream.sourceRate, stream.sampleRate);
  const rate = planRate({ ...stream, usableBins: plan.usableBins });
  const coder = new SpectrumCoder(rate, stream.sampleRate);
  const at = openInstance(stream, rate);
  const random = new SeededRandom(seed);
  const { channels } = stream;
  const pcm = Int16Array.from({ length: 0.35 * stream.sourceRate * channels }, (_, i) => {
    const sample = sound(random, Math.floor(i / channels), i % channels);
    return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
  });
  const found = { frames: 0, differ: 0 };
  const onFrame = (frame: AnalysedFrame): void => {
    const theirs = Buffer.from(codeInKernel(at, frame, stream, rate));
    found.frames += 1;
    if (!theirs.equals(coder.encode(frame))) found.differ += 1;
  };
  const analysis = new Analysis(plan, stream);
  analysis.push(pcm, onFrame);
  analysis.flush(onFrame);
  return found;
}

describe('the frames the kernel makes of spectra', () => {
  it.each(Object.keys(SOUNDS))('are those of the reference, byte by byte: %s', (name) => {
    const sound = SOUNDS[name];
    if (sound === undefined) throw new Error(`no sound ${name}`);
    let seed = name.length;
    for (const sourceRate of [8000, 16_000, 48_000]) {
      for (const channels of [1, 2] as const) {
        for (const bitrateKbps of [16, 32, 64, 256]) {
          seed += 1;
          const sampleRate = [44_100, 48_000, 32_000, 44_100, 16_000][seed % 5] ?? 44_100;
          const [shortBlocks, constantRate] = [seed % 2 === 0, seed % 3 === 0];
          const rates = { sourceRate, sampleRate, channels, bitrateKbps };

          const found = compare(sound, { ...rates, shortBlocks, constantRate }, seed);

          expect(found, JSON.stringify(rates)).toMatchObject({ differ: 0 });
          expect(found.frames).toBeGreaterThan(4);
        }
      }
    }
  });
});
