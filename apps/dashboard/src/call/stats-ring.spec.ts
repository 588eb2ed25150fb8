import { describe, expect, it } from 'vitest';
import type { CallStats } from '#sdk';
import { RING_POINTS, StatsRing } from './stats-ring.ts';

interface Figures {
  readonly epoch?: number;
  readonly packets?: number;
  readonly lost?: number;
  readonly bytes?: number;
  readonly levelDbfs?: number;
}

const statsAt = (
  second: number,
  { epoch = 1, packets = 0, lost = 0, bytes = 0, levelDbfs = -20 }: Figures = {},
): CallStats => ({
  ...({ callId: 'call-1', epoch, node: 'node-1', isFinal: false } as CallStats),
  at: new Date(second * 1_000).toISOString(),
  audio: { packets, lost, levelDbfs, peakDbfs: -10, roundTripMs: null } as CallStats['audio'],
  outputs: [{ id: 'out-1', bytes, queuedMs: 40 } as CallStats['outputs'][number]],
});

function ringOf(...all: CallStats[]): StatsRing {
  const ring = new StatsRing();
  for (const stats of all) ring.take(stats);
  return ring;
}

describe('the ring of figures', () => {
  it('tells loss and bitrate of the last second', () => {
    const ring = ringOf(
      statsAt(1, { packets: 100, lost: 50, bytes: 10_000 }),
      statsAt(2, { packets: 145, lost: 55, bytes: 18_000 }),
    );

    expect(ring.newest?.lossPercent).toBe(10);
    expect(ring.newest?.outputs.get('out-1')).toEqual({ kilobitsPerSecond: 64, queuedMs: 40 });
    expect(ring.points[0]?.lossPercent).toBeNull();
    expect(ring.points[0]?.outputs.get('out-1')?.kilobitsPerSecond).toBeNull();
  });

  it('begins anew with another node', () => {
    const ring = ringOf(
      statsAt(1, { packets: 100, bytes: 10_000 }),
      statsAt(2, { epoch: 2, packets: 1_000, bytes: 90_000 }),
    );

    expect(ring.newest?.lossPercent).toBeNull();
    expect(ring.newest?.outputs.get('out-1')?.kilobitsPerSecond).toBeNull();
  });

  it('knows nothing of counters that went back', () => {
    const ring = ringOf(statsAt(1, { packets: 9, bytes: 9 }), statsAt(2));

    expect(ring.newest?.lossPercent).toBeNull();
    expect(ring.newest?.outputs.get('out-1')?.kilobitsPerSecond).toBeNull();
  });

  it('keeps ten minutes, each second once', () => {
    const ring = new StatsRing();
    for (let second = 1; second <= RING_POINTS + 5; second += 1) {
      ring.take(statsAt(second));
      ring.take(statsAt(second));
    }

    expect(ring.points).toHaveLength(RING_POINTS);
    expect(ring.points[0]?.at).toBe(6);
  });

  it('shows a gap as one, and silence at the floor', () => {
    const ring = ringOf(statsAt(1), statsAt(60, { levelDbfs: -127 }));

    expect(ring.points.map(({ at, levelDbfs }) => [at, levelDbfs])).toEqual([
      [1, -20],
      [2, null],
      [60, -60],
    ]);
  });
});
