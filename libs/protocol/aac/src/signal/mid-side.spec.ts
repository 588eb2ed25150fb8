import { describe, expect, it } from 'vitest';
import { bandOffsetsOf } from '../tables/band-offsets.ts';
import { chooseMidSide } from './mid-side.ts';

const { long, short } = bandOffsetsOf(44_100);

function spectrum(of: (bin: number) => number): Float32Array {
  return Float32Array.from({ length: 1024 }, (_, bin) => of(bin));
}

const loud = (bin: number) => 1e5 * Math.sin(bin * bin);
const other = (bin: number) => 1e5 * Math.cos(bin * bin * 1.7);

describe('chooseMidSide', () => {
  const groups = { groupCount: 1, groupLengths: Uint8Array.of(1) };

  it('takes middle and side where both channels are nearly the same, and only there', () => {
    const left = spectrum(loud);
    const right = spectrum((bin) => (bin < 96 ? loud(bin) * 0.99 : other(bin)));
    const mask = new Uint8Array(128);
    const used = chooseMidSide(left, right, { groups, bandOffsets: long, maxSfb: 49 }, mask);
    expect(used).toBe(17);
    expect(Array.from(mask.subarray(0, 49))).toEqual([
      ...Array.from({ length: 17 }, () => 1),
      ...Array.from({ length: 32 }, () => 0),
    ]);
    for (const bin of [0, 7, 95]) {
      expect((left[bin] ?? 0) + (right[bin] ?? 0)).toBeCloseTo(Math.fround(loud(bin)), 1);
      expect((left[bin] ?? 0) - (right[bin] ?? 0)).toBeCloseTo(Math.fround(loud(bin) * 0.99), 1);
    }
    expect(left[96]).toBe(Math.fround(loud(96)));
    expect(right[1023]).toBe(Math.fround(other(1023)));
  });

  it('leaves silence and one channel alone as they are', () => {
    const mask = new Uint8Array(128);
    const layout = { groups, bandOffsets: long, maxSfb: 49 };
    const silence = () => 0;
    expect(chooseMidSide(spectrum(silence), spectrum(silence), layout, mask)).toBe(0);
    expect(chooseMidSide(spectrum(loud), spectrum(silence), layout, mask)).toBe(0);
  });

  it('goes by the groups of short windows', () => {
    const left = spectrum(loud);
    const right = spectrum((bin) => (bin >= 3 * 128 && bin < 4 * 128 ? loud(bin) : other(bin)));
    const mask = new Uint8Array(128);
    const windows = { groupCount: 3, groupLengths: Uint8Array.of(3, 1, 4) };
    const layout = { groups: windows, bandOffsets: short, maxSfb: 14 };
    expect(chooseMidSide(left, right, layout, mask)).toBe(14);
    expect(
      Array.from(mask.subarray(0, 42), (used, band) => used === Number(band >= 14 && band < 28)),
    ).not.toContain(false);
    expect(right[3 * 128 + 50]).toBe(0);
  });
});
