import type { Call, CallStats, Event } from '#sdk';
import { printable } from './terminal.ts';

const VALUE_LIMIT = 60;

/** How long something lasts or has lasted: `7 s`, `3:05`, `1:00:07`, `12 d`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} d`;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours = 0, ...rest] = parts;
  const clock = hours === 0 ? rest : parts;
  return clock
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

/** Why a call has ended; empty for one that has not. */
export const verdictText = ({ verdict }: Call): string =>
  verdict === null ? '' : `${verdict.result}: ${verdict.code}: ${verdict.detail}`;

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_LIMIT ? `${text.slice(0, VALUE_LIMIT - 1)}…` : text;
}

/** One line for an event. */
export function eventText(
  { at, callId, type, data }: Event,
  options: { ofOneCall: boolean },
): string {
  const details = Object.entries(data)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${valueText(value)}`);
  const whose = options.ofOneCall ? [] : [callId];
  return printable([at, ...whose, type, ...details].join('  '));
}

const on = (value: number | null, unit: string, digits = 0): string[] =>
  value === null ? [] : [`${value.toFixed(digits)} ${unit}`];

/** The state of a call in one line, for people who look on. */
export function progressText(call: Call, stats: CallStats | undefined, nowMs: number): string {
  const since = Date.parse(call.answeredAt ?? call.createdAt);
  const figures =
    stats === undefined || call.answeredAt === null
      ? []
      : [
          `${stats.audio.lost} lost`,
          ...on(stats.audio.levelDbfs, 'dBFS'),
          ...on(stats.audio.mos, 'MOS', 1),
        ];
  return printable(
    [call.state, call.broadcast, durationText(nowMs - since), ...figures].join(' · '),
  );
}
