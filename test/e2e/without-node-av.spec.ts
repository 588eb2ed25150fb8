// The optional package node-av is hidden from every process: what is there works, what is not says so.
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const HOOK = new URL('../support/without-node-av.mjs', import.meta.url).pathname;
/** Specs that meet node-av, and say what they expect where it is not. */
const SPECS = [
  'libs/adapters/aac-libav',
  'libs/adapters/codec-speex-libav',
  'apps/worker/src/aac-encoders.spec',
  'apps/worker/src/audio-decoders.spec',
  'test/conformance/speex.spec',
  'test/conformance/return-silence.spec',
  'test/conformance/codecs.spec',
  'test/conformance/audio-path.spec',
];

/** Runs Node without node-av to its end. */
function nodeWithout(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: `--import=${HOOK}` };
  // A vitest within a vitest would take itself for a worker of the outer one.
  for (const name of Object.keys(env)) if (name.startsWith('VITEST')) env[name] = undefined;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

it('is really hidden', async () => {
  const { code, output } = await nodeWithout(['-e', "require('node-av/lib')"]);

  expect(code).toBe(1);
  expect(output).toContain("Cannot find module 'node-av/lib'");
});

it('puts calls on air, checked and measured', async () => {
  const { code, output } = await nodeWithout(['dist/apps/cli/src/main.js', 'demo', '--once']);

  expect(output).toContain('{"ok":true');
  expect(code).toBe(0);
});

it('passes the tests of what node-av is for, which ask for what is refused', async () => {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose'];
  const { code, output } = await nodeWithout([
    ...vitest,
    ...['--config', '.config/vitest.config.ts', ...SPECS],
  ]);

  expect(output).toMatch(/✓.*says what to install where node-av is not/);
  expect(output).toMatch(/✓.*Speex without node-av is refused with what to install/);
  expect(code, output).toBe(0);
});
