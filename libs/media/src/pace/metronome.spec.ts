import { describe, expect, it } from 'vitest';
import type { Clock, Timers } from '#foundation';
import { micros } from '#foundation';
import { VirtualTime } from '#testkit';
import { Metronome } from '../index.ts';
import type { Ticked } from '../index.ts';

/** Virtual time whose clock can run ahead of its timers, as when the event loop is blocked. */
class BlockableTime implements Clock, Timers {
  readonly time = new VirtualTime();
  #blockedMs = 0;
  nowMicros() {
    return micros(this.time.nowMicros() + this.#blockedMs * 1000);
  }
  wallMs() {
    return this.time.wallMs() + this.#blockedMs;
  }
  after(delayMs: number, run: () => void) {
    return this.time.after(delayMs, run);
  }
  every(periodMs: number, run: () => void) {
    return this.time.every(periodMs, run);
  }
  block(ms: number) {
    this.#blockedMs += ms;
  }
}

function setup() {
  const time = new BlockableTime();
  const failures: unknown[] = [];
  const metronome = new Metronome({
    clock: time,
    timers: time,
    onFailed: (_member, error) => failures.push(error),
  });
  const beats: number[] = [];
  const member: Ticked = { tick: (now) => void beats.push(now / 1000) };
  return { time, metronome, beats, member, failures };
}

describe('a metronome', () => {
  it('beats every 20 ms from the first member on', () => {
    const { time, metronome, beats, member } = setup();

    metronome.add(member);
    time.time.advance(100);

    expect(beats).toEqual([20, 40, 60, 80, 100]);
  });

  it('sets no timer without members', () => {
    const { time, metronome, beats, member } = setup();

    metronome.add(member);
    time.time.advance(30);
    metronome.remove(member);
    time.time.advance(100);

    expect(beats).toEqual([20]);
    expect(time.time.pendingCount).toBe(0);
    expect(metronome.memberCount).toBe(0);
  });

  it('begins a new beat when members come back', () => {
    const { time, metronome, beats, member } = setup();
    metronome.add(member);
    metronome.remove(member);
    time.time.advance(1000);

    metronome.add(member);
    time.time.advance(20);

    expect(beats).toEqual([1020]);
  });

  it('makes up for missed beats, a few at a time', () => {
    const { time, metronome, beats, member } = setup();
    metronome.add(member);

    time.block(200);
    time.time.advance(20);
    const atOnce = [...beats];
    time.time.advance(5);
    time.time.advance(5);

    expect(atOnce).toEqual([20, 40, 60, 80, 100]);
    expect(beats).toEqual([20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220]);
    expect(metronome.forgivenBeats).toBe(0);
  });

  it('spreads what a second owes over many goes, so that no server gets a burst', () => {
    const { time, metronome } = setup();
    const sentAt: number[] = [];
    metronome.add({ tick: () => void sentAt.push(time.time.nowMicros() / 1000) });

    time.block(1000);
    time.time.advance(200);

    const sharesOfGoes = [...new Set(sentAt)].map(
      (at) => sentAt.filter((one) => one === at).length,
    );
    expect(sentAt.length).toBeGreaterThanOrEqual(51);
    expect(Math.max(...sharesOfGoes)).toBeLessThanOrEqual(5);
    expect(metronome.forgivenBeats).toBe(0);
  });

  it('forgives what it owes after being stopped for long', () => {
    const { time, metronome, beats, member } = setup();
    metronome.add(member);

    time.block(60_000);
    time.time.advance(20);

    expect(metronome.forgivenBeats).toBe(3000);
    expect(beats).toEqual([60_020]);
  });

  it('measures how late it was', () => {
    const { time, metronome, member } = setup();
    metronome.add(member);
    time.time.advance(20 * 97);
    time.block(50);
    time.time.advance(20 * 3);

    const figures = metronome.takeLateness();

    expect(figures.p50Ms).toBe(0.25);
    expect(figures.maxMs).toBeGreaterThanOrEqual(50);
    expect(metronome.takeLateness()).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0, count: 0 });
  });

  it('tells each reader how late it was, whatever another has taken', () => {
    const { time, metronome, member } = setup();
    const take = metronome.meterLateness();
    metronome.add(member);
    time.time.advance(20);
    time.block(50);
    time.time.advance(20 * 3);

    const first = metronome.takeLateness();
    const second = take();

    expect(first.maxMs).toBeGreaterThanOrEqual(50);
    expect(second).toEqual(first);
    expect(take()).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0, count: 0 });
  });

  it('takes out a member that throws and goes on with the others', () => {
    const { time, metronome, beats, member, failures } = setup();
    const error = new Error('broken path');
    metronome.add({
      tick: () => {
        throw error;
      },
    });
    metronome.add(member);

    time.time.advance(60);

    expect(failures).toEqual([error]);
    expect(beats).toEqual([20, 40, 60]);
    expect(metronome.memberCount).toBe(1);
  });

  it('keeps one timer when the only member is exchanged during a beat', () => {
    const { time, metronome, beats, member } = setup();
    const first: Ticked = {
      tick: () => {
        metronome.remove(first);
        metronome.add(member);
      },
    };
    metronome.add(first);

    time.time.advance(20);

    expect(time.time.pendingCount).toBe(1);
    time.time.advance(40);
    expect(beats.length).toBeGreaterThanOrEqual(2);
  });
});
