import type { ApiAddress } from '../../apps/cli/src/control/config.ts';
import { runCommand } from '../../apps/cli/src/control/run-command.ts';
import type { Terminal } from '../../apps/cli/src/control/terminal.ts';

/** What is set up for a run of `callcast`. */
export interface CommandRunOptions {
  /** Default: nobody looks on. */
  readonly columns?: number;
  /** What is typed when secrets are asked for, one after the other. */
  readonly secrets?: readonly string[];
}

/** One run of the `callcast` command, in this process. */
export class CommandRun implements Terminal {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly printed: string[] = [];
  readonly notes: string[] = [];
  /** Every line that was shown for a while. */
  readonly shown: string[] = [];
  /** What was asked for. */
  readonly questions: string[] = [];
  readonly exit: Promise<number>;
  readonly #leaving = new AbortController();
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(argv: readonly string[], address: ApiAddress, options: CommandRunOptions = {}) {
    const { columns, secrets = [] } = options;
    this.isTty = columns !== undefined;
    this.columns = columns;
    this.exit = runCommand(argv, {
      terminal: this,
      signal: this.#leaving.signal,
      root: '/nowhere',
      readAddress: () => address,
      askSecrets: (questions) => {
        this.questions.push(...questions);
        return Promise.resolve(questions.map((_, index) => secrets[index] ?? ''));
      },
    }).finally(() => {
      this.#isOver = true;
      this.#tell();
    });
  }

  /** All that was printed, as JSON. */
  get objects(): readonly Record<string, unknown>[] {
    return this.printed.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  print(line: string): void {
    this.printed.push(line);
    this.#tell();
  }

  note(line: string): void {
    this.notes.push(line);
    this.#tell();
  }

  show(line: string | undefined): void {
    if (line !== undefined) this.shown.push(line);
    this.#tell();
  }

  /** Ctrl-C. */
  leave(): void {
    this.#leaving.abort();
  }

  /** Waits until that was printed, noted or shown. @throws Error when the run ends without. */
  async until(text: string | RegExp): Promise<string> {
    for (;;) {
      const lines = [...this.printed, ...this.notes, ...this.shown];
      const found = lines.find((line) =>
        typeof text === 'string' ? line.includes(text) : text.test(line),
      );
      if (found !== undefined) return found;
      if (this.#isOver)
        throw new Error(`it has ended without ${String(text)}: ${lines.join('\n')}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #tell(): void {
    for (const resolve of [...this.#waiting]) resolve();
    this.#waiting.clear();
  }
}
