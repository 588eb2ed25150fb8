/** Where a command writes. */
export interface Terminal {
  /** Whether somebody looks on; else it goes to a file or another program. */
  readonly isTty: boolean;
  /** Width; undefined where nobody looks on. */
  readonly columns: number | undefined;
  /** One line of the result. */
  print(line: string): void;
  /** One line for people, beside the result. */
  note(line: string): void;
  /** Replaces the last line, which is not part of the result; undefined takes it away. Only where somebody looks on. */
  show(line: string | undefined): void;
}

const CLEAR = '\r\u001b[2K';

/** The part of standard output that is needed. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Standard output and standard error. */
export class ProcessTerminal implements Terminal {
  readonly isTty: boolean;
  readonly #out: OutputStream;
  readonly #err: OutputStream;
  #shown = '';

  constructor(out: OutputStream = process.stdout, err: OutputStream = process.stderr) {
    this.isTty = out.isTTY === true;
    this.#out = out;
    this.#err = err;
  }

  get columns(): number | undefined {
    return this.isTty ? this.#out.columns : undefined;
  }

  print(line: string): void {
    this.#above(this.#out, line);
  }

  note(line: string): void {
    this.#above(this.#err, line);
  }

  show(line = ''): void {
    if (!this.isTty || line === this.#shown) return;
    this.#out.write(`${CLEAR}${line}`);
    this.#shown = line;
  }

  /** Lines come above the one that is replaced. */
  #above(stream: OutputStream, line: string): void {
    const shown = this.#shown;
    this.show();
    stream.write(`${line}\n`);
    this.show(shown);
  }
}

/** Text of others as it may be written to a terminal: nothing in it moves the cursor or changes colours. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');

/** Cut to a width, which shows. */
export function fitted(text: string, columns: number | undefined): string {
  if (columns === undefined || text.length <= columns) return text;
  return `${text.slice(0, Math.max(0, columns - 1))}…`;
}
