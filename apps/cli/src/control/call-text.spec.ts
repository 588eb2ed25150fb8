import { describe, expect, it } from 'vitest';
import { durationText, eventText } from './call-text.ts';

describe('a duration', () => {
  it.each([
    [-5, '0 s'],
    [7_900, '7 s'],
    [65_000, '1:05'],
    [3_607_000, '1:00:07'],
    [90_000_000, '25:00:00'],
    [864_000_000, '10 d'],
  ])('of %i ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('the line of an event', () => {
  const event = {
    ...{ id: 'evt_1', callId: 'call_1', seq: 3, epoch: 1, at: '2026-03-01T12:00:00.000Z' },
    type: 'call.ended',
    data: {
      code: 'SIP_BUSY',
      empty: '',
      none: null,
      by: { a: 1 },
      evil: '\u001b[31m',
      long: 'x'.repeat(99),
    },
  };

  it('tells what is known, cut short, and nothing that moves the cursor', () => {
    const text = eventText(event, { ofOneCall: false });

    expect(text).toBe(
      `2026-03-01T12:00:00.000Z  call_1  call.ended  code=SIP_BUSY  by={"a":1}  evil=?[31m  long=${'x'.repeat(59)}…`,
    );
  });

  it('leaves the call out where there is only one', () => {
    expect(eventText({ ...event, data: {} }, { ofOneCall: true })).toBe(
      '2026-03-01T12:00:00.000Z  call.ended',
    );
  });
});
