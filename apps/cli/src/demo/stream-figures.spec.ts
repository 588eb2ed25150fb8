import { describe, expect, it } from 'vitest';
import { findBreaks } from './stream-figures.ts';

/** Packets of 1024 samples at 44.1 kHz, with FLV's whole milliseconds. */
function packets(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    ptsSec: Math.round((index * 1024 * 1000) / 44_100) / 1000,
    durationSec: 0.023,
  }));
}

describe('breaks in a stream', () => {
  it('are none when one packet follows the other', () => {
    expect(findBreaks(packets(1000), 44_100)).toEqual({ gaps: 0, backwards: 0 });
  });

  it('are counted where a packet is missing', () => {
    const times = packets(100).filter((_, index) => index !== 40 && index !== 60);

    expect(findBreaks(times, 44_100)).toEqual({ gaps: 2, backwards: 0 });
  });

  it('are counted where time goes back', () => {
    const times = [...packets(10), ...packets(3)];

    expect(findBreaks(times, 44_100)).toEqual({ gaps: 0, backwards: 1 });
  });
});
