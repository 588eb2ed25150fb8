import { describe, expect, it } from 'vitest';
import { hexOf } from './random.ts';
import { systemRandom } from './system-random.ts';

describe('the randomness of the system', () => {
  it('never gives the same twice, however much is asked for at a time', () => {
    const counts = [16, 12, 4095, 16, 8, 4096, 5000, 16, 16];

    const given = counts.map((count) => systemRandom.bytes(count));

    expect(given.map(({ length }) => length)).toEqual(counts);
    expect(new Set(given.map((bytes) => hexOf(bytes.subarray(0, 8)))).size).toBe(counts.length);
    for (const bytes of given) expect(bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it('leaves what it gave alone', () => {
    const first = systemRandom.bytes(16);
    const text = hexOf(first);

    systemRandom.bytes(16);

    expect(hexOf(first)).toBe(text);
  });
});
