import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWasmAacEncoder } from '#adapters/aac-wasm';
import type { AacEncoderOptions } from '#media';
import { SeededRandom } from '#testkit';
import { complaintsAbout } from './support/aac-books.ts';
import { ffmpegJudge } from './support/aac-judges.ts';
import { encodeStream } from './support/aac-streams.ts';
import type { AacStream } from './support/aac-streams.ts';

/** `AAC_RUNS=20000` in the long run. */
const RUNS = Number(process.env['AAC_RUNS'] ?? 300);
const TIMEOUT_MS = 60_000 + RUNS * 50;

const options: fc.Arbitrary<AacEncoderOptions> = fc.record({
  sourceRate: fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
  sampleRate: fc.constantFrom(16_000, 32_000, 44_100, 48_000),
  channels: fc.constantFrom(1, 2),
  bitrateKbps: fc.integer({ min: 16, max: 256 }),
  shortBlocks: fc.boolean(),
  constantRate: fc.boolean(),
});

/** A stretch of sound of one kind; its samples are values of both channels in turn. */
interface Stretch {
  readonly kind: 'level' | 'noise' | 'bits' | 'saw' | 'pulses';
  /** Largest value. */
  readonly size: number;
  readonly length: number;
  /** Period of what has one, seed of what is random. */
  readonly number: number;
}

const stretches: fc.Arbitrary<readonly Stretch[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('level', 'noise', 'bits', 'saw', 'pulses'),
    size: fc.oneof(fc.constantFrom(0, 1, 8, 32_768), fc.integer({ min: 0, max: 32_768 })),
    length: fc.integer({ min: 0, max: 9000 }),
    number: fc.integer({ min: 1, max: 2000 }),
  }),
  { maxLength: 8 },
);

function samplesOf({ kind, size, length, number }: Stretch): number[] {
  const random = new SeededRandom(number);
  const makers: Readonly<Record<Stretch['kind'], (at: number) => number>> = {
    level: () => size,
    noise: () => random.below(2 * size + 1) - size,
    bits: () => (random.below(2) === 0 ? size : -size),
    saw: (at) => Math.round((2 * size * (at % number)) / number - size),
    pulses: (at) => (at % number === 0 ? -size : 0),
  };
  return Array.from({ length }, (_, at) => Math.max(-32_768, Math.min(32_767, makers[kind](at))));
}

/** Cut into packets of any length, none included. */
function cut(pcm: Int16Array, channels: number, lengths: readonly number[]): Int16Array[] {
  const packets: Int16Array[] = [];
  for (let [at, turn] = [0, 0]; at < pcm.length; turn += 1) {
    const size = channels * (lengths[turn % lengths.length] ?? 160);
    packets.push(pcm.subarray(at, at + size));
    at += size;
  }
  return packets;
}

const packetLengths = fc
  .array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 5 })
  .filter((lengths) => Math.max(...lengths) > 50);

describe('AAC of any sound in packets of any length', () => {
  it(
    'is valid and complete, and fits the decoder',
    async () => {
      const streams: AacStream[] = [];
      const property = fc.property(options, stretches, packetLengths, (chosen, parts, lengths) => {
        const samples = parts.flatMap(samplesOf);
        const whole = samples.length - (samples.length % chosen.channels);
        const packets = cut(Int16Array.from(samples.slice(0, whole)), chosen.channels, lengths);
        const stream = encodeStream(createWasmAacEncoder, chosen, packets);
        streams.push(stream);

        expect(complaintsAbout(stream)).toEqual([]);
      });
      fc.assert(property, { numRuns: RUNS });

      const audible = streams.filter(({ frames }) => frames.length > 0);
      expect(await ffmpegJudge('aac')(audible)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
