import { invariant } from '#foundation';

interface Line {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** Without the spaces and tabs around it; other white space (U+FEFF, U+00A0) is text. */
export function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start += 1;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(start, end);
}

function toLine(name: string, value: string): Line {
  invariant(/^[\w\-.!%*+`'~]+$/.test(name), 'a header name is a token');
  // A line break in a value would start a header of the value's own choosing.
  invariant(!/[\r\n]/.test(value), 'a header value is one line');
  return { key: name.toLowerCase(), name, value: trimSpaces(value) };
}

/**
 * The headers of a message: an ordered multimap. Names are compared without case and kept as given.
 *
 * @remarks One entry is one header line; a comma list is taken apart by `splitList`. Setting a name or value
 * with a line break in it is a bug of the caller and raises a BugError.
 * @see RFC 3261 section 7.3.1
 */
export class SipHeaders {
  #lines: Line[] = [];

  /** @param entries Name and value of each line, in order. */
  constructor(entries: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of entries) this.append(name, value);
  }

  /** The value of the first line of that name. */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#lines.find((line) => line.key === key)?.value;
  }

  /** The values of all lines of that name, top to bottom; comma lists are not taken apart. */
  getAll(name: string): readonly string[] {
    const key = name.toLowerCase();
    return this.#lines.filter((line) => line.key === key).map((line) => line.value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces all lines of that name by one, in the place of the first (at the end when there was none). */
  set(name: string, value: string): this {
    const line = toLine(name, value);
    const at = this.#lines.findIndex((other) => other.key === line.key);
    if (at < 0) return this.append(name, value);
    this.#lines = this.#lines.filter((other, index) => other.key !== line.key || index === at);
    this.#lines[at] = line;
    return this;
  }

  /** Adds a line below all others. */
  append(name: string, value: string): this {
    this.#lines.push(toLine(name, value));
    return this;
  }

  /** Adds a line above all others. */
  prepend(name: string, value: string): this {
    this.#lines.unshift(toLine(name, value));
    return this;
  }

  /** Drops all lines of that name. */
  remove(name: string): this {
    const key = name.toLowerCase();
    this.#lines = this.#lines.filter((line) => line.key !== key);
    return this;
  }

  /** Name and value of each line, top to bottom. */
  *entries(): Generator<readonly [string, string], void> {
    for (const line of this.#lines) yield [line.name, line.value];
  }

  clone(): SipHeaders {
    const copy = new SipHeaders();
    copy.#lines = [...this.#lines];
    return copy;
  }
}
