import { createWriteStream, mkdirSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { join } from 'node:path';
import { formatLogLine } from './log-line.ts';
import type { LogLine } from './log-line.ts';

/** From which level on lines reach the terminal. */
export type Verbosity = 'info' | 'error';

const SHOWN: Readonly<Record<Verbosity, readonly string[]>> = {
  info: ['info', 'warn', 'error'],
  error: ['error'],
};

/** The lines of all processes: every one in a file per process, the shown ones on the terminal. */
export class ProcessLogs {
  readonly #folder: string;
  readonly #verbosity: Verbosity;
  readonly #files = new Map<string, WriteStream>();

  constructor(folder: string, verbosity: Verbosity) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#verbosity = verbosity;
  }

  take(source: string, line: LogLine): void {
    const text = formatLogLine(source, line);
    this.#file(source).write(`${text}\n`);
    if (SHOWN[this.#verbosity].includes(line.level)) process.stderr.write(`${text}\n`);
  }

  close(): void {
    for (const file of this.#files.values()) file.end();
    this.#files.clear();
  }

  #file(source: string): WriteStream {
    const known = this.#files.get(source);
    if (known !== undefined) return known;
    const file = createWriteStream(join(this.#folder, `${source}.log`));
    // A full disk must not end the calls.
    file.on('error', () => undefined);
    this.#files.set(source, file);
    return file;
  }
}
