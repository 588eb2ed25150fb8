import { spawn } from 'node:child_process';
import { systemTimers } from '#foundation';
import { Watchdog, findFreePort } from '#adapters/services-local';
import { ChildApp } from '../../apps/cli/src/start/child-app.ts';
import { appScript } from '../../apps/cli/src/start/app-plan.ts';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const RUNNER = new URL('../support/test-drachtio.mjs', import.meta.url).pathname;

function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('npm run test:drachtio', () => {
  it('runs the tests against a signalling server of another process', async () => {
    const url = `drachtio://:s3cret@127.0.0.1:${await findFreePort()}`;
    const watchdog = new Watchdog();
    const server = new ChildApp({
      name: 'signaling',
      script: appScript(ROOT, 'signaling'),
      environment: {
        CALLCAST_DRACHTIO_URL: url,
        CALLCAST_SIP_PORT: String(await findFreePort({ alsoUdp: true })),
      },
      readyEvent: 'signaling.ready',
      watchdog,
      timers: systemTimers,
      onLine: () => undefined,
      onReady: () => undefined,
    });
    onTestFinished(async () => {
      await server.stop();
      watchdog.release();
    });
    await server.start();

    const { code, output } = await run(url, 'dialer', '-t', 'is hung up by us');

    expect(output).toMatch(/^drachtio v[\d.]+-callcast with SIP on /);
    expect(output).toContain('1 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('says what it wants, and that nobody answers', async () => {
    const nobody = await run(`drachtio://:s3cret@127.0.0.1:${await findFreePort()}`);

    expect((await run('http://127.0.0.1')).output).toContain('usage:');
    expect(nobody.output).toContain('no signalling server answers at 127.0.0.1:');
    expect([nobody.code, (await run()).code]).toEqual([1, 2]);
  });
});
