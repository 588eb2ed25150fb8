import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { RtmpPeer } from '#testkit';

const CLI = new URL('../../apps/cli/', import.meta.url).pathname;
/** Larger than any process id Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-bootstrap-'));
  folders.push(folder);
  return folder;
}

/** Runs Node; `input` is its standard input. */
function node(
  args: readonly string[],
  input?: string,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(input);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Adds one to the number in `count` under the lock, slowly enough that two at once would lose one. */
function countUp(root: string): Promise<{ code: number | null; output: string }> {
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout as pause } from 'node:timers/promises';
    import { withLock } from ${JSON.stringify(join(CLI, 'bootstrap/lock.mjs'))};
    const [root] = process.argv.slice(1);
    await withLock(root, async () => {
      const count = Number(readFileSync(root + '/count', 'utf8'));
      await pause(100);
      writeFileSync(root + '/count', String(count + 1));
    });`;
  return node(['--input-type=module', '-e', script, root]);
}

describe('preparing a copy of the repo', () => {
  it('is done by one process at a time', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'count'), '0');

    await Promise.all(Array.from({ length: 5 }, () => countUp(root)));

    expect(readFileSync(join(root, 'count'), 'utf8')).toBe('5');
  });

  it('is not held up by a lock whose owner is dead', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'count'), '0');
    mkdirSync(join(root, '.callcast'));
    writeFileSync(join(root, '.callcast/bootstrap.lock'), `${NO_PROCESS} 1\n`);

    await Promise.all([countUp(root), countUp(root), countUp(root)]);

    expect(readFileSync(join(root, 'count'), 'utf8')).toBe('3');
  });

  it('is not held up by a lock whose owner has given its id to another process', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'count'), '0');
    mkdirSync(join(root, '.callcast'));
    writeFileSync(join(root, '.callcast/bootstrap.lock'), `${process.pid} 1\n`);

    await countUp(root);

    expect(readFileSync(join(root, 'count'), 'utf8')).toBe('1');
  });
});

describe('the commands', () => {
  it('explain themselves when the name is wrong', async () => {
    const { code, output } = await node([join(CLI, 'bootstrap.mjs'), 'fly']);

    expect(code).toBe(64);
    expect(output).toMatch(/demo[^]*start[^]*dev[^]*test[^]*bench[^]*doctor/);
  });

  it('doctor finds everything that these tests run on', async () => {
    const { code, output } = await node([join(CLI, 'bootstrap.mjs'), 'doctor']);

    expect(output).toContain('programs for npm run demo and npm run bench');
    expect(output).not.toContain('MISSING');
    expect(code).toBe(0);
  });

  it('doctor tries a target that it is given, with the key from standard input', async () => {
    const peer = await RtmpPeer.start({});
    onTestFinished(() => peer.stop());
    const doctor = [join(CLI, 'bootstrap.mjs'), 'doctor', peer.url('live', '').replace(/\/$/, '')];

    const { code, output } = await node(doctor, 'studio-1\n');

    expect(output).toContain('This target can go on air.');
    expect(output).not.toContain('studio-1');
    expect(code).toBe(0);
    expect(peer.commands.find(([name]) => name === 'publish')).toContain('studio-1');
  });

  it('test closes with one line that counts everything', async () => {
    const spec = 'apps/cli/src/arguments.spec.ts';
    const { code, output } = await node([join(CLI, 'bootstrap.mjs'), 'test', spec]);

    const lines = output.match(/^\d+ passed, \d+ failed.*$/gm) ?? [];
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[1-9]\d* passed, 0 failed$/);
    expect(code).toBe(0);
  });

  it('test that runs nothing has failed', async () => {
    const { code, output } = await node([join(CLI, 'bootstrap.mjs'), 'test', 'no-such.spec.ts']);

    expect(output.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });
});
