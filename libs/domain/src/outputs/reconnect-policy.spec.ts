import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import type { ErrorCode } from '../errors/catalog.ts';
import { OutputPatience, reconnectDelayMs } from './reconnect-policy.ts';
import type { PatienceOptions } from './reconnect-policy.ts';

describe('the delay before the next attempt', () => {
  it.each([
    [1, 1_000, 1_400],
    [2, 1_600, 2_400],
    [3, 3_200, 4_800],
    [4, 6_400, 9_600],
    [5, 12_800, 19_200],
    [6, 24_000, 36_000],
    [5_000, 24_000, 36_000],
  ])('after %i failures is between %i and %i ms, all over', (failures, least, most) => {
    const random = new SeededRandom(failures);
    const delays = Array.from({ length: 200 }, () => reconnectDelayMs(failures, random));

    expect(Math.min(...delays)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...delays)).toBeLessThanOrEqual(most);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });
});

function patience(options: Partial<PatienceOptions> = {}) {
  const random = new SeededRandom(1);
  const subject = new OutputPatience({ limit: null, hasPublished: false, random, ...options });
  let nowMs = 1_000_000;
  return {
    /** Fails until it is given up, or `most` times; returns the delays. */
    failing: (code: ErrorCode, most: number): number[] => {
      const delays: number[] = [];
      while (delays.length < most) {
        const delayMs = subject.failed(code, nowMs);
        if (delayMs === undefined) break;
        delays.push(delayMs);
        nowMs += delayMs;
      }
      return delays;
    },
    publish: (ms: number): void => {
      subject.published(nowMs);
      nowMs += ms;
    },
  };
}

describe('an output that fails', () => {
  it.each(['RTMP_REFUSED', 'RTMP_AUTH_REFUSED'] as const)('is over at once by %s', (code) => {
    const { failing, publish } = patience();
    publish(60_000);

    expect(failing(code, 5)).toEqual([]);
  });

  it.each(['RTMP_UNREACHABLE', 'RTMP_LOST', 'RTMP_TIMEOUT', 'RTMP_PROTOCOL'] as const)(
    'is tried without end by %s, every half minute in the long run',
    (code) => {
      const delays = patience().failing(code, 2_000);

      expect(delays).toHaveLength(2_000);
      expect(Math.min(...delays.slice(5))).toBeGreaterThanOrEqual(24_000);
    },
  );

  it.each(['RTMP_KEY_IN_USE', 'RTMP_TLS'] as const)(
    'is over by %s after three attempts when it was never on air',
    (code) => {
      expect(patience().failing(code, 10)).toHaveLength(2);
    },
  );

  it('counts attempts at a name in use alone, whatever went wrong before', () => {
    const { failing } = patience();
    failing('RTMP_UNREACHABLE', 5);

    expect(failing('RTMP_KEY_IN_USE', 10)).toHaveLength(2);
  });

  it('asks every few seconds for the name that its own ghost holds, then as for anything', () => {
    const { failing, publish } = patience();
    publish(60_000);

    const delays = failing('RTMP_KEY_IN_USE', 40);
    const ends = delays.map((_, index) => delays.slice(0, index).reduce((sum, ms) => sum + ms, 0));

    expect(delays).toHaveLength(40);
    expect(Math.max(...delays.filter((_, index) => (ends[index] ?? 0) < 120_000))).toBe(5_000);
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(24_000);
  });

  it('takes the ghost of another node for its own', () => {
    expect(patience({ hasPublished: true }).failing('RTMP_KEY_IN_USE', 10)).toHaveLength(10);
  });

  it('waits longer and longer for a server that accepts and soon drops it', () => {
    const { failing, publish } = patience();
    const delays = Array.from({ length: 6 }, () => {
      publish(8_000);
      return failing('RTMP_LOST', 1)[0] ?? 0;
    });

    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1_000);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(24_000);
  });

  it('begins anew with a second when it was on air for half a minute', () => {
    const { failing, publish } = patience();
    failing('RTMP_LOST', 6);
    publish(30_000);

    expect(failing('RTMP_LOST', 1)[0]).toBeLessThanOrEqual(1_400);
  });
});

describe('the limit of an output', () => {
  it('counts attempts in a row, of which the loss of what was on air is none', () => {
    const { failing, publish } = patience({ limit: { maxAttempts: 3 } });
    expect(failing('RTMP_UNREACHABLE', 2)).toHaveLength(2);
    publish(60_000);

    expect(failing('RTMP_UNREACHABLE', 10)).toHaveLength(3);
  });

  it('counts a connection that was on air for a moment only', () => {
    const { failing, publish } = patience({ limit: { maxAttempts: 2 } });
    publish(1_000);
    expect(failing('RTMP_LOST', 1)).toHaveLength(1);
    publish(1_000);

    expect(failing('RTMP_LOST', 1)).toEqual([]);
  });

  it('is reached by the first failure when only one attempt is wanted', () => {
    expect(patience({ limit: { maxAttempts: 1 } }).failing('RTMP_LOST', 10)).toEqual([]);
  });

  it.each([6, 20, 100])('makes its last attempt when its %i seconds are over', (maxSeconds) => {
    const { failing } = patience({ limit: { maxSeconds } });

    const delays = failing('RTMP_UNREACHABLE', 100);

    const lastMs = delays.reduce((sum, ms) => sum + ms, 0);
    expect(lastMs).toBeGreaterThanOrEqual(maxSeconds * 1_000);
    expect(lastMs).toBeLessThan((maxSeconds + 1) * 1_000);
  });
});
