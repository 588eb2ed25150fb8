import { describe, expect, it } from 'vitest';
import type { CallSpec } from '../calls/call-spec.ts';
import { CALL_DEADLINES } from '../calls/call-lifecycle.ts';
import { holdMsOf, isFinalForCall, redialDelayMs } from './hold-policy.ts';

const specOf = (fields: object): CallSpec => ({ limits: {}, ...fields }) as CallSpec;
const drawing = (value: number) => ({ below: () => value, bytes: () => new Uint8Array() });

describe('holding the air', () => {
  it('is asked for, and lasts five minutes unless another time is given', () => {
    expect(holdMsOf(specOf({}))).toBe(0);
    expect(holdMsOf(specOf({ onCallLoss: 'end', limits: { holdSeconds: 5 } }))).toBe(0);
    expect(holdMsOf(specOf({ onCallLoss: 'hold' }))).toBe(300_000);
    expect(holdMsOf(specOf({ onCallLoss: 'hold', limits: { holdSeconds: 5 } }))).toBe(5_000);
  });

  it('dials again after 1, 2, 4 … 10 seconds, varied by a fifth', () => {
    const delays = [1, 2, 3, 4, 5, 6, 500].map((attempt) => redialDelayMs(attempt, drawing(500)));

    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    expect([0, 1000].map((drawn) => redialDelayMs(2, drawing(drawn)))).toEqual([1_600, 2_400]);
  });

  it('never waits so long that a slow signalling server would count as a broken call', () => {
    const longest = redialDelayMs(50, drawing(1000));
    const echoMs = 5_000;

    expect(longest).toBe(12_000);
    expect(longest + echoMs).toBeLessThan(CALL_DEADLINES.claimed({ ringMs: 1, maxMs: 1 }));
  });

  it('ends where dialling again cannot help', () => {
    expect(isFinalForCall('SIP_DECLINED')).toBe(true);
    expect(isFinalForCall('SIP_BUSY')).toBe(false);
    expect(isFinalForCall('SIP_NOT_FOUND')).toBe(false);
  });
});
