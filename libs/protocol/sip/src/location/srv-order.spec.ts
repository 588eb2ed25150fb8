import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { inSrvOrder } from './srv-order.ts';
import type { SrvRecord } from './name-service.ts';

const SEED = 20_260;
const DRAWS = 20_000;

const record = (target: string, priority: number, weight: number): SrvRecord => ({
  target,
  priority,
  weight,
  port: 5060,
});

/** How often each target comes first, as a share of all draws. */
function firstShares(records: readonly SrvRecord[]): Readonly<Record<string, number>> {
  const random = new SeededRandom(SEED);
  const counts: Record<string, number> = {};
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const first = inSrvOrder(records, random)[0]?.target ?? '';
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / DRAWS]));
}

describe('the order of SRV records', () => {
  it('goes by priority before all', () => {
    const records = [record('last', 30, 100), record('first', 10, 0), record('second', 20, 65_535)];

    const order = inSrvOrder(records, new SeededRandom(SEED));

    expect(order.map(({ target }) => target)).toEqual(['first', 'second', 'last']);
  });

  it('is drawn by weight within a priority', () => {
    const shares = firstShares([
      record('big', 1, 60),
      record('small', 1, 20),
      record('tiny', 1, 20),
    ]);

    expect(shares['big']).toBeCloseTo(0.6, 1);
    expect(shares['small']).toBeCloseTo(0.2, 1);
    expect(shares['tiny']).toBeCloseTo(0.2, 1);
  });

  it('draws again by what is left after the first', () => {
    const random = new SeededRandom(SEED);
    const records = [record('a', 1, 80), record('b', 1, 15), record('c', 1, 5)];

    const orders = Array.from({ length: DRAWS }, () => inSrvOrder(records, random));
    const afterA = orders.filter(([first]) => first?.target === 'a');
    const bSecond = afterA.filter(([, second]) => second?.target === 'b');

    expect(bSecond.length / afterA.length).toBeCloseTo(0.75, 1);
  });

  it('gives a weight of 0 a very small chance beside others', () => {
    const shares = firstShares([record('some', 1, 99), record('none', 1, 0)]);

    // A draw of 0 out of 0 to 99 (RFC 2782).
    expect(shares['none']).toBeGreaterThan(0.005);
    expect(shares['none']).toBeLessThan(0.015);
  });

  it('keeps every record, and the order of priorities, whatever the zone says', () => {
    const records = fc.array(
      fc.record({
        target: fc.constantFrom('a', 'b', 'c'),
        priority: fc.nat(65_535),
        weight: fc.nat(65_535),
        port: fc.nat(65_535),
      }),
      { maxLength: 64 },
    );
    fc.assert(
      fc.property(records, fc.nat(), (given, seed) => {
        const order = inSrvOrder(given, new SeededRandom(seed));

        expect(new Set(order)).toEqual(new Set(given));
        expect(order).toHaveLength(given.length);
        const priorities = order.map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort((left, right) => left - right));
      }),
    );
  });

  it('looks at 64 records of the best priorities at most', () => {
    const records = Array.from({ length: 1000 }, (_, at) => record(`h${at}`, 1000 - at, 1));

    const order = inSrvOrder(records, new SeededRandom(SEED));

    expect(order).toHaveLength(64);
    expect(order[0]?.target).toBe('h999');
  });
});
