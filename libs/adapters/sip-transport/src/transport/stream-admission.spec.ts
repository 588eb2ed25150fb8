import { describe, expect, it } from 'vitest';
import { StreamAdmission } from './stream-admission.ts';

describe('the admission of stream connections', () => {
  it('refuses an address that has its share, until one of its connections ends', () => {
    const admission = new StreamAdmission();
    for (let i = 0; i < 64; i += 1) expect(admission.enter('a')).toBe(true);

    expect([admission.enter('a'), admission.enter('b')]).toEqual([false, true]);
    admission.leave('a');
    expect([admission.enter('a'), admission.enter('a')]).toEqual([true, false]);
  });

  it('keeps room for the connections that we begin', () => {
    const admission = new StreamAdmission();

    const entered = Array.from({ length: 2000 }, (_, i) => admission.enter(`10.0.0.${i}`));

    expect(entered.filter(Boolean)).toHaveLength(1500);
  });
});
