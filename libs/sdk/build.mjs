// Compiles the SDK for both kinds of modules, with types that need neither Node's nor the DOM's beyond fetch.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const compiler = here('../../node_modules/typescript7/bin/tsc');

rmSync(here('dist'), { recursive: true, force: true });
for (const [kind, type, flags] of [
  ['esm', 'module', []],
  ['cjs', 'commonjs', ['--module', 'commonjs', '--moduleResolution', 'bundler']],
]) {
  const args = [compiler, '-p', here('tsconfig.json'), '--outDir', here(`dist/${kind}`), ...flags];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(here(`dist/${kind}`), { recursive: true });
  writeFileSync(here(`dist/${kind}/package.json`), `${JSON.stringify({ type })}\n`);
}
