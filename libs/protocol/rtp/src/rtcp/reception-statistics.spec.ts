import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { ReceptionStatistics } from '../index.ts';

const RATE = 8000;

describe('reception statistics', () => {
  it('say nothing before the first packet', () => {
    expect(new ReceptionStatistics(RATE).report()).toBeUndefined();
  });

  it('find no loss and no jitter in a steady stream', () => {
    const statistics = new ReceptionStatistics(RATE);

    for (let i = 0; i < 50; i++) statistics.add(100 + i, i * 160, microsFromMs(i * 20));

    expect(statistics.report()).toEqual({
      fractionLost: 0,
      cumulativeLost: 0,
      highestSequence: 149,
      jitter: 0,
    });
  });

  it('count the fraction since the last report and the loss since the beginning', () => {
    const statistics = new ReceptionStatistics(RATE);
    for (let i = 0; i < 8; i++) if (i % 4 !== 1) statistics.add(i, i * 160, microsFromMs(i * 20));

    const first = statistics.report();
    for (let i = 8; i < 16; i++) statistics.add(i, i * 160, microsFromMs(i * 20));
    const second = statistics.report();

    expect(first).toMatchObject({ fractionLost: 64, cumulativeLost: 2, highestSequence: 7 });
    expect(second).toMatchObject({ fractionLost: 0, cumulativeLost: 2, highestSequence: 15 });
  });

  it('go below zero with duplicates, while the fraction does not', () => {
    const statistics = new ReceptionStatistics(RATE);

    for (const sequence of [0, 1, 1, 1, 2])
      statistics.add(sequence, sequence * 160, microsFromMs(0));

    expect(statistics.report()).toMatchObject({ fractionLost: 0, cumulativeLost: -2 });
  });

  it('follow the jitter filter of appendix A.8', () => {
    const statistics = new ReceptionStatistics(RATE);

    // Each second packet is 10 ms late: every transit differs by 80 ticks from the one before.
    for (let i = 0; i < 500; i++) statistics.add(i, i * 160, microsFromMs(i * 20 + (i % 2) * 10));

    expect(statistics.jitter).toBeCloseTo(80, 0);
  });

  it('put the wraps into the upper bits of the highest sequence', () => {
    const statistics = new ReceptionStatistics(RATE);

    statistics.add(65_535, 0, microsFromMs(0));
    statistics.add(65_536, 160, microsFromMs(20));

    expect(statistics.report()).toMatchObject({ highestSequence: 0x1_0000, cumulativeLost: 0 });
  });

  it('begin anew after a reset', () => {
    const statistics = new ReceptionStatistics(RATE);
    statistics.add(5, 0, microsFromMs(0));
    statistics.add(9, 640, microsFromMs(80));

    statistics.reset();
    statistics.add(60_000, 99, microsFromMs(100));

    expect(statistics.report()).toMatchObject({ cumulativeLost: 0, highestSequence: 60_000 });
  });
});
