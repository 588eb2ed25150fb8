import { describe, expect, it } from 'vitest';
import { mosOf, ratingOf } from './e-model.ts';

const CLEAN = { codec: 'PCMU', lossPercent: 0, burstRatio: 1, delayMs: 0 };
const equipmentImpairment = (how: Partial<typeof CLEAN>) =>
  ratingOf(CLEAN) - ratingOf({ ...CLEAN, ...how });

describe('the E-model', () => {
  it('rates a call without any fault as G.107 does with all its defaults', () => {
    expect(ratingOf(CLEAN)).toBeCloseTo(93.2, 5);
    expect(mosOf(ratingOf(CLEAN))).toBeCloseTo(4.41, 2);
  });

  // G.107 Table B.1.
  it.each([
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('turns a rating of %d into a score of %d', (rating, mos) => {
    expect(Math.abs(mosOf(rating) - mos)).toBeLessThan(0.01);
  });

  it('keeps scores between 1 and 4.5', () => {
    expect(mosOf(0)).toBe(1);
    expect(mosOf(3)).toBe(1);
    expect(mosOf(100)).toBe(4.5);
    expect(mosOf(120)).toBe(4.5);
  });

  // G.113 (02/2001) Table I.3, G.711 with packet loss concealment, random loss: planning values in steps of 5 from 10 on.
  it.each([
    [1, 5],
    [2, 7],
    [3, 10],
    [5, 15],
    [7, 20],
    [10, 25],
    [15, 35],
  ])('takes %d percent of loss for an impairment of %d', (lossPercent, impairment) => {
    const found = equipmentImpairment({ lossPercent });

    expect(Math.abs(found - impairment)).toBeLessThanOrEqual(2.5);
  });

  // The same table, G.729A with VAD: 11 without loss.
  it.each([
    [1, 15],
    [2, 19],
    [3, 23],
    [4, 26],
    [8, 36],
    [16, 49],
  ])(
    'takes %d percent of loss for an impairment of %d with a codec of that kind',
    (lossPercent, ie) => {
      expect(Math.abs(equipmentImpairment({ codec: 'speex', lossPercent }) - ie)).toBeLessThan(0.6);
    },
  );

  it('finds loss in bursts worse than the same loss at random', () => {
    const random = equipmentImpairment({ lossPercent: 10 });
    const bursty = equipmentImpairment({ lossPercent: 10, burstRatio: 4 });

    expect(bursty).toBeGreaterThan(random + 5);
    expect(equipmentImpairment({ lossPercent: 10, burstRatio: 0.5 })).toBe(random);
  });

  it('does not mind a delay of 100 ms, and minds longer ones more and more', () => {
    expect(ratingOf({ ...CLEAN, delayMs: 100 })).toBe(ratingOf(CLEAN));
    const costs = [150, 200, 300, 400].map((delayMs) => equipmentImpairment({ delayMs }));
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    // G.114: up to 150 ms everybody is satisfied; at 400 ms planning ends (R about 70).
    expect(costs[0]).toBeLessThan(1);
    expect(ratingOf({ ...CLEAN, delayMs: 400 })).toBeGreaterThan(65);
    expect(ratingOf({ ...CLEAN, delayMs: 400 })).toBeLessThan(75);
  });

  it('never rates below 0', () => {
    expect(ratingOf({ codec: 'x', lossPercent: 100, burstRatio: 50, delayMs: 5000 })).toBe(0);
  });
});
