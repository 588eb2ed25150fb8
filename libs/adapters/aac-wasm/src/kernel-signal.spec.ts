import { describe, expect, it } from 'vitest';
import {
  Analysis,
  bandOffsetsOf,
  chooseMidSide,
  EIGHT_SHORT,
  planRate,
  planResampling,
} from '#protocol/aac';
import { SeededRandom } from '#testkit';
import { AacKernel, type InspectedFrame } from './kernel.ts';

/** The largest bin that a sine of full scale makes. */
const FULL_SCALE = 32_768 * 1024;
const MAX_BANDS = 128;
const RATE = { bitrateKbps: 128, constantRate: false };

const kernel = new AacKernel();

type Signal = (n: number, rate: number, random: SeededRandom) => number;

const noise = (random: SeededRandom): number => random.below(65_536) - 32_768;

/** Silence, then a burst that dies away, seven times a second. */
function struck(n: number, rate: number): number {
  const age = ((n % Math.round(rate / 7)) / rate - 0.06) * 1000;
  return age < 0 ? 0.001 : Math.exp(-age / 15);
}

const SIGNALS: readonly Signal[] = [
  (n, rate) => 30_000 * Math.sin((2 * Math.PI * 997 * n) / rate),
  (_, __, random) => noise(random),
  (n) => ((n / 9) & 1 ? 32_767 : -32_768),
  (n, rate, random) => 0.7 * struck(n, rate) * noise(random),
  (n, rate, random) => (Math.floor((6 * n) / rate) & 1 ? noise(random) : 0),
  (n, rate) => (n % Math.round(rate / 9) === 0 ? 32_767 : 0),
  (_, __, random) => random.below(7) - 3,
];

/** The signals one after the other; of a pair the right channel is nearly the left, then the next signal. */
function pcmOf(rate: number, channels: 1 | 2): Int16Array {
  const random = new SeededRandom(rate + channels);
  const each = Math.round(rate / 4);
  const samples = SIGNALS.flatMap((signal) =>
    Array.from({ length: each }, (_, n) => signal(n, rate, random)),
  );
  if (channels === 1) return Int16Array.from(samples);
  return Int16Array.from({ length: 2 * samples.length }, (_, n) => {
    const at = n >> 1;
    if ((n & 1) === 0) return samples[at]!;
    return 2 * (at % each) < each ? 0.9 * samples[at]! : samples[(at + each) % samples.length]!;
  });
}

interface Settings {
  readonly sourceRate: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly shortBlocks: boolean;
}

function* chunks(pcm: Int16Array, { sourceRate, channels }: Settings): Generator<Int16Array> {
  const size = Math.floor(sourceRate / 50) * channels;
  for (let at = 0; at < pcm.length; at += size) yield pcm.subarray(at, at + size);
}

function framesOfKernel(pcm: Int16Array, settings: Settings): InspectedFrame[] {
  const plan = planResampling(settings.sourceRate, settings.sampleRate);
  const instance = kernel.open({ ...settings, ...RATE, plan });
  const frames: InspectedFrame[] = [];
  for (const chunk of chunks(pcm, settings)) {
    const frame = kernel.inspect(instance, chunk, settings.channels);
    if (frame !== undefined) frames.push(frame);
  }
  kernel.close(instance);
  return frames;
}

function framesOfReference(pcm: Int16Array, settings: Settings): InspectedFrame[] {
  const plan = planResampling(settings.sourceRate, settings.sampleRate);
  const rate = planRate({ ...settings, ...RATE, usableBins: plan.usableBins });
  const offsets = bandOffsetsOf(settings.sampleRate);
  const frames: InspectedFrame[] = [];
  new Analysis(plan, settings).push(pcm, (frame) => {
    const isShort = frame.windowSequence === EIGHT_SHORT;
    const bandOffsets = isShort ? offsets.short : offsets.long;
    const maxSfb = (isShort ? rate.short : rate.long).bandCount;
    const midSide = new Uint8Array(MAX_BANDS);
    const [left, right] = frame.spectra;
    if (right !== undefined) {
      chooseMidSide(left!, right, { groups: frame, bandOffsets, maxSfb }, midSide);
    }
    frames.push({
      windowSequence: frame.windowSequence,
      attack: frame.attack,
      groupLengths: [...frame.groupLengths.subarray(0, frame.groupCount)],
      midSide: [...midSide.subarray(0, frame.groupCount * maxSfb)],
      spectra: frame.spectra.map((spectrum) => spectrum.slice()),
    });
  });
  return frames;
}

function distanceDb(a: InspectedFrame, b: InspectedFrame): number {
  const distances = a.spectra.map((spectrum, channel) =>
    spectrum.reduce((most, bin, k) => Math.max(most, Math.abs(bin - b.spectra[channel]![k]!)), 0),
  );
  return 20 * Math.log10(Math.max(1e-9, ...distances) / FULL_SCALE);
}

const SOURCES = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const PAIRS = [16_000, 32_000, 44_100, 48_000].flatMap((sampleRate) =>
  SOURCES.map((sourceRate) => ({ sourceRate, sampleRate })),
);

describe('the kernel', () => {
  it.each(PAIRS)(
    'makes the spectra of the reference, $sourceRate Hz in $sampleRate Hz, and decides alike',
    ({ sourceRate, sampleRate }) => {
      const sequences = new Set<number>();
      let midSides = 0;
      for (const channels of [1, 2] as const) {
        const settings = { sourceRate, sampleRate, channels, shortBlocks: channels === 2 };
        const pcm = pcmOf(sourceRate, channels);
        const expected = framesOfReference(pcm, settings);
        const found = framesOfKernel(pcm, settings);
        expect(found).toHaveLength(expected.length);
        const distances = found.map((frame, at) => {
          const { windowSequence, attack, groupLengths, midSide } = expected[at]!;
          expect(frame).toMatchObject({ windowSequence, attack, groupLengths });
          if (channels === 2) expect(frame.midSide.slice(0, midSide.length)).toEqual(midSide);
          sequences.add(frame.windowSequence);
          midSides += midSide.filter((used) => used === 1).length;
          return distanceDb(frame, expected[at]!);
        });
        expect(Math.max(...distances)).toBeLessThan(-120);
      }
      expect([...sequences].sort()).toEqual([0, 1, 2, 3]);
      expect(midSides).toBeGreaterThan(0);
    },
  );
});
