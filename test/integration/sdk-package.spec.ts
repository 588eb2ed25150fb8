import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const COMPILER = join(ROOT, 'node_modules/typescript7/bin/tsc');

/** What a user might write first; one line must not compile. */
const SAMPLE = `
const callcast = new Callcast({ url: 'http://127.0.0.1:3000', apiKey: 'key' });
export async function main(): Promise<string | undefined> {
  const call = await callcast.calls.create({ to: 'sip:room@sip.example.com', outputs: [] });
  const state: 'queued' | string = call.state;
  // @ts-expect-error A call needs somebody to be called.
  await callcast.calls.create({ outputs: [] });
  for await (const event of callcast.events.listen({ callId: call.id })) {
    if (event.type === 'call.ended') break;
  }
  const hook = await verifyHook('{}', { 'webhook-id': 'evt' }, ['whsec_AAAA']);
  try {
    await callcast.calls.hangUp(call.id);
  } catch (error) {
    if (error instanceof CallcastError && error.code === 'CALL_NOT_FOUND') return error.requestId;
  }
  return hook.type + state;
}
`;
const IMPORT = "import { Callcast, CallcastError, verifyHook } from '@callcast/sdk';\n";
const EXPORTS = ['Callcast', 'CallcastError', 'EventStream', 'HookError', 'Pages', 'verifyHook'];

describe('the package @callcast/sdk', () => {
  let folder: string;

  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'callcast-sdk-'));
    execFileSync(
      'npm',
      [
        'pack',
        '--silent',
        '--ignore-scripts',
        '--pack-destination',
        folder,
        join(ROOT, 'libs/sdk'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const place = join(folder, 'node_modules/@callcast/sdk');
    mkdirSync(place, { recursive: true });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    run('tar', '-xzf', archive, '--strip-components=1', '-C', place);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is loaded by import and by require, and is the same', () => {
    const print = 'process.stdout.write(Object.keys(sdk).sort().join())';

    const imported = run(
      process.execPath,
      ...['--input-type=module', '-e', `import * as sdk from '@callcast/sdk'; ${print}`],
    );
    const required = run(process.execPath, '-e', `const sdk = require('@callcast/sdk'); ${print}`);

    expect(imported).toBe(EXPORTS.join());
    expect(required).toBe(EXPORTS.join());
  });

  it('has types for both', () => {
    writeFileSync(join(folder, 'sample.mts'), IMPORT + SAMPLE);
    writeFileSync(join(folder, 'sample.cts'), IMPORT + SAMPLE);

    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    const libs = ['--lib', 'es2022,dom,dom.asynciterable', '--types', ''];
    run(process.execPath, COMPILER, ...flags, ...libs, 'sample.mts', 'sample.cts');
  });

  it('brings nothing but itself, and needs nothing', () => {
    const place = join(folder, 'node_modules/@callcast/sdk');
    const about = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as object;
    const files = readdirSync(place, { recursive: true, encoding: 'utf8' });

    expect(about).not.toHaveProperty('dependencies');
    expect(about).not.toHaveProperty('peerDependencies');
    expect(files.filter((name) => /spec|fake|generator|tsconfig/.test(name))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
  });
});
