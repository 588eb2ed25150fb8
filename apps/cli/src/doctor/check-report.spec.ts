import { describe, expect, it } from 'vitest';
import type { TargetCheck } from '#domain';
import { formatCheck } from './check-report.ts';

const GOOD: TargetCheck = {
  ok: true,
  platform: 'generic',
  steps: [
    { step: 'resolve', ms: 1.2, detail: '192.0.2.7' },
    { step: 'connect', ms: 12.6, detail: '' },
  ],
  problem: null,
  enhancedRtmp: null,
  rules: [],
};

describe('the report on a target', () => {
  it('is a line for each step', () => {
    expect(formatCheck('rtmp://host/live', GOOD).split('\n')).toEqual([
      'rtmp://host/live (an RTMP server)',
      '  ok      host name resolved: 192.0.2.7 (1 ms)',
      '  ok      TCP connection (13 ms)',
      '',
      'This target can go on air.',
    ]);
  });

  it('tells what failed, what to do about it, and what the platform wants', () => {
    const text = formatCheck('rtmp://host/live', {
      ...GOOD,
      ok: false,
      platform: 'facebook',
      problem: { step: 'publish', code: 'RTMP_REFUSED', detail: 'Denied', advice: 'Take another.' },
      rules: [
        { level: 'breaks', rule: 'needsTls', text: 'Facebook takes RTMPS only.' },
        { level: 'advice', rule: 'duration', text: 'Facebook ends it after 8 hours.' },
      ],
    });

    expect(text.split('\n').slice(3)).toEqual([
      '  FAILED  publish accepted: RTMP_REFUSED: Denied',
      '          Take another.',
      '  BREAKS  Facebook takes RTMPS only.',
      '  note    Facebook ends it after 8 hours.',
      '',
      'This target cannot go on air as it is.',
    ]);
  });
});
