import { describe, expect, it } from 'vitest';
import { formatLogLine, parseLogLine } from './log-line.ts';

describe('a log line', () => {
  it('of ours becomes one readable line', () => {
    const text = JSON.stringify({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      service: 'worker',
      event: 'output.interrupted',
      callId: 'call_1',
      attempt: 2,
      detail: 'the server is gone',
    });

    expect(formatLogLine('worker-1', parseLogLine(text))).toBe(
      '03:04:05.678 worker-1   warn  output.interrupted callId=call_1 attempt=2 detail="the server is gone"',
    );
  });

  it.each(['plain words', '{broken', '{"some":"json"}', '{"level":30,"event":"pino"}'])(
    'that is none is shown as it came: %s',
    (text) => {
      expect(parseLogLine(text)).toMatchObject({ level: 'info', event: text });
    },
  );
});
