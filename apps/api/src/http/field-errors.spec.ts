import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldErrors } from './field-errors.ts';

function errorsOf(schema: z.ZodType, value: unknown) {
  return fieldErrors(schema.safeParse(value).error?.issues ?? []);
}

describe('field errors', () => {
  it('name every unknown field by its path', () => {
    const schema = z.strictObject({ a: z.strictObject({ b: z.string() }) });

    expect(errorsOf(schema, { a: { b: 'x', c: 1, d: 2 }, e: 3 })).toEqual([
      { path: 'a.c', message: 'is not a known field' },
      { path: 'a.d', message: 'is not a known field' },
      { path: 'e', message: 'is not a known field' },
    ]);
  });

  it('say of a field that may be two things what the wider one wants', () => {
    const schema = z.object({ a: z.union([z.literal(''), z.string().max(3, 'is too long')]) });

    expect(errorsOf(schema, { a: 'secret' })).toEqual([{ path: 'a', message: 'is too long' }]);
  });

  it('say one thing of each field', () => {
    const schema = z.object({ a: z.string().regex(/x/, 'wants x').regex(/y/, 'wants y') });

    expect(errorsOf(schema, { a: '' })).toEqual([{ path: 'a', message: 'wants x' }]);
  });

  it('are bounded in number and length', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n]));
    const long = { ['k'.repeat(5_000)]: 1 };

    expect(errorsOf(z.strictObject({}), many)).toHaveLength(32);
    expect(errorsOf(z.strictObject({}), long)[0]?.path).toHaveLength(128);
  });
});
