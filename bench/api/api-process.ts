import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endChild } from '../signalling/pinned-process.ts';

const SCRIPTS = {
  ours: fileURLToPath(new URL('../../apps/api/src/main.js', import.meta.url)),
  bare: fileURLToPath(new URL('./bare-process.js', import.meta.url)),
};
/** Who is measured. */
export type ApiName = keyof typeof SCRIPTS;

const START_MS = 30_000;
const LOOK_MS = 50;

/** One of the two servers, in a process of its own. */
export class ApiProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * @param options.logFile Takes its standard output: a pipe would be emptied by the process that makes the load.
   * @param options.nodeOptions For Node.js, as `--cpu-prof`.
   */
  static async start(
    name: ApiName,
    options: {
      readonly logFile: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly nodeOptions: readonly string[];
    },
  ): Promise<ApiProcess> {
    const log = openSync(options.logFile, 'w');
    const child = spawn(process.execPath, [...options.nodeOptions, SCRIPTS[name]], {
      stdio: ['ignore', log, 'inherit'],
      env: { PATH: process.env['PATH'], ...options.environment },
    });
    closeSync(log);
    process.once('exit', () => child.kill('SIGKILL'));
    const untilMs = performance.now() + START_MS;
    while (performance.now() < untilMs && child.exitCode === null) {
      const lines = readFileSync(options.logFile, 'utf8').split('\n');
      const ready = lines.find((line) => line.includes('"api.ready"'));
      if (ready !== undefined) {
        return new ApiProcess(child, (JSON.parse(ready) as { url: string }).url);
      }
      await pause(LOOK_MS);
    }
    await endChild(child);
    throw new Error(`${name} did not start: ${readFileSync(options.logFile, 'utf8')}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await Promise.race([gone, pause(10_000)]);
    await endChild(this.child);
  }
}
