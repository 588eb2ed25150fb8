import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const PROGRAM = new URL('../../apps/cli/callcast.mjs', import.meta.url).pathname;

/** The `callcast` command as a user starts it, in a process of its own. */
export class CallcastProcess {
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Set<() => void>();
  #output = '';
  #errors = '';
  #isOver = false;

  constructor(
    args: readonly string[],
    options: { readonly settings: Readonly<Record<string, string>>; readonly input?: string },
  ) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { PATH: process.env['PATH'], ...options.settings },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#tell();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#child.stdin.on('error', () => undefined).end(options.input ?? '');
    this.exit = once(this.#child, 'close').then(([code]: (number | null)[]) => {
      this.#isOver = true;
      this.#tell();
      return code ?? null;
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Waits until that was printed. @throws Error when the process ends without. */
  async until(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#isOver) throw new Error(`no ${text}: ${this.#output}${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Ends it, if it has not ended yet. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
  }

  #tell(): void {
    for (const resolve of [...this.#waiting]) resolve();
    this.#waiting.clear();
  }
}
