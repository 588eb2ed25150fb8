const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/** A text that must not be printed. Logs, JSON and string conversion show `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The text itself. Search for this name to find every place that opens a secret. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspectSymbol](): string {
    return '[secret]';
  }
}
