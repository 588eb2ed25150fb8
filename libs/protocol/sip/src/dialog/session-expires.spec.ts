import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sipRequest } from '#testkit';
import {
  grantedTerms,
  minSessionExpiresOf,
  sessionExpiresOf,
  supportsSessionTimer,
} from './session-expires.ts';

type Headers = readonly (readonly [string, string])[];

const withHeaders = (...headers: Headers): ReturnType<typeof sipRequest> => sipRequest({ headers });

describe('Session-Expires', () => {
  it.each([
    { value: '1800', seconds: 1800, refresher: undefined },
    { value: '90;refresher=uac', seconds: 90, refresher: 'uac' },
    { value: '90 ; refresher = UAS ; x=1', seconds: 90, refresher: 'uas' },
    { value: '90;refresher=nobody', seconds: 90, refresher: undefined },
    { value: '4294967295', seconds: 2_000_000, refresher: undefined },
  ])('reads $value', ({ value, seconds, refresher }) => {
    expect(sessionExpiresOf(withHeaders(['Session-Expires', value]))).toEqual({
      seconds,
      refresher,
    });
  });

  it.each(['', 'soon', '-1', '1.5', '12345678901', '90,90'])('does not read "%s"', (value) => {
    expect(sessionExpiresOf(withHeaders(['Session-Expires', value]))).toBeUndefined();
  });

  it('takes any text without an error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const message = withHeaders(
          ['Session-Expires', text.replace(/[\r\n]/g, '')],
          ['Min-SE', text.replace(/[\r\n]/g, '')],
        );
        expect(sessionExpiresOf(message)?.seconds ?? 0).toBe(minSessionExpiresOf(message));
      }),
    );
  });
});

describe('Min-SE', () => {
  it('is 0 when there is none', () => {
    expect(minSessionExpiresOf(sipRequest())).toBe(0);
  });

  it('may have parameters', () => {
    expect(minSessionExpiresOf(withHeaders(['Min-SE', '120;x=1']))).toBe(120);
  });
});

describe('the option tag', () => {
  it.each([
    { headers: [['Supported', '100rel, Timer']] as Headers, isAble: true },
    { headers: [['Require', 'timer']] as Headers, isAble: true },
    { headers: [['Supported', 'timers']] as Headers, isAble: false },
    { headers: [] as Headers, isAble: false },
  ])('in $headers', ({ headers, isAble }) => {
    expect(supportsSessionTimer(withHeaders(...headers))).toBe(isAble);
  });
});

describe('what our 2xx grants', () => {
  const OURS = { seconds: 600, isRefresher: true };
  const THEIRS = { seconds: 600, isRefresher: false };
  const ABLE = ['Supported', 'timer'] as const;

  it.each([
    { asked: '120;refresher=uac', isAble: true, current: OURS, seconds: 120, isRefresher: false },
    { asked: '120;refresher=uas', isAble: true, current: THEIRS, seconds: 120, isRefresher: true },
    { asked: '120', isAble: true, current: undefined, seconds: 120, isRefresher: false },
    { asked: '120', isAble: false, current: undefined, seconds: 120, isRefresher: true },
    { asked: undefined, isAble: true, current: THEIRS, seconds: 600, isRefresher: false },
    { asked: undefined, isAble: false, current: OURS, seconds: 600, isRefresher: true },
  ])(
    'for $asked, able $isAble, after $current',
    ({ asked, isAble, current, seconds, isRefresher }) => {
      const headers = [
        ...(asked === undefined ? [] : [['Session-Expires', asked] as const]),
        ...(isAble ? [ABLE] : []),
      ];

      expect(grantedTerms(withHeaders(...headers), current)).toEqual({ seconds, isRefresher });
    },
  );

  it.each([
    { name: 'nobody ever asked', headers: [ABLE] as Headers, current: undefined },
    { name: 'the refresher knows no timers', headers: [] as Headers, current: THEIRS },
  ])('nothing when $name', ({ headers, current }) => {
    expect(grantedTerms(withHeaders(...headers), current)).toBeUndefined();
  });
});
