import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HouseCopy } from '../support/house-copy.ts';

/** One small sin per rule of our own choice: the rule that must speak, the file, its text. */
const SINS: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-restricted-properties', 'libs/domain/src/a.ts', 'export const now = Date.now();'],
  ['no-restricted-properties', 'libs/media/src/b.ts', 'export const luck = Math.random();'],
  ['no-restricted-properties', 'apps/worker/src/c.ts', "export const home = process.env['HOME'];"],
  ['no-restricted-globals', 'libs/media/src/d.ts', 'export const timer = setTimeout(() => 1, 1);'],
  [
    'no-restricted-globals',
    'libs/media/src/e.spec.ts',
    'export const timer = setTimeout(() => 1, 1);',
  ],
  ['no-restricted-syntax', 'libs/domain/src/f.ts', 'export enum Colour { red }'],
  ['no-restricted-exports', 'apps/worker/src/g.ts', 'export default 1;'],
  [
    '@typescript-eslint/no-explicit-any',
    'apps/worker/src/h.ts',
    'export const id = (v: any): unknown => v;',
  ],
  [
    '@typescript-eslint/no-non-null-assertion',
    'apps/worker/src/i.ts',
    'export const first = (l: string[]): string => l[0]!;',
  ],
  [
    '@typescript-eslint/no-floating-promises',
    'apps/worker/src/j.ts',
    'export const go = (): void => { Promise.resolve(1); };',
  ],
  [
    '@typescript-eslint/switch-exhaustiveness-check',
    'apps/worker/src/k.ts',
    "export function see(kind: 'a' | 'b'): void { switch (kind) { case 'a': break; } }",
  ],
  ['jsdoc/require-jsdoc', 'libs/domain/src/l.ts', 'export function silent(): void { return; }'],
  [
    'no-lone-blocks',
    'apps/worker/src/m.ts',
    'export function busy(): void { { console.log(1); } }',
  ],
];

interface LintResult {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null }[];
}

describe('the gate for code', () => {
  let house: HouseCopy;

  beforeAll(() => {
    house = new HouseCopy('settings');
    for (const [, file, text] of SINS) house.write(file, `${text}\n`);
  });

  afterAll(() => house.dispose());

  it('turns red for each rule of our own choice', () => {
    const { output } = house.run('eslint/bin/eslint.js', '--format', 'json', 'apps', 'libs');

    const results = JSON.parse(output) as LintResult[];
    const found = new Set(
      results.flatMap(({ filePath, messages }) =>
        messages.map(
          ({ ruleId }) => `${ruleId ?? ''} in ${filePath.slice(house.folder.length + 1)}`,
        ),
      ),
    );
    const expected = SINS.map(([rule, file]) => `${rule} in ${file}`);
    expect(expected.filter((line) => !found.has(line))).toEqual([]);
  });

  it('turns red for a file that is not formatted', () => {
    const { ok, output } = house.run(
      'prettier/bin/prettier.cjs',
      '--check',
      'libs/domain/src/f.ts',
    );

    expect(ok).toBe(false);
    expect(output).toContain('libs/domain/src/f.ts');
  });
});

describe('the gates that need the whole house', () => {
  let house: HouseCopy;

  beforeAll(() => {
    house = new HouseCopy('sources');
    const unsafe = 'export const first = (list: string[]): string => list[0];\n';
    house.write('libs/domain/src/unsafe-and-unused.ts', `/** Nobody calls it. */\n${unsafe}`);
  });

  afterAll(() => house.dispose());

  it('turn red for an index that may be missing', () => {
    const { ok, output } = house.run('typescript7/bin/tsc', '-p', 'tsconfig.json', '--noEmit');

    expect(ok).toBe(false);
    expect(output).toContain('libs/domain/src/unsafe-and-unused.ts');
  });

  it('turn red for code that nobody uses', () => {
    const { ok, output } = house.run('knip/bin/knip.js', '--no-progress');

    expect(ok).toBe(false);
    expect(output).toContain('libs/domain/src/unsafe-and-unused.ts');
  });
});
