// All of npm test in a copy of what is checked in, installed without its optional packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'callcast-without-optional-'));
try {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\0').filter((name) => name !== ''))
    cpSync(join(root, file), join(copy, file));
  // Some tests ask git for what belongs to the house.
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all', '--force'],
  ])
    execFileSync('git', args, { cwd: copy, stdio: 'inherit' });
  const run = (...args) => spawnSync('npm', args, { cwd: copy, stdio: 'inherit' }).status ?? 1;
  process.exitCode = run('ci', '--omit=optional') || run('test', '--', ...process.argv.slice(2));
} finally {
  rmSync(copy, { recursive: true, force: true });
}
