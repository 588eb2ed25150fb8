import { describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { newCSeqNumber, newTag, newUuid } from './identifiers.ts';

describe('identifiers', () => {
  it('have their form, and do not repeat', () => {
    const random = new SeededRandom(3);
    const uuids = Array.from({ length: 100 }, () => newUuid(random));
    const tags = Array.from({ length: 100 }, () => newTag(random));

    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(uuids.filter((uuid) => !form.test(uuid))).toEqual([]);
    expect(tags.filter((tag) => !/^[0-9a-f]{16}$/.test(tag))).toEqual([]);
    expect([new Set(uuids).size, new Set(tags).size]).toEqual([100, 100]);
  });

  it('leave room above the first CSeq', () => {
    const random = new SeededRandom(3);
    const numbers = Array.from({ length: 1000 }, () => newCSeqNumber(random));

    expect(Math.min(...numbers)).toBeGreaterThan(0);
    expect(Math.max(...numbers)).toBeLessThan(2 ** 30);
  });
});
