/** Fields of a log line; secrets print themselves as `[secret]`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where services report. `event` is a stable dotted name (`call.answered`), an interface of its own.
 * Level says who must act: error = us, warn = someone else, info = lifecycle, debug = the rest.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
