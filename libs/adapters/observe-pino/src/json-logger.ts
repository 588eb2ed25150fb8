import { destination as openDestination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import type { LogFields, Logger } from '#foundation';
import { LineBatch } from './line-batch.ts';
import { redactValue } from './redact.ts';

/** From which level on lines are written. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Options of a logger. */
export interface LoggerOptions {
  /** Default: info. */
  readonly level?: LogLevel;
  /** Fields of every line, such as the name of the process. */
  readonly fields?: LogFields;
  /** Takes whole lines. Default: standard output, in batches. */
  readonly destination?: DestinationStream;
}

/** Names that the line itself uses. */
const LINE_NAMES = new Set(['level', 'time', 'event']);

function safeFields(fields: LogFields): Record<string, unknown> {
  const copy = redactValue(fields) as Record<string, unknown>;
  if (!Object.keys(copy).some((name) => LINE_NAMES.has(name))) return copy;
  const renamed = Object.entries(copy).map(([name, value]) =>
    LINE_NAMES.has(name) ? [`_${name}`, value] : [name, value],
  );
  return Object.fromEntries(renamed) as Record<string, unknown>;
}

/** @param flush Called behind what somebody may have to act on. */
function over(lines: Pino, flush: () => void): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: LogFields) => {
    if (!lines.isLevelEnabled(level)) return;
    lines[level](safeFields(fields ?? {}), event);
    if (level === 'warn' || level === 'error') flush();
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    child: (fields) => over(lines.child(safeFields(fields)), flush),
  };
}

/** A logger that writes one JSON object a line: `level`, `time` (ISO 8601), `event`, then the fields. */
export function openLogger(options: LoggerOptions = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: safeFields(options.fields ?? {}),
    messageKey: 'event',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (options.destination !== undefined) {
    return over(pino(settings, options.destination), () => undefined);
  }
  const output = openDestination({ dest: 1, sync: true });
  const batch = new LineBatch((text) => output.write(text));
  const flush = (): void => batch.flush();
  process.once('exit', flush);
  return over(pino(settings, batch), flush);
}
