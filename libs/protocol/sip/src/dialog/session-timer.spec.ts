import { describe, expect, it } from 'vitest';
import { SeededRandom, sipRequest, sipResponse, VirtualTime } from '#testkit';
import type { SipResponse } from '../message/message.ts';
import { SessionTimer } from './session-timer.ts';

function setup(parts: { ownsCallId?: boolean; refresh?: (timer: SessionTimer) => void } = {}) {
  const time = new VirtualTime();
  const events: string[] = [];
  const note = (what: string): void => void events.push(`${what} ${time.nowMicros() / 1e6}`);
  const timer: SessionTimer = new SessionTimer({
    timers: time,
    random: new SeededRandom(4028),
    minSeconds: 90,
    ownsCallId: parts.ownsCallId ?? true,
    handlers: {
      refresh: () => {
        note('refresh');
        parts.refresh?.(timer);
      },
      expired: () => note('expired'),
    },
  });
  return { time, events, timer };
}

const refusal = (status: number, minSeconds?: number): SipResponse => {
  const response = sipResponse(sipRequest(), status);
  if (minSeconds !== undefined) response.headers.append('Min-SE', String(minSeconds));
  return response;
};

const seconds = (events: readonly string[]): number[] =>
  events.map((event) => Number(event.split(' ')[1]));

describe('a session that we refresh', () => {
  it('is refreshed at half of each interval', () => {
    const { time, events } = (() => {
      const world = setup({ refresh: (timer) => timer.agree({ seconds: 100, isRefresher: true }) });
      world.timer.agree({ seconds: 1800, isRefresher: true });
      return world;
    })();

    time.advance(1_010_000);

    expect(events).toEqual(['refresh 900', 'refresh 950', 'refresh 1000']);
  });

  it('is over at its end when no refresh is answered', () => {
    const { time, events, timer } = setup();
    timer.agree({ seconds: 1800, isRefresher: true });

    time.advance(10_000_000);

    expect(events).toEqual(['refresh 900', 'expired 1800']);
    expect(time.pendingCount).toBe(0);
    expect(timer.terms).toBeUndefined();
  });

  it.each([408, 481])('is over when its refresh is answered by %i', (status) => {
    const { time, events, timer } = setup({ refresh: (self) => self.refused(refusal(status)) });
    timer.agree({ seconds: 1800, isRefresher: true });

    time.advance(10_000_000);

    expect(events).toEqual(['refresh 900', 'expired 900']);
  });

  it.each([
    { ownsCallId: true, fromMs: 2100, toMs: 4000 },
    { ownsCallId: false, fromMs: 0, toMs: 2000 },
  ])('is refreshed again after 491, owner $ownsCallId', ({ ownsCallId, fromMs, toMs }) => {
    const { time, events, timer } = setup({
      ownsCallId,
      refresh: (self) => {
        if (events.length <= 50) self.refused(refusal(491));
        else self.agree(undefined);
      },
    });
    timer.agree({ seconds: 1800, isRefresher: true });

    time.advance(1_800_000);

    const times = seconds(events);
    const delays = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) * 1000));
    expect(delays).toHaveLength(50);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(fromMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(toMs);
    expect(delays.every((delay) => delay % 10 === 0)).toBe(true);
    expect(new Set(delays).size).toBeGreaterThan(10);
  });

  it('asks for more after a 422', () => {
    const { time, timer } = setup();
    const wanted: number[] = [];
    timer.agree({ seconds: 100, isRefresher: true });

    time.advance(50_000);
    timer.refused(refusal(422, 200));
    wanted.push(timer.wantedSeconds, timer.minSeconds);
    timer.agree({ seconds: 200, isRefresher: true });
    wanted.push(timer.wantedSeconds, timer.minSeconds);

    expect(wanted).toEqual([200, 200, 200, 200]);
  });

  it.each([refusal(500), refusal(503), refusal(401), refusal(422), refusal(422, 80)])(
    'is refreshed a few times more after any other refusal, %#',
    (response) => {
      const { time, events, timer } = setup({ refresh: (self) => self.refused(response) });
      timer.agree({ seconds: 1800, isRefresher: true });

      time.advance(10_000_000);

      expect(seconds(events)).toEqual([900, 1080, 1260, 1440, 1620, 1800]);
      expect(events.at(-1)).toBe('expired 1800');
    },
  );

  it('lasts 90 s at least, whatever the peer says', () => {
    const { time, events, timer } = setup();
    timer.agree({ seconds: 0, isRefresher: true });

    time.advance(100_000);

    expect(events).toEqual(['refresh 45', 'expired 90']);
  });
});

describe('a session that the peer refreshes', () => {
  it.each([
    { interval: 1800, endsAt: 1768 },
    { interval: 90, endsAt: 60 },
    { interval: 96, endsAt: 64 },
  ])('of $interval s is over after $endsAt s', ({ interval, endsAt }) => {
    const { time, events, timer } = setup();
    timer.agree({ seconds: interval, isRefresher: false });

    time.advance(interval * 2000);

    expect(events).toEqual([`expired ${endsAt}`]);
  });

  it('begins anew with each refresh', () => {
    const { time, events, timer } = setup();
    for (let round = 0; round < 5; round += 1) {
      timer.agree({ seconds: 90, isRefresher: false });
      time.advance(59_000);
    }

    expect(events).toEqual([]);

    time.advance(1_000);

    expect(events).toEqual(['expired 296']);
  });
});

describe('a session timer', () => {
  it('ends with a refresh that agrees on none', () => {
    const { time, events, timer } = setup();
    timer.agree({ seconds: 90, isRefresher: true });
    timer.agree(undefined);

    time.advance(1_000_000);

    expect(events).toEqual([]);
    expect(time.pendingCount).toBe(0);
  });

  it('does nothing after it was stopped, whatever comes late', () => {
    const { time, events, timer } = setup();
    timer.agree({ seconds: 90, isRefresher: true });
    timer.stop();
    timer.postpone();
    for (const status of [408, 487, 491]) timer.refused(refusal(status));

    time.advance(1_000_000);

    expect(events).toEqual([]);
    expect(time.pendingCount).toBe(0);
  });
});
