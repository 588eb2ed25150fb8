import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { settingProblems } from './schema-issues.ts';

describe('settings that do not fit', () => {
  const schema = z.object({
    SECONDS: z.coerce.number().int().min(0).default(30),
    PORT: z.coerce.number().int().max(65_535).optional(),
    URL: z.string().optional(),
    NAME: z.string().regex(/^x/, 'must begin with x').optional(),
  });

  it.each([
    [{ SECONDS: '12k' }, 'SECONDS: must be a number'],
    [{ SECONDS: '-1' }, 'SECONDS: must be at least 0'],
    [{ PORT: '70000' }, 'PORT: must be at most 65535'],
    [{ NAME: 'secret' }, 'NAME: must begin with x'],
  ])('%j: %s', (environment, problem) => {
    expect(settingProblems(schema.safeParse(environment).error?.issues)).toEqual([problem]);
  });

  it('that are not there have to be set', () => {
    expect(settingProblems(schema.required().safeParse({}).error?.issues)).toContain(
      'URL: must be set',
    );
  });
});
