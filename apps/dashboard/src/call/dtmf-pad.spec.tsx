import { describe, expect, it } from 'vitest';
import { keysOf } from './dtmf-pad.tsx';

describe('keys', () => {
  it('are what a telephone has, and pauses', () => {
    expect(keysOf('1 2-3 ab#*wW')).toBe('123AB#*ww');
    expect(keysOf('éE!')).toBe('');
    expect(keysOf('1'.repeat(99))).toHaveLength(64);
  });
});
