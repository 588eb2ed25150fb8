import { describe, expect, it } from 'vitest';
import { VirtualTime } from '#testkit';
import { KeepAlive } from './keep-alive.ts';

function setup() {
  const time = new VirtualTime();
  const events: string[] = [];
  const note = (what: string): void =>
    void events.push(`${what} at ${time.nowMicros() / 1_000_000}`);
  const keepAlive = new KeepAlive({
    timers: time,
    intervalMs: 30_000,
    handlers: { ask: () => note('ask'), lost: () => note('lost') },
  });
  keepAlive.heard();
  return { time, events, keepAlive };
}

describe('a keep-alive', () => {
  it('asks when the peer has been silent for the whole interval, counted from the last word', () => {
    const { time, events, keepAlive } = setup();

    time.advance(29_999);
    keepAlive.heard();
    time.advance(29_999);
    expect(events).toEqual([]);
    time.advance(1);

    expect(events).toEqual(['ask at 59.999']);
  });

  it('says that the peer is lost after three questions in a row', () => {
    const { time, events, keepAlive } = setup();

    time.advance(30_000);
    keepAlive.answered();
    for (let question = 0; question < 3; question += 1) {
      time.advance(30_000);
      keepAlive.unanswered();
    }
    time.advance(1_000_000);

    expect(events).toEqual(['ask at 30', 'ask at 60', 'ask at 90', 'ask at 120', 'lost at 120']);
    expect(time.pendingCount).toBe(0);
  });

  it('goes on asking a peer that has never answered, whatever else it says', () => {
    const { time, events, keepAlive } = setup();

    for (let question = 0; question < 5; question += 1) {
      time.advance(30_000);
      keepAlive.unanswered();
    }
    keepAlive.heard();
    for (let question = 0; question < 5; question += 1) {
      time.advance(30_000);
      keepAlive.unanswered();
    }

    expect(events).toHaveLength(10);
    expect(events.filter((event) => event.startsWith('lost'))).toEqual([]);
  });

  it('says that a peer that three questions in a row cannot reach is lost, though it never answered', () => {
    const { time, events, keepAlive } = setup();

    for (let question = 0; question < 3; question += 1) {
      time.advance(30_000);
      keepAlive.undeliverable();
    }

    expect(events.at(-1)).toBe('lost at 90');
  });

  it('counts anew after a sign of life', () => {
    const { time, events, keepAlive } = setup();

    for (const isHeard of [true, false, false, true, false, false]) {
      time.advance(30_000);
      if (isHeard) keepAlive.answered();
      else keepAlive.unanswered();
    }

    expect(events).not.toContain('lost at 180');
    expect(events).toHaveLength(6);
  });

  it('asks again later when the moment was bad', () => {
    const { time, events, keepAlive } = setup();

    time.advance(30_000);
    keepAlive.postpone();
    time.advance(30_000);

    expect(events).toEqual(['ask at 30', 'ask at 60']);
  });

  it('leaves nothing behind when it is stopped', () => {
    const { time, events, keepAlive } = setup();

    keepAlive.stop();
    time.advance(100_000);

    expect([events, time.pendingCount]).toEqual([[], 0]);
  });
});
