#!/usr/bin/env node
// The `callcast` command: plain Node, so that it can say what is missing in a fresh clone.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../../dist/apps/cli/src/callcast.js', import.meta.url);
const [command, ...rest] = process.argv.slice(2);
const wantsHelp = rest.includes('--help') || rest.includes('-h');

if (command === 'doctor' && !wantsHelp) {
  await import('./bootstrap.mjs');
} else if (existsSync(fileURLToPath(built))) {
  await import(built.href);
} else {
  console.error('callcast is not built yet. In its repository: npm ci && npm run build');
  process.exitCode = 2;
}
