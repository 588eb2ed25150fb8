import { describe, expect, it } from 'vitest';
import { parseComfortNoise } from './comfort-noise-payload.ts';

describe('the payload of comfort noise (RFC 3389)', () => {
  it('is a level alone', () => {
    expect(parseComfortNoise(Uint8Array.of(0xc0))).toEqual({ levelDb: 64, reflections: [] });
  });

  it('may hold the shape of the spectrum', () => {
    const read = parseComfortNoise(Uint8Array.of(40, 0, 127, 254));

    expect(read?.reflections[0]).toBeCloseTo(-0.99994, 4);
    expect(read?.reflections[1]).toBe(0);
    expect(read?.reflections[2]).toBeCloseTo(0.99994, 4);
  });

  it('keeps to coefficients that a stable filter can have', () => {
    const read = parseComfortNoise(new Uint8Array(1400).fill(255));

    expect(read?.reflections).toHaveLength(16);
    expect(read?.reflections.every((reflection) => Math.abs(reflection) < 1)).toBe(true);
  });

  it('is nothing when it is empty', () => {
    expect(parseComfortNoise(new Uint8Array(0))).toBeUndefined();
  });
});
