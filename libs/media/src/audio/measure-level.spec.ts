import { describe, expect, it } from 'vitest';
import { tone } from '#testkit';
import { LevelMeter, measureLevel } from './measure-level.ts';

const NOWHERE = {
  write: () => undefined,
  tick: () => undefined,
  end: () => undefined,
  describe: () => 'nowhere',
};

/** The meter after one second of the samples, in frames of 20 ms. */
function measured(signal: (index: number) => number): LevelMeter {
  const meter = new LevelMeter();
  const stage = measureLevel(meter)(NOWHERE);
  for (let frame = 0; frame < 50; frame++) {
    stage.write(Int16Array.from({ length: 160 }, (_, i) => signal(frame * 160 + i)));
  }
  return meter;
}

describe('the level of what goes on air', () => {
  it('is that of a tone, and its peak 3 dB above', () => {
    const meter = measured(tone(440, 3_276.8));

    expect(meter.levelDbfs).toBeCloseTo(-23, 1);
    expect(meter.peakDbfs).toBeCloseTo(-20, 1);
    expect(meter.clippedShare).toBe(0);
  });

  it('of silence is as low as it goes', () => {
    expect(measured(() => 0)).toEqual({ levelDbfs: -127, peakDbfs: -127, clippedShare: 0 });
  });

  it.each([
    { what: 'the largest of mu-law', sample: 32_124, share: 0.01 },
    { what: 'the largest of A-law', sample: -32_256, share: 0.01 },
    { what: 'the largest of 16 bits', sample: -32_768, share: 0.01 },
    { what: 'the next of mu-law', sample: 31_100, share: 0 },
    { what: 'the next of A-law', sample: -31_232, share: 0 },
  ])('counts $what as clipped: $share', ({ sample, share }) => {
    expect(measured((index) => (index % 100 === 0 ? sample : 0)).clippedShare).toBe(share);
  });
});
