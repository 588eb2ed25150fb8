import { describe, expect, it } from 'vitest';
import { Mdct } from './mdct.ts';
import { windowSlopes } from './window.ts';

function noise(length: number): Float64Array {
  let seed = 12345;
  return Float64Array.from({ length }, () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (seed / 2147483648 - 0.5) * 65536;
  });
}

function direct(samples: Float64Array, window: Float64Array): Float64Array {
  const bins = samples.length / 2;
  return Float64Array.from({ length: bins }, (_, k) =>
    samples.reduce((sum, sample, n) => {
      const angle = (Math.PI / bins) * (n + (bins + 1) / 2) * (k + 0.5);
      return sum + 2 * sample * (window[n] ?? 0) * Math.cos(angle);
    }, 0),
  );
}

describe('Mdct', () => {
  for (const bins of [32, 64, 128, 256, 512, 1024]) {
    it(`is the sum that defines it, with ${bins} bins and different halves`, () => {
      const samples = noise(2 * bins);
      const rising = windowSlopes(bins).long;
      const falling = bins < 256 ? rising : windowSlopes(bins).edge;
      const expected = direct(samples, Float64Array.from([...rising, ...falling.toReversed()]));
      const spectrum = new Float32Array(bins + 4);
      const window = {
        first: samples,
        firstAt: 0,
        second: samples,
        secondAt: bins,
        rising,
        falling,
      };
      new Mdct(bins).forward(window, 1, spectrum, 4);
      const furthest = expected.reduce(
        (worst, value, k) => Math.max(worst, Math.abs(value - (spectrum[k + 4] ?? NaN))),
        0,
      );
      expect(furthest).toBeLessThan(1);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e5);
    });
  }
});
