import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { isFinalForOutput, reconnectDelayMs } from './reconnect-policy.ts';

describe('the delay before the next attempt', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [4, 8_000],
    [5, 16_000],
    [6, 30_000],
    [7, 30_000],
    [5_000, 30_000],
  ])('after %i failures is %i ms, give or take a fifth', (failures, ms) => {
    const random = new SeededRandom(failures);
    const delays = Array.from({ length: 200 }, () => reconnectDelayMs(failures, random));

    expect(Math.min(...delays)).toBeGreaterThanOrEqual(ms * 0.8);
    expect(Math.max(...delays)).toBeLessThanOrEqual(ms * 1.2);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });
});

describe('a fault of the server', () => {
  it('ends the output when it refuses', () => {
    expect(isFinalForOutput('RTMP_REFUSED', { hasPublished: true, failures: 1 })).toBe(true);
  });

  it('is retried without end when the server is away', () => {
    const history = { hasPublished: false, failures: 10_000 };

    expect(isFinalForOutput('RTMP_UNREACHABLE', history)).toBe(false);
  });

  it('is retried without end when our own ghost holds the name', () => {
    const history = { hasPublished: true, failures: 100 };

    expect(isFinalForOutput('RTMP_KEY_IN_USE', history)).toBe(false);
  });

  it("ends the output after three tries when the name is somebody else's", () => {
    expect(isFinalForOutput('RTMP_KEY_IN_USE', { hasPublished: false, failures: 2 })).toBe(false);
    expect(isFinalForOutput('RTMP_KEY_IN_USE', { hasPublished: false, failures: 3 })).toBe(true);
  });
});
