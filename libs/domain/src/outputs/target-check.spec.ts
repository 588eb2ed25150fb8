import { describe, expect, it } from 'vitest';
import { CHECK_STEPS, judgeTarget } from './target-check.ts';
import type { CheckedTarget, TargetAttempt } from './target-check.ts';

const TARGET: CheckedTarget = {
  host: 'live.example.org',
  hasLogin: false,
  plan: {
    secure: false,
    audio: { codec: 'aac', sampleRate: 44_100, channels: 1, bitrateKbps: 64 },
  },
};

const attempt = (count: number, failure: TargetAttempt['failure'] = null): TargetAttempt => ({
  steps: CHECK_STEPS.filter((step) => step !== 'secure')
    .slice(0, count)
    .map((step, index) => ({ step, ms: index, detail: '' })),
  failure,
  enhancedRtmp: null,
});

describe('a check of a target', () => {
  it('is fine when the stream was taken for its second', () => {
    expect(judgeTarget(attempt(7), TARGET)).toMatchObject({
      ok: true,
      platform: 'generic',
      problem: null,
      rules: [],
    });
  });

  it('is not fine when a rule of the platform breaks the stream that was taken', () => {
    const check = judgeTarget(attempt(7), { ...TARGET, platform: 'youtube' });

    expect(check).toMatchObject({ ok: false, platform: 'youtube', problem: null });
    expect(check.rules[0]).toMatchObject({ level: 'breaks', rule: 'needsVideo' });
  });

  it.each([
    [0, 'resolve'],
    [1, 'connect'],
    [2, 'handshake'],
    [3, 'application'],
    [6, 'media'],
  ])('names what came after %i steps: %s', (count, step) => {
    const failure = { code: 'RTMP_TIMEOUT', detail: 'no answer within 10000 ms' } as const;

    expect(judgeTarget(attempt(count, failure), TARGET).problem).toMatchObject({
      step,
      ...failure,
    });
  });

  it('waits for TLS where the target is RTMPS', () => {
    const plan = { ...TARGET.plan, secure: true };
    const failure = { code: 'RTMP_TLS', detail: 'the certificate has expired' } as const;

    expect(judgeTarget(attempt(2, failure), { ...TARGET, plan }).problem?.step).toBe('secure');
  });

  it('gives advice that knows what was given and what was reached', () => {
    const unknown = attempt(0, { code: 'RTMP_UNREACHABLE', detail: 'the host name is unknown' });
    const refused = attempt(3, { code: 'RTMP_AUTH_REFUSED', detail: 'authmod=adobe' });

    expect(judgeTarget(unknown, TARGET).problem?.advice).toMatch(/spelling/);
    expect(judgeTarget(refused, TARGET).problem?.advice).toMatch(/give `username`/);
    expect(judgeTarget(refused, { ...TARGET, hasLogin: true }).problem?.advice).toMatch(/^Check/);
  });
});
