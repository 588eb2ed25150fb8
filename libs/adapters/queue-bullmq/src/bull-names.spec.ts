import { describe, expect, it } from 'vitest';
import { IdFactory } from '#domain';
import { SeededRandom } from '#testkit';
import { dialJobId } from './bull-names.ts';

describe('the id of a dial job', () => {
  it('is one for one call and epoch, and has no colon', () => {
    const callId = new IdFactory(() => 0, new SeededRandom(1)).callId();

    expect(dialJobId({ callId, epoch: 3 })).toBe(`${callId}-3`);
    expect(dialJobId({ callId, epoch: 3 })).not.toContain(':');
  });
});
