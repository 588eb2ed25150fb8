import { describe, expect, it } from 'vitest';
import { catalogEntry } from '../errors/catalog.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { REDIAL_CODES, redialAfter } from './redial-policy.ts';
import type { RedialPolicy } from './redial-policy.ts';
import { verdictOf } from './verdict.ts';

const redial: RedialPolicy = { attempts: 3, backoffSeconds: [5, 60], on: ['SIP_BUSY'] };
const after = (
  redials: number,
  code: ErrorCode = 'SIP_BUSY',
  policy: RedialPolicy | null = redial,
) => redialAfter({ redial: policy, redials, verdict: verdictOf('failed', code) });

describe('a redial policy', () => {
  it('waits as it was told, and the last time for all that follow, until the tries are used up', () => {
    expect([0, 1, 2, 3].map((redials) => after(redials))).toEqual([
      { attempt: 1, delayMs: 5_000 },
      { attempt: 2, delayMs: 60_000 },
      { attempt: 3, delayMs: 60_000 },
      undefined,
    ]);
  });

  it('is for its own verdicts, and there may be none', () => {
    expect(after(0, 'SIP_NO_ANSWER')).toBeUndefined();
    expect(after(0, 'SIP_BUSY', null)).toBeUndefined();
  });

  it('leaves alone what did not fail', () => {
    const verdict = verdictOf('canceled', 'SIP_BUSY');

    expect(redialAfter({ redial, redials: 0, verdict })).toBeUndefined();
  });

  it('is never for what the callee or its login has refused, nor for faults of ours', () => {
    const faults = REDIAL_CODES.map((code) => catalogEntry(code).fault);

    expect(new Set(faults)).toEqual(new Set(['callee', 'carrier']));
    expect(REDIAL_CODES).not.toContain('SIP_DECLINED');
    expect(REDIAL_CODES).not.toContain('SIP_NOT_FOUND');
  });
});
