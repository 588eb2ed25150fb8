import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import { resampled } from './band-limit.ts';
import { largestJump, soundQuality } from './sound-quality.ts';

const BAND = { sampleRate: 16_000, toHz: 7000 };

/** A second of noise at -10 dB, no part of it above 4 kHz. */
function noise(seed: number): Float64Array {
  const random = new SeededRandom(seed);
  const rough = Float64Array.from({ length: 8000 }, () => random.below(20_001) / 20_000 - 0.5);
  return resampled(rough, 8000, 16_000);
}

describe('soundQuality', () => {
  it('finds a delay of parts of a sample and takes it away', () => {
    const original = noise(1);
    const grid = resampled(original, 16_000, 64_000);
    const later = Float64Array.from(original, (_, i) => grid[4 * (i - 100) - 3] ?? 0);

    const quality = soundQuality(original, later, { ...BAND, toHz: 3500 });

    expect(quality.delaySamples).toBeCloseTo(100.75, 2);
    expect(quality.segSnrDb).toBeGreaterThan(50);
    expect(quality.lsdDb).toBeLessThan(0.1);
  });

  it('measures noise that was added', () => {
    const original = noise(1);
    const other = noise(2);
    const copy = original.map((sample, i) => sample + 0.1 * (other[i] ?? 0));

    const quality = soundQuality(original, copy, BAND);

    expect(quality.segSnrDb).toBeCloseTo(20, 0);
    expect(quality.lsdDb).toBeGreaterThan(0.3);
    expect(quality.levelDb).toBeCloseTo(0.04, 1);
  });

  it('hears a click', () => {
    const original = noise(1);
    const copy = original.slice();
    copy[5000] = (copy[5000] ?? 0) + 3;

    expect(largestJump(copy)).toBeGreaterThan(2);
    expect(largestJump(original)).toBeLessThan(1.5);
  });

  it('hears a change of level', () => {
    const original = noise(1);

    const quality = soundQuality(
      original,
      original.map((sample) => sample * 0.5),
      BAND,
    );

    expect(quality.levelDb).toBeCloseTo(-6.02, 2);
  });
});
