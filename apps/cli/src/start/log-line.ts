/** One line of a process of ours: JSON with `event` and fields, or plain text. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly time: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

const OMITTED = new Set(['level', 'event', 'time', 'service', 'pid', 'hostname']);

function textLine(text: string): LogLine {
  return { level: 'info', event: text, time: undefined, fields: {} };
}

/** Reads a line; what is no JSON object of ours is a text. */
export function parseLogLine(text: string): LogLine {
  if (!text.startsWith('{')) return textLine(text);
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const { level, event, time } = parsed;
    if (typeof level !== 'string' || typeof event !== 'string') return textLine(text);
    const fields = Object.entries(parsed).filter(([name]) => !OMITTED.has(name));
    return {
      level,
      event,
      time: typeof time === 'string' ? time : undefined,
      fields: Object.fromEntries(fields),
    };
  } catch {
    return textLine(text);
  }
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(value) : text;
}

/** One readable line: time, who, level, event, fields. */
export function formatLogLine(source: string, { level, event, time, fields }: LogLine): string {
  const clock = time?.slice(11, 23) ?? ' '.repeat(12);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  return [clock, source.padEnd(10), level.padEnd(5), event, ...details].join(' ');
}
