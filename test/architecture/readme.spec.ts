import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KNOWN_SETTINGS } from '#contracts';
import { callLifecycle, drawLifecycle, outputLifecycle } from '#domain';
import type { Lifecycle } from '#domain';

const ROOT = new URL('../..', import.meta.url).pathname;
const README = join(ROOT, 'README.md');

const drawings: readonly (readonly [string, Lifecycle<string, string, string>])[] = [
  ['call', callLifecycle],
  ['output', outputLifecycle],
];

const block = (name: string): RegExp =>
  new RegExp(
    `(<!-- lifecycle:${name} -->\n\`\`\`mermaid\n)([^]*?)(\`\`\`\n<!-- /lifecycle:${name} -->)`,
  );

describe('the README', () => {
  // `UPDATE_DRAWINGS=1 npx vitest run … readme` writes them anew.
  it.each(drawings)('draws the life of a %s as its table has it', (name, lifecycle) => {
    const drawing = `${drawLifecycle(lifecycle)}\n`;
    const text = readFileSync(README, 'utf8');
    if (process.env['UPDATE_DRAWINGS'] === '1') {
      writeFileSync(README, text.replace(block(name), `$1${drawing}$3`));
    }

    expect(block(name).exec(readFileSync(README, 'utf8'))?.[2]).toBe(drawing);
  });

  it('has every setting and no other', () => {
    const named = readFileSync(README, 'utf8').matchAll(/^\| `(CALLCAST_[A-Z_]+)` \|/gm);

    expect([...named].map(([, name]) => name).sort()).toEqual([...KNOWN_SETTINGS].sort());
  });

  it('describes every command of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = readFileSync(README, 'utf8');

    const missing = Object.keys(scripts).filter(
      (name) => !new RegExp(`\`(?:npm (?:run )?)?${name}\\b`).test(text),
    );
    expect(missing).toEqual([]);
  });
});
