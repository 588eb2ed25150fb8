import type { CheckStep, Platform, TargetCheck } from '#domain';

const STEP_WORDS: Readonly<Record<CheckStep, string>> = {
  resolve: 'host name resolved',
  connect: 'TCP connection',
  secure: 'TLS',
  handshake: 'RTMP handshake',
  application: 'application accepted',
  stream: 'stream created',
  publish: 'publish accepted',
  media: 'a second of silence published',
};

const PLATFORM_NAMES: Readonly<Record<Platform, string>> = {
  youtube: 'YouTube',
  facebook: 'Facebook',
  twitch: 'Twitch',
  wowza: 'Wowza',
  generic: 'an RTMP server',
};

const line = (mark: string, text: string): string => `  ${mark.padEnd(7)} ${text}`;

/** The outcome of a check in plain words, one thing per line. */
export function formatCheck(url: string, check: TargetCheck): string {
  const { problem, rules, steps, platform, ok } = check;
  const lines = [`${url} (${PLATFORM_NAMES[platform]})`];
  for (const { step, ms, detail } of steps) {
    const what = `${STEP_WORDS[step]}${detail === '' ? '' : `: ${detail}`}`;
    lines.push(line('ok', `${what} (${ms.toFixed(0)} ms)`));
  }
  if (problem !== null) {
    lines.push(line('FAILED', `${STEP_WORDS[problem.step]}: ${problem.code}: ${problem.detail}`));
    lines.push(line('', problem.advice));
  }
  for (const { level, text } of rules)
    lines.push(line(level === 'breaks' ? 'BREAKS' : 'note', text));
  lines.push('', ok ? 'This target can go on air.' : 'This target cannot go on air as it is.');
  return lines.join('\n');
}
