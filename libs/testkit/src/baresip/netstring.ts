/** Longest number in front of a netstring that is believed. */
const MAX_LENGTH_DIGITS = 6;

/** One netstring: the length in bytes, a colon, the text, a comma. */
export function buildNetstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** Cuts a stream of bytes into netstrings. */
export class NetstringReader {
  #left: Buffer = Buffer.alloc(0);

  /** The texts that are whole by now. @throws Error when the stream is none of netstrings. */
  read(chunk: Buffer): readonly string[] {
    this.#left = Buffer.concat([this.#left, chunk]);
    const texts: string[] = [];
    for (;;) {
      const colon = this.#left.indexOf(':');
      if (colon < 0 && this.#left.length <= MAX_LENGTH_DIGITS) return texts;
      const digits = this.#left.toString('latin1', 0, Math.max(0, colon));
      if (!/^\d{1,6}$/.test(digits)) throw new Error('this is no netstring');
      const end = colon + 1 + Number(digits);
      if (this.#left.length <= end) return texts;
      if (this.#left[end] !== ','.charCodeAt(0)) throw new Error('this is no netstring');
      texts.push(this.#left.toString('utf8', colon + 1, end));
      this.#left = this.#left.subarray(end + 1);
    }
  }
}
