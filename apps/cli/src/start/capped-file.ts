import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * A file of lines, begun empty, that holds at most `maxBytes`. When a line does not fit, what was
 * there becomes `<path>.1`, in place of the one before, and the line begins the file anew.
 */
export class CappedFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: number | undefined;
  #isBegun = false;
  #bytes = 0;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** Never throws: a full disk must not end the calls. The line is lost then. */
  write(line: string): void {
    const data = Buffer.from(`${line}\n`).subarray(0, this.#maxBytes);
    try {
      if (!this.#isBegun) rmSync(this.#older, { force: true });
      this.#isBegun = true;
      if (this.#file !== undefined && this.#bytes + data.length > this.#maxBytes) this.#turnOver();
      this.#file ??= openSync(this.#path, 'w');
      this.#bytes += writeSync(this.#file, data);
    } catch {
      // Lost; there is no other place to tell of it.
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#bytes = 0;
  }

  get #older(): string {
    return `${this.#path}.1`;
  }

  #turnOver(): void {
    renameSync(this.#path, this.#older);
    this.close();
  }
}
