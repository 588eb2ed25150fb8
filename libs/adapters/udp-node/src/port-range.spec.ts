import { describe, expect, it } from 'vitest';
import { parsePortRange } from './port-range.ts';

describe('a port range', () => {
  it.each([
    { text: '20000-29999', first: 20_000, pairCount: 5000 },
    { text: '20001-20004', first: 20_002, pairCount: 1 },
    { text: '65534-65535', first: 65_534, pairCount: 1 },
  ])('$text holds $pairCount pairs from $first on', ({ text, first, pairCount }) => {
    expect(parsePortRange(text)).toEqual({ first, pairCount });
  });

  it.each(['', '20000', '20000-', '20001-20002', '30000-20000', '80-90', '60000-70000', '1e4-2e4'])(
    "'%s' is refused",
    (text) => {
      expect(() => parsePortRange(text)).toThrow(RangeError);
    },
  );
});
