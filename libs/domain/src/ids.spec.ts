import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { IdFactory, isCallId } from './ids.ts';

describe('an id', () => {
  it('has its prefix and 26 characters of base 32', () => {
    const ids = new IdFactory(() => 1_700_000_000_000, new SeededRandom(1));

    expect(ids.callId()).toMatch(/^call_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(ids.outputId()).toMatch(/^out_/);
    expect(isCallId(ids.callId())).toBe(true);
    expect(isCallId(ids.outputId())).toBe(false);
  });

  it('sorts by its time', () => {
    let nowMs = 1_700_000_000_000;
    const ids = new IdFactory(() => nowMs, new SeededRandom(2));
    const made = Array.from({ length: 500 }, () => {
      nowMs += 1;
      return ids.callId();
    });

    expect([...made].sort()).toEqual(made);
  });

  it('differs at the same millisecond', () => {
    const ids = new IdFactory(() => 1, new SeededRandom(3));
    const made = Array.from({ length: 1_000 }, () => ids.eventId());

    expect(new Set(made).size).toBe(1_000);
  });
});
