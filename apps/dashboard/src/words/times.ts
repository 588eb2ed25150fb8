const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number): string => String(value).padStart(2, '0');

/** How long something takes or has lasted: `850 ms`, `4.2 s`, `2:05`, `3:04:05`, `2 d 03:04`. */
export function durationText(ms: number): string {
  if (!(ms > 0)) return '0 s';
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  const [hours, minutes] = [Math.floor(ms / HOUR), Math.floor(ms / MINUTE)];
  if (ms < HOUR) return `${minutes}:${two(Math.floor(ms / SECOND) % 60)}`;
  if (ms < DAY) return `${hours}:${two(minutes % 60)}:${two(Math.floor(ms / SECOND) % 60)}`;
  return `${Math.floor(ms / DAY)} d ${two(hours % 24)}:${two(minutes % 60)}`;
}

/** The same in whole seconds, for what ticks. */
export const ticksText = (ms: number): string =>
  ms < MINUTE ? `${Math.max(0, Math.floor(ms / SECOND))} s` : durationText(ms);

/** From one moment to another; undefined where either is none. */
export function msBetween(from: string, to: string): number | undefined {
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isNaN(ms) ? undefined : ms;
}

const MOMENT = new Intl.DateTimeFormat(undefined, {
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  timeZoneName: 'short',
});
const TIME = new Intl.DateTimeFormat(undefined, {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  fractionalSecondDigits: 3,
});

const format = (formatter: Intl.DateTimeFormat, at: string): string => {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : formatter.format(ms);
};

/** A moment in the zone of the browser, with the zone's name. */
export const momentText = (at: string): string => format(MOMENT, at);

/** The time of day of a moment, to the millisecond, where the day and the zone stand beside it. */
export const timeText = (at: string): string => format(TIME, at);

/** The zone that times are shown in. */
export const zoneName = (): string => TIME.resolvedOptions().timeZone;
