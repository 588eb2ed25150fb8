import { describe, expect, it } from 'vitest';
import { FakeRateWindows, VirtualTime } from '#testkit';
import { RateLimiter } from './rate-limiter.ts';

const PERIOD_MS = 10;

/** Two processes that share their counts, each asked every 10 ms and more often than it may be. */
function world() {
  const time = new VirtualTime();
  const windows = new FakeRateWindows();
  const limiters = [new RateLimiter(windows, time), new RateLimiter(windows, time)] as const;
  return { time, windows, limiters };
}

/** How many of so many requests pass in a time, spread over both processes. */
async function passed(
  { time, limiters }: ReturnType<typeof world>,
  { perSecond, seconds, name = 'key:a' }: { perSecond: number; seconds: number; name?: string },
): Promise<number> {
  let count = 0;
  for (let ms = 0; ms < seconds * 1000; ms += PERIOD_MS) {
    for (const limiter of limiters) {
      for (let request = 0; request < 3; request++) {
        if ((await limiter.take({ name, perSecond })).isAllowed) count += 1;
      }
    }
    time.advance(PERIOD_MS);
  }
  return count;
}

describe('a rate limit', () => {
  it.each([1, 7, 40, 100, 250])(
    'of %i per second is kept by two processes to 5 percent',
    async (perSecond) => {
      const count = await passed(world(), { perSecond, seconds: 10 });

      expect(count).toBeLessThanOrEqual(perSecond * 10);
      expect(count).toBeGreaterThanOrEqual(perSecond * 10 * 0.95);
    },
  );

  it('of less than one per second lets one pass in as many seconds as that takes', async () => {
    expect(await passed(world(), { perSecond: 0.25, seconds: 40 })).toBe(10);
  });

  it('asks for the shared count far less often than it is asked', async () => {
    const now = world();
    await passed(now, { perSecond: 400, seconds: 2 });

    expect(now.windows.asked).toBeLessThan(2 * 50);
  });

  it('of one name is none of another', async () => {
    const now = world();
    await passed(now, { perSecond: 5, seconds: 0.1 });

    const verdict = await now.limiters[0].take({ name: 'key:b', perSecond: 5 });

    expect(verdict).toMatchObject({ isAllowed: true, quota: 5, remaining: 4 });
  });

  it('says what is left, and when there is more', async () => {
    const { limiters } = world();
    const [limiter] = limiters;
    const take = () => limiter.take({ name: 'key:a', perSecond: 2 });

    expect(await take()).toEqual({
      ...{ isAllowed: true, quota: 2, windowSeconds: 1, remaining: 1, resetSeconds: 1 },
    });
    expect(await take()).toMatchObject({ isAllowed: true, remaining: 0 });
    expect(await take()).toMatchObject({ isAllowed: false, remaining: 0, resetSeconds: 1 });
  });

  it('is that of one process while the shared count is away, and shared again after that', async () => {
    const now = world();
    now.windows.isAway = true;
    expect(await passed(now, { perSecond: 20, seconds: 3 })).toBe(2 * 3 * 20);

    now.windows.isAway = false;
    expect(await passed(now, { perSecond: 20, seconds: 3 })).toBe(3 * 20);
  });

  it('asked by many at once waits for one answer', async () => {
    const { limiters, windows } = world();

    const verdicts = await Promise.all(
      Array.from({ length: 50 }, () => limiters[0].take({ name: 'key:a', perSecond: 1 })),
    );

    expect(verdicts.filter(({ isAllowed }) => isAllowed)).toHaveLength(1);
    expect(windows.asked).toBeLessThanOrEqual(2);
  });
});
