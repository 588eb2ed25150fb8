import { SeededRandom } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  isFinalRefusal,
  longerExpiresSeconds,
  refreshDelayMs,
  registerRetryMs,
} from './registration-policy.ts';

/** Always the lowest, or always the highest number. */
const least = { bytes: (count: number) => new Uint8Array(count), below: () => 0 };
const most = { bytes: (count: number) => new Uint8Array(count), below: (n: number) => n - 1 };

describe('the refresh', () => {
  it.each([
    [300, 150_000, 270_000],
    [3600, 1_800_000, 3_240_000],
    [10, 5_000, 9_000],
    [1, 1_000, 1_000],
    // No timer reaches as far as the longest Expires that can be written.
    [4_294_967_295, 43_200_000, 77_760_000],
  ])('of a binding for %d s comes after %d to %d ms', (granted, from, to) => {
    expect(refreshDelayMs(granted, least)).toBe(from);
    expect(refreshDelayMs(granted, most)).toBe(to);
  });

  it('is spread over the whole range', () => {
    const random = new SeededRandom(1);
    const delays = Array.from({ length: 1000 }, () => refreshDelayMs(100, random));

    expect(Math.min(...delays)).toBeLessThan(52_000);
    expect(Math.max(...delays)).toBeGreaterThan(88_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(90_000);
  });
});

describe('a 423', () => {
  it.each([
    ['asks for more', 300, 1800, 1800],
    ['asks for what was given', 300, 300, null],
    ['asks for less', 300, 60, null],
    ['asks for longer than a day', 300, 86_401, null],
    ['does not say', 300, null, null],
  ])('that %s', (_name, asked, min, next) => {
    expect(longerExpiresSeconds(asked, min)).toBe(next);
  });
});

describe('the next try', () => {
  it.each([
    [1, 30_000, 60_000],
    [2, 60_000, 120_000],
    [5, 480_000, 960_000],
    [6, 900_000, 1_800_000],
    [1_000_000, 900_000, 1_800_000],
  ])('after %d failures comes in %d to %d ms', (failures, from, to) => {
    expect(registerRetryMs(failures, least)).toBe(from);
    expect(registerRetryMs(failures, most)).toBe(to);
  });

  it('waits as long as the registrar asks, within bounds', () => {
    expect(registerRetryMs(1, least, 100)).toBe(100_000);
    expect(registerRetryMs(1, least, 10)).toBe(30_000);
    expect(registerRetryMs(1, least, 4_294_967_295)).toBe(1_800_000);
  });
});

it('knows which refusals are for good', () => {
  expect([401, 403, 404, 405, 423, 501, 603, 302].every(isFinalRefusal)).toBe(true);
  expect([408, 480, 500, 503, 504, null].some(isFinalRefusal)).toBe(false);
});
