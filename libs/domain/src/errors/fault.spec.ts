import { describe, expect, it } from 'vitest';
import { verdictOfFault } from '../calls/verdict.ts';
import { ERROR_CATALOG } from './catalog.ts';
import { Fault } from './fault.ts';

describe('the catalog', () => {
  it.each(Object.entries(ERROR_CATALOG))(
    '%s has a whole sentence and an HTTP status',
    (code, entry) => {
      expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
      expect(entry.summary).toMatch(/^[A-Z].*[.]$/);
      expect(entry.httpStatus).toBeGreaterThanOrEqual(200);
    },
  );

  it('never advises to try again once an INVITE has left', () => {
    const sip = Object.entries(ERROR_CATALOG).filter(([code]) => code.startsWith('SIP_'));

    expect(new Set(sip.map(([, entry]) => entry.retry))).toEqual(new Set(['never']));
  });
});

describe('a fault', () => {
  it('bounds its detail and keeps its cause', () => {
    const cause = new Error('socket');
    const fault = new Fault('RTMP_LOST', { detail: 'x'.repeat(1_000), cause });

    expect(fault.detail).toHaveLength(300);
    expect(new Fault('RTMP_LOST', { detail: `${'x'.repeat(299)}\u{1f4de}` }).detail).toBe(
      `${'x'.repeat(299)} `,
    );
    expect(new Fault('RTMP_LOST', { detail: 'a\u0000b' }).detail).toBe('a b');
    expect(fault.cause).toBe(cause);
  });

  it('becomes a verdict that says who must act', () => {
    const options = { detail: '486 Busy Here' };
    const verdict = { result: 'failed', code: 'SIP_BUSY', fault: 'callee', ...options };

    expect(verdictOfFault(new Fault('SIP_BUSY', options))).toStrictEqual(verdict);
    expect(verdictOfFault(new Fault('SIP_BUSY', { ...options, sipStatus: 486 }))).toStrictEqual({
      ...verdict,
      sipStatus: 486,
    });
  });
});
