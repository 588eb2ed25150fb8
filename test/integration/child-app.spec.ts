import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Watchdog, identifyProcess } from '#adapters/services-local';
import { systemTimers } from '#foundation';
import { ChildApp, ChildStartError } from '../../apps/cli/src/start/child-app.ts';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const READY = `console.log(JSON.stringify({level:'info',event:'app.ready',port:process.env.PORT}));`;
const STAY = `require('node:net').createServer().listen(0,'127.0.0.1');`;

function setup(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-child-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'app.cjs');
  writeFileSync(path, script);
  const events: string[] = [];
  const readyPids: number[] = [];
  let onReady: (() => void) | undefined;
  const watchdog = new Watchdog();
  const app = new ChildApp({
    name: 'app',
    script: path,
    environment: { PORT: '77' },
    readyEvent: 'app.ready',
    watchdog,
    timers: systemTimers,
    onLine: ({ event }) => void events.push(event),
    onReady: (pid) => {
      readyPids.push(pid);
      onReady?.();
    },
  });
  cleanups.push(async () => {
    await app.stop();
    watchdog.release();
  });
  const nextReady = () => new Promise<void>((resolve) => (onReady = resolve));
  return { app, events, readyPids, nextReady };
}

describe('a process of ours', () => {
  it('is started when it says so, with its environment, and gone after the stop', async () => {
    const { app, readyPids } = setup(READY + STAY);

    await app.start();
    const fields = app.readyFields;
    await app.stop();

    expect(fields).toEqual({ port: '77' });
    expect(identifyProcess(readyPids[0] ?? 0)).toBeUndefined();
    expect(app.pid).toBeUndefined();
  });

  it('that crashes is started again', async () => {
    const { app, events, readyPids, nextReady } = setup(READY + STAY);
    await app.start();
    const again = nextReady();

    process.kill(readyPids[0] ?? 0, 'SIGKILL');
    await again;

    expect(app.pid).toBe(readyPids[1]);
    expect(readyPids[1]).not.toBe(readyPids[0]);
    expect(events).toContain('process.crashed');
  });

  it('that does not come up tells its last words', async () => {
    const { app } = setup(`console.error('no database'); process.exit(3);`);

    const start = app.start();

    await expect(start).rejects.toThrow(ChildStartError);
    await expect(start).rejects.toThrow(/ended with 3[^]*no database/);
  });

  it('survives being started and stopped twice', async () => {
    const { app, readyPids } = setup(READY + STAY);

    await app.start();
    await app.start();
    await app.stop();
    await app.stop();

    expect(readyPids).toHaveLength(1);
  });
});
