import { describe, expect, it } from 'vitest';
import { AacError } from '../audio-specific-config.ts';
import { planResampling } from './resampling-plan.ts';

describe('planResampling', () => {
  it('needs no filter where the grid has the rate of the source', () => {
    expect(planResampling(8_000, 32_000)).toMatchObject({
      decimation: 4,
      taps: 0,
      delaySamples: 1.5,
      usableBins: 256,
    });
    expect(planResampling(48_000, 48_000)).toMatchObject({
      decimation: 1,
      taps: 0,
      delaySamples: 0,
    });
  });

  it('takes telephone sound to a quarter of the rate of platforms', () => {
    expect(planResampling(8_000, 44_100)).toMatchObject({
      decimation: 4,
      up: 441,
      down: 320,
      taps: 16,
    });
    expect(planResampling(8_000, 48_000)).toMatchObject({
      decimation: 4,
      up: 3,
      down: 2,
      taps: 16,
    });
    expect(planResampling(16_000, 44_100)).toMatchObject({ decimation: 2, up: 441, down: 320 });
  });

  it('makes a plan once for all calls', () => {
    expect(planResampling(8_000, 44_100)).toBe(planResampling(8_000, 44_100));
  });

  it.each([
    [0, 44_100],
    [7_999, 44_100],
    [96_000, 44_100],
    [8_000, 22_050],
    [NaN, NaN],
  ])('refuses %d Hz for a stream of %d Hz', (sourceRate, sampleRate) => {
    expect(() => planResampling(sourceRate, sampleRate)).toThrow(AacError);
  });
});
