import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const BUILT = new URL('../../dist/apps/dashboard/', import.meta.url);
const MOST_BYTES = 250_000;

const page = readFileSync(new URL('index.html', BUILT), 'utf8');
const read = (file: string): Buffer =>
  readFileSync(new URL(file.replace('/dashboard/', ''), BUILT));

const SOURCES = new URL('../../apps/dashboard/src/', import.meta.url);
const STYLES = new URL('../../node_modules/@mantine/core/styles/', import.meta.url);

/** What the pages take from Mantine. */
function componentsInUse(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('.tsx'))
    .map((file) => readFileSync(new URL(file, SOURCES), 'utf8'));
  const imports = texts.flatMap((text) => [
    ...text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g),
  ]);
  return imports.flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
}

describe('the styles of the dashboard', () => {
  it('are there for all that its pages use', () => {
    const styles = readFileSync(new URL('mantine.css', SOURCES), 'utf8');
    const used = [...new Set(componentsInUse())].filter((name) =>
      existsSync(new URL(`${name}.css`, STYLES)),
    );

    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !styles.includes(`/${name}.css'`))).toEqual([]);
  });
});

describe('the dashboard as it is built', () => {
  it('loads at first no more than 250 kB, compressed', () => {
    const files = [...page.matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)].map(
      ([, file]) => file,
    );
    expect(files.filter((file) => file?.endsWith('.js')).length).toBeGreaterThan(0);
    expect(files.filter((file) => file?.endsWith('.css')).length).toBeGreaterThan(0);

    const bytes = files.reduce((sum, file) => sum + gzipSync(read(file ?? '')).length, 0);

    expect(bytes + gzipSync(page).length).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('needs nothing that the policy of its page forbids', () => {
    expect(page).toContain('content="__CSP_NONCE__"');
    expect(page).not.toMatch(/<style|style="|<script(?![^>]* src=)| on\w+="/);
    expect(page).not.toMatch(/(?:src|href)="(?!\/dashboard\/)/);
  });
});
