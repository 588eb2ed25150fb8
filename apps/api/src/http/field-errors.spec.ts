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

  it.each([
    ['a text', z.string(), 7, 'must be a text'],
    ['a number', z.coerce.number(), 'x', 'must be a number'],
    ['a whole number', z.int(), 1.5, 'must be a whole number'],
    ['a list', z.array(z.string()), {}, 'must be a list'],
    ['an object', z.strictObject({}), [], 'must be an object'],
    ['a record', z.record(z.string(), z.string()), 7, 'must be an object'],
    ['an empty text', z.string().min(1), '', 'must have at least 1 characters'],
    ['a long text', z.string().max(2), 'abc', 'must have at most 2 characters'],
    ['an empty list', z.array(z.string()).min(1), [], 'must have at least 1 entries'],
    ['a small number', z.int().min(5), 4, 'must be at least 5'],
    ['a large number', z.int().max(5), 6, 'must be at most 5'],
    ['a choice', z.enum(['a', 'b']), 'c', 'must be "a" or "b"'],
    ['a form', z.string().regex(/x/), 'y', 'does not have the form that is wanted'],
    ['a key', z.record(z.string().min(2), z.int()), { k: 1 }, 'has a name that cannot be used'],
    ['a text of ours', z.string().min(1, 'is empty'), '', 'is empty'],
  ])('speak plainly of %s', (_, schema, value, message) => {
    expect(errorsOf(z.object({ a: schema }), { a: value })[0]?.message).toBe(message);
  });

  it('are bounded in number and length', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n]));
    const long = { ['k'.repeat(5_000)]: 1 };

    expect(errorsOf(z.strictObject({}), many)).toHaveLength(32);
    expect(errorsOf(z.strictObject({}), long)[0]?.path).toHaveLength(128);
  });
});
