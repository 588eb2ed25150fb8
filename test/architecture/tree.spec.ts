import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, maxBuffer: 1 << 26 })
  .toString()
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));

const TOP_LEVEL = new Set([
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'NOTICE',
  'README.md',
  'apps',
  'bench',
  'deploy',
  'docker-compose.yml',
  'eslint.config.mjs',
  'libs',
  'nest-cli.json',
  'package-lock.json',
  'package.json',
  'prisma',
  'test',
  'tsconfig.json',
]);

const libFolder = /^libs\/(?:(?:adapters|protocol)\/)?[^/]+(?=\/src\/)/;
const libs = [...new Set(tracked.flatMap((file) => libFolder.exec(file)?.[0] ?? []))];

describe('the tree', () => {
  it('has nothing at the top that was not agreed', () => {
    const top = [...new Set(tracked.map((file) => file.split('/')[0] ?? ''))];

    expect(top.filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name))).toEqual([]);
  });

  it.each(libs)('%s has a front door and a README', (lib) => {
    expect(existsSync(join(ROOT, lib, 'src/index.ts'))).toBe(true);
    expect(existsSync(join(ROOT, lib, 'README.md'))).toBe(true);
  });

  it('keeps download addresses out of the lock file', () => {
    const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');

    expect(lock).not.toMatch(/"resolved"/);
  });

  it('uses no name for a folder or file that says nothing', () => {
    const empty = /^(?:common|shared|core|utils?|helpers?|misc|base|manager|data|info|generic)$/;
    const sources = tracked.filter((file) => /^(?:apps|libs)\/.*\.ts$/.test(file));
    const parts = sources.flatMap((file) =>
      file.split('/').map((part) => part.replace(/\..*$/, '')),
    );

    expect(parts.filter((part) => empty.test(part))).toEqual([]);
  });
});
