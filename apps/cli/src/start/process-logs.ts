import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CappedFile } from './capped-file.ts';
import { formatLogLine } from './log-line.ts';
import type { LogLine } from './log-line.ts';

/** From which level on lines reach the terminal. */
export type Verbosity = 'info' | 'error';

const SHOWN: Readonly<Record<Verbosity, readonly string[]>> = {
  info: ['info', 'warn', 'error'],
  error: ['error'],
};

/** Per process; as much again is kept in the older file. */
const MAX_FILE_BYTES = 20_000_000;

/** The lines of all processes: every one in a file per process, the shown ones on the terminal. */
export class ProcessLogs {
  readonly #folder: string;
  readonly #verbosity: Verbosity;
  readonly #maxFileBytes: number;
  readonly #files = new Map<string, CappedFile>();

  constructor(folder: string, verbosity: Verbosity, maxFileBytes = MAX_FILE_BYTES) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#verbosity = verbosity;
    this.#maxFileBytes = maxFileBytes;
  }

  take(source: string, line: LogLine): void {
    const text = formatLogLine(source, line);
    this.#file(source).write(text);
    if (SHOWN[this.#verbosity].includes(line.level)) process.stderr.write(`${text}\n`);
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #file(source: string): CappedFile {
    const known = this.#files.get(source);
    if (known !== undefined) return known;
    const file = new CappedFile(join(this.#folder, `${source}.log`), this.#maxFileBytes);
    this.#files.set(source, file);
    return file;
  }
}
