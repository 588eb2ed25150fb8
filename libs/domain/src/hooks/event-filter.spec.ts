import { describe, expect, it } from 'vitest';
import { isEventFilter, takesEvent } from './event-filter.ts';

describe('a filter of events', () => {
  it.each(['*', 'call.*', 'call.ended', 'output.failed', 'call.failed_over'])(
    'may be %s',
    (text) => {
      expect(isEventFilter(text)).toBe(true);
    },
  );

  it.each([
    '',
    'call',
    'call.',
    '.*',
    '**',
    'call.**',
    'call.ended.*',
    'Call.ended',
    'call.e*',
    ' *',
  ])('may not be %j', (text) => {
    expect(isEventFilter(text)).toBe(false);
  });

  it.each([
    [['*'], 'call.ended', true],
    [['call.*'], 'call.ended', true],
    [['call.*'], 'output.failed', false],
    [['call.end'], 'call.ended', false],
    [['output.failed', 'call.ended'], 'call.ended', true],
    [[], 'call.ended', false],
  ])('%j takes %s: %s', (filters, type, expected) => {
    expect(takesEvent(filters, type)).toBe(expected);
  });
});
