import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugError } from '../runtime/invariant.ts';
import { ByteQueue } from './byte-queue.ts';

const operation = fc.oneof(
  fc.record({ append: fc.uint8Array({ maxLength: 6_000 }) }),
  fc.record({ drop: fc.nat({ max: 7_000 }) }),
);

describe('ByteQueue', () => {
  it('holds what a plain array would hold after any appends and drops', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const queue = new ByteQueue();
        let model: number[] = [];
        for (const step of operations) {
          if ('append' in step) {
            queue.append(step.append);
            model = [...model, ...step.append];
          } else {
            const count = Math.min(step.drop, model.length);
            queue.drop(count);
            model = model.slice(count);
          }
          expect(queue.length).toBe(model.length);
        }
        expect(Buffer.from(queue.view()).equals(Buffer.from(model))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses to drop more than waits', () => {
    const queue = new ByteQueue();
    queue.append(Uint8Array.of(1, 2));

    expect(() => queue.drop(3)).toThrow(BugError);
  });
});
