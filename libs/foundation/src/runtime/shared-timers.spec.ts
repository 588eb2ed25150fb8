import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import type { Timers } from './clock.ts';
import { sharedTimers } from './shared-timers.ts';

/** Shared timers, and how many of those behind them have been set and still run. */
function setup() {
  const time = new VirtualTime();
  const counts = { set: 0, running: 0 };
  const counted: Timers = {
    after: (delayMs, run) => time.after(delayMs, run),
    every: (periodMs, run) => {
      counts.set += 1;
      counts.running += 1;
      const timer = time.every(periodMs, run);
      return {
        cancel: () => {
          counts.running -= 1;
          timer.cancel();
        },
      };
    },
  };
  const log: string[] = [];
  const timers = sharedTimers(counted);
  const every = (periodMs: number, name: string) =>
    timers.every(periodMs, () => void log.push(`${name} ${time.nowMicros() / 1000}`));
  return { time, timers, counts, log, every };
}

describe('shared timers', () => {
  it('run all that have one period by one timer, the first turn within a period', () => {
    const { time, counts, log, every } = setup();

    every(1000, 'a');
    time.advance(400);
    every(1000, 'b');
    every(300, 'c');
    time.advance(1600);

    expect(counts).toEqual({ set: 2, running: 2 });
    expect(log.filter((entry) => !entry.startsWith('c'))).toEqual([
      'a 1000',
      'b 1000',
      'a 2000',
      'b 2000',
    ]);
    expect(log.filter((entry) => entry.startsWith('c'))).toHaveLength(5);
  });

  it('stop with the last of a period, and begin anew', () => {
    const { time, counts, log, every } = setup();
    const [a, b] = [every(1000, 'a'), every(1000, 'b')];

    a.cancel();
    a.cancel();
    expect(counts.running).toBe(1);
    b.cancel();
    b.cancel();
    expect(counts.running).toBe(0);
    time.advance(5500);
    every(1000, 'c');
    time.advance(1000);

    expect(log).toEqual(['c 6500']);
    expect(counts).toEqual({ set: 2, running: 1 });
  });

  it('may be set and cancelled in a turn', () => {
    const { time, timers, log, every } = setup();
    const first = timers.every(1000, () => {
      first.cancel();
      second.cancel();
      every(1000, 'late');
    });
    const second = every(1000, 'never');

    time.advance(2000);

    expect(log).toEqual(['late 2000']);
  });

  it('leave delays alone', () => {
    const { time, timers, log } = setup();
    timers.after(10, () => void log.push('once'));
    timers.after(20, () => void log.push('never')).cancel();

    time.advance(100);

    expect(log).toEqual(['once']);
  });
});
