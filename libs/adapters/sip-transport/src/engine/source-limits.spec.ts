import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { SourceLimits } from './source-limits.ts';

function setup() {
  const time = new VirtualTime();
  const limits = new SourceLimits({
    size: { perSecond: 10, burst: 3 },
    clock: time,
    timers: time,
  });
  /** How many of `count` requests pass. */
  const passing = (address: string, count: number): number =>
    Array.from({ length: count }, () => limits.take(address)).filter(Boolean).length;
  return { time, limits, passing };
}

describe('the limits per source', () => {
  it('let a burst pass and then so many per second', () => {
    const { time, passing } = setup();

    expect(passing('192.0.2.1', 10)).toBe(3);
    time.advance(200);
    expect(passing('192.0.2.1', 10)).toBe(2);
    time.advance(60_000);
    expect(passing('192.0.2.1', 10)).toBe(3);
  });

  it('leave other sources alone', () => {
    const { passing } = setup();

    expect(passing('192.0.2.1', 10)).toBe(3);
    expect(passing('192.0.2.2', 10)).toBe(3);
  });

  it.each([
    ['the addresses of one /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff::7', 3],
    ['however they are written', '2001:db8::1', '2001:db8:0:0:1:2:3:4', 3],
    ['but not those of two', '2001:db8:1:2::1', '2001:db8:1:3::1', 6],
    ['nor mapped IPv4 addresses', '::ffff:192.0.2.1', '::ffff:192.0.2.2', 6],
    ['which are those of IPv4', '::ffff:192.0.2.1', '192.0.2.1', 3],
  ])('count together %s', (_name, one, other, expected) => {
    const { passing } = setup();

    expect(passing(one, 10) + passing(other, 10)).toBe(expected);
  });

  it('forget a source when it has been quiet, and leave no timer', () => {
    const { time, limits, passing } = setup();
    passing('192.0.2.1', 10);

    time.advance(200);
    expect(limits.size).toBe(1);
    time.advance(300);

    expect([limits.size, time.pendingCount]).toEqual([0, 0]);
  });

  it('remember 10 000 sources and no more', () => {
    const { limits } = setup();

    for (let i = 0; i < 12_000; i += 1) limits.take(`10.0.${i >> 8}.${i & 255}`);

    expect(limits.size).toBe(10_000);
  });
});
