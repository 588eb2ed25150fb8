import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort, findProgram } from '#adapters/services-local';

/** A Redis of one spec file that can be killed, frozen and brought back on the same port. */
export class RedisProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'callcast-redis-'));
  #port = 0;
  #child: ChildProcess | undefined;

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get #isAlive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it, empty, on the port it had before, unless it runs. */
  async start(): Promise<void> {
    if (this.#isAlive) return;
    if (this.#port === 0) this.#port = await findFreePort();
    const program = findProgram('redis-server') ?? 'redis-server';
    const words = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', ''];
    const child = spawn(program, [...words, '--dir', this.#folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Ready to accept connections')) break;
    }
    child.stdout.resume();
  }

  /** Ends it at once; nothing is kept. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#isAlive) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Makes it keep its connections and say nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
