import { describe, expect, it } from 'vitest';
import { CountedSet } from './counted-set.ts';

describe('a counted set', () => {
  it('keeps a member until it was taken out as often as it was put in', () => {
    const set = new CountedSet<string>();
    set.add('a');
    set.add('a');
    set.add('b');

    set.remove('a');
    expect([set.has('a'), set.countOf('a'), set.size]).toEqual([true, 1, 2]);
    set.remove('a');
    set.remove('never in');

    expect([set.has('a'), set.countOf('a'), set.size]).toEqual([false, 0, 1]);
  });
});
