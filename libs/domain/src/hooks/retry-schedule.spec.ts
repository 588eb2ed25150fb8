import { describe, expect, it } from 'vitest';
import type { RandomSource } from '#foundation';
import { HOOK_RETRY_MS, hookRetryMs, retryAfterMs } from './retry-schedule.ts';

const random = (share: number): RandomSource => ({
  bytes: (count) => Buffer.alloc(count),
  below: (limit) => Math.floor(share * (limit - 1)),
});

describe('the schedule of attempts', () => {
  it('waits 5 s, 30 s, 2 min, 15 min, 1 h, 4 h, 8 h, 12 h and 24 h, then gives up', () => {
    const waits = Array.from({ length: 10 }, (_, index) => hookRetryMs(index + 1, random(0.5)));

    expect(waits.map((wait) => wait && wait / 1_000)).toEqual([
      ...[5, 30, 120, 900, 3_600, 14_400, 28_800, 43_200, 86_400],
      undefined,
    ]);
  });

  it('varies every wait by a fifth at most', () => {
    HOOK_RETRY_MS.forEach((wait, index) => {
      expect(hookRetryMs(index + 1, random(0))).toBe(Math.round(wait * 0.8));
      expect(hookRetryMs(index + 1, random(1))).toBe(Math.round(wait * 1.2));
    });
  });

  it('waits as long as the endpoint asks, and a day at most', () => {
    expect(hookRetryMs(1, random(0.5), 60_000)).toBe(60_000);
    expect(hookRetryMs(2, random(0.5), 1_000)).toBe(30_000);
    expect(hookRetryMs(1, random(0.5), 10 ** 12)).toBe(86_400_000);
    expect(hookRetryMs(10, random(0.5), 60_000)).toBeUndefined();
  });

  it.each([
    [undefined, 0],
    ['120', 120_000],
    ['0', 0],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    ['99999999999', 0],
  ])('reads Retry-After %j as %d ms', (text, expected) => {
    expect(retryAfterMs(text, Date.parse('2026-11-23T12:00:00Z'))).toBe(expected);
  });
});
