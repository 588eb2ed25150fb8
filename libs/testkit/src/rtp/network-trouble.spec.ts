import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import { trouble } from './network-trouble.ts';
import type { NetworkTrouble } from './network-trouble.ts';
import type { Delivery } from './rtp-source.ts';

const SEED = 4_242;
const COUNT = 20_000;
const PERIOD_MS = 20;

/** Packets that carry nothing but their number. */
const numbered = (count: number): Delivery[] =>
  Array.from({ length: count }, (_, index) => ({
    atMs: index * PERIOD_MS,
    bytes: Uint8Array.of(index >> 8, index & 0xff, 0xaa, 0x55),
  }));

const SENT = numbered(COUNT);
const numberOf = ({ bytes }: Delivery): number => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
const run = (network: Omit<NetworkTrouble, 'random'>, seed = SEED) =>
  trouble(SENT, { random: new SeededRandom(seed), ...network });
const share = (count: number): number => count / COUNT;

describe('a bad network', () => {
  it('is a good one unless told otherwise', () => {
    const { deliveries, ledger } = run({});

    expect(deliveries).toEqual(SENT);
    expect(ledger).toMatchObject({ lostCount: 0, duplicateCount: 0, reorderedCount: 0 });
  });

  it('does the same again with the same seed, and something else with another', () => {
    const all = { lossShare: 0.1, jitterMs: 30, reorderShare: 0.1, corruptShare: 0.1 };

    expect(run(all).deliveries).toEqual(run(all).deliveries);
    expect(run(all).deliveries).not.toEqual(run(all, SEED + 1).deliveries);
  });

  it('loses, doubles and reorders as much as it should, and tells exactly what', () => {
    const { deliveries, ledger } = run({
      lossShare: 0.05,
      duplicateShare: 0.02,
      reorderShare: 0.05,
      reorderDepth: 5,
    });

    const seen = new Set<number>();
    let [doubled, behind, highest, deepest] = [0, 0, -1, 0];
    for (const delivery of deliveries) {
      const number = numberOf(delivery);
      if (seen.has(number)) doubled += 1;
      else if (number < highest) {
        behind += 1;
        deepest = Math.max(deepest, [...seen].filter((other) => other > number).length);
      }
      seen.add(number);
      highest = Math.max(highest, number);
    }
    expect(COUNT - seen.size).toBe(ledger.lostCount);
    expect(doubled).toBe(ledger.duplicateCount);
    expect(behind).toBe(ledger.reorderedCount);
    expect(deepest).toBe(5);
    expect(share(ledger.lostCount)).toBeCloseTo(0.05, 2);
    expect(share(ledger.duplicateCount)).toBeCloseTo(0.02, 2);
    expect(share(ledger.reorderedCount)).toBeCloseTo(0.05, 2);
    expect(numberOf(deliveries[0] ?? { atMs: 0, bytes: Uint8Array.of() })).toBe(0);
    expect(deliveries.map(numberOf)).toContain(COUNT - 1);
  });

  it('loses in bursts', () => {
    const { ledger } = run({ bursts: { beginShare: 0.01, meanPackets: 15 } });
    const { lostRuns } = ledger;

    const lost = lostRuns.reduce((sum, length) => sum + length, 0);
    expect(lost).toBe(ledger.lostCount);
    expect(lost / lostRuns.length).toBeGreaterThan(12);
    expect(lost / lostRuns.length).toBeLessThan(19);
    expect(share(lostRuns.length)).toBeCloseTo(0.009, 2);
  });

  it.each([false, true])('delays evenly; overtaking: %s', (mayOvertake) => {
    const { deliveries, ledger } = run({ jitterMs: 120, mayOvertake });
    const delays = ledger.fates.map((fate) => (fate.arrivedAtMs[0] ?? NaN) - fate.sentAtMs);
    const times = deliveries.map(({ atMs }) => atMs);

    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(Math.max(...delays)).toBeLessThanOrEqual(120);
    expect(Math.max(...delays)).toBeGreaterThan(119);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(ledger.reorderedCount > 0).toBe(mayOvertake);
    if (mayOvertake) expect(delays.reduce((sum, ms) => sum + ms, 0) / COUNT).toBeCloseTo(60, -1);
  });

  it('damages packets without touching the sender’s own', () => {
    const textOf = ({ bytes }: Delivery): string => Buffer.from(bytes).toString('hex');
    const before = SENT.map(textOf);
    const { deliveries, ledger } = run({ corruptShare: 0.1, truncateShare: 0.1 });

    const short = deliveries.filter(({ bytes }) => bytes.length < 4).length;
    const wrong = deliveries.filter(
      (delivery, index) => delivery.bytes.length === 4 && textOf(delivery) !== before[index],
    ).length;
    expect(short).toBe(ledger.truncatedCount);
    // Two bits turned may be the same one.
    expect(ledger.corruptedCount - wrong).toBeLessThan(0.05 * ledger.corruptedCount);
    expect(share(ledger.corruptedCount)).toBeCloseTo(0.1, 1);
    expect(SENT.map(textOf)).toEqual(before);
  });

  it('delivers what it held back when nothing comes any more', () => {
    const few = trouble(numbered(5), {
      random: new SeededRandom(SEED),
      reorderShare: 1,
      reorderDepth: 3,
    });

    expect(few.deliveries).toHaveLength(5);
    expect(few.deliveries.map(numberOf)).toEqual([0, 1, 4, 3, 2]);
    expect(few.ledger.reorderedCount).toBe(2);
  });
});
