import type { LogFields, Logger } from '#foundation';

interface Line {
  readonly event: string;
  readonly fields: LogFields;
}

/** A logger whose lines can be awaited: the signals that tests wait for. */
export class AwaitedLogger implements Logger {
  readonly lines: Line[] = [];
  readonly #waiting = new Set<{ event: string; resolve: (fields: LogFields) => void }>();

  debug = (event: string, fields: LogFields = {}): void => this.#add({ event, fields });
  info = this.debug;
  warn = this.debug;
  error = this.debug;

  child(): Logger {
    return this;
  }

  /** The fields of the next line with that event, from now on. */
  next(event: string): Promise<LogFields> {
    return new Promise((resolve) => {
      this.#waiting.add({ event, resolve });
    });
  }

  #add(line: Line): void {
    this.lines.push(line);
    for (const waiting of this.#waiting) {
      if (waiting.event !== line.event) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(line.fields);
    }
  }
}
