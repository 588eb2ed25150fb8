import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { BitBudget } from './bit-budget.ts';
import { planRate } from './rate-plan.ts';
import type { RatePlan } from './rate-plan.ts';

const RATES = [16_000, 32_000, 44_100, 48_000];

function plan(random: SeededRandom, constantRate: boolean): RatePlan {
  return planRate({
    sampleRate: RATES[random.below(RATES.length)] ?? 44_100,
    channels: random.below(2) === 0 ? 1 : 2,
    bitrateKbps: 16 + random.below(241),
    usableBins: 100 + random.below(925),
    constantRate,
  });
}

/** A decoder's buffer: it gets the mean before each frame, and the frame leaves as a whole. */
class DecoderBuffer {
  fullness: number;
  readonly #size: number;
  readonly #capacity: number;

  constructor({ capacity, mean, channels }: RatePlan) {
    this.fullness = Math.floor((capacity * 60) / 100);
    this.#size = 6144 * channels;
    this.#capacity = capacity;
    expect(mean.whole).toBeLessThanOrEqual(this.#size);
  }

  take(mean: number, bits: number, sheds: boolean): void {
    this.fullness += mean;
    if (this.fullness > this.#size) throw new Error('overrun before the frame left');
    this.fullness -= bits;
    if (this.fullness < 0) throw new Error('underrun');
    // Without a constant rate nothing is sent while the buffer is full.
    if (sheds) this.fullness = Math.min(this.fullness, this.#capacity);
  }
}

describe('the bits saved for later', () => {
  it.each([true, false])(
    'never over- or underruns the buffer of a decoder, whatever the frames cost; constant rate: %s',
    (constantRate) => {
      for (let seed = 1; seed <= 60; seed += 1) {
        const random = new SeededRandom(seed);
        const stream = plan(random, constantRate);
        const budget = new BitBudget(stream);
        const buffer = new DecoderBuffer(stream);
        const greed = random.below(4);
        for (let frame = 0; frame < 400; frame += 1) {
          const allowance = budget.next(random.below(4));
          expect(allowance.limit).toBeLessThanOrEqual(6144 * stream.channels);
          const most = allowance.limit / 8;
          const bytes = greed === 0 ? most : greed === 1 ? 4 : 4 + random.below(most - 3);
          const fillBytes = budget.spend(allowance, bytes);
          buffer.take(allowance.mean, 8 * (bytes + fillBytes), !constantRate);
          expect(budget.saved).toBeGreaterThanOrEqual(0);
          expect(budget.saved).toBeLessThanOrEqual(stream.capacity);
        }
      }
    },
  );

  it('keeps a constant rate exactly: what was sent and what is saved add up to the mean', () => {
    const stream = planRate({
      sampleRate: 44_100,
      channels: 1,
      bitrateKbps: 64,
      usableBins: 186,
      constantRate: true,
    });
    const budget = new BitBudget(stream);
    const random = new SeededRandom(7);
    const before = budget.saved;
    let sent = 0;
    for (let frame = 0; frame < 44_100; frame += 1) {
      const allowance = budget.next(0);
      const bytes = random.below(3) === 0 ? 4 : Math.min(allowance.limit, allowance.wanted) >> 3;
      sent += 8 * (bytes + budget.spend(allowance, bytes));
    }

    expect(sent + budget.saved - before).toBe(64_000 * 1024);
  });
});

describe('planRate', () => {
  const options = {
    sampleRate: 44_100,
    channels: 1,
    usableBins: 186,
    constantRate: false,
  } as const;

  it.each([15, 257, 64.5, NaN])('refuses %s kb/s', (bitrateKbps) => {
    expect(() => planRate({ ...options, bitrateKbps })).toThrow('kb/s');
  });

  it('codes no more bands than the source fills', () => {
    expect(planRate({ ...options, bitrateKbps: 64 }).long.bandCount).toBe(24);
  });

  it('codes fewer bands of a full band source at a low rate', () => {
    const full = { ...options, usableBins: 1024 };
    const [low, high] = [16, 128].map((bitrateKbps) => planRate({ ...full, bitrateKbps }));

    expect(low?.long.bandCount).toBeLessThan(35);
    expect(high?.long.bandCount).toBeGreaterThan(45);
  });
});
