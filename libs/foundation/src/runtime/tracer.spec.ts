import { describe, expect, it } from 'vitest';
import { isTraceparent } from './tracer.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('is the one of the specification', () => {
    expect(isTraceparent(`00-${TRACE}-${SPAN}-01`)).toBe(true);
    expect(isTraceparent(`00-${TRACE}-${SPAN}-00`)).toBe(true);
  });

  it.each([
    ['another version', `ff-${TRACE}-${SPAN}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['more behind it', `00-${TRACE}-${SPAN}-01-x`],
    ['nothing', ''],
    ['a list of headers', [`00-${TRACE}-${SPAN}-01`]],
  ])('is not %s', (_, text) => {
    expect(isTraceparent(text)).toBe(false);
  });
});
