import type { ErrorCode } from '#domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOfRefusal, faultOfRefusal, oneLine, tellingHeaders } from './sip-status-map.ts';
import type { RefusedInvite } from './sip-status-map.ts';

const refused = (status: number, change: Partial<RefusedInvite> = {}): RefusedInvite => ({
  status,
  reason: 'Reason',
  headers: {},
  isFromNetwork: true,
  hasRung: false,
  credentials: 'none',
  ...change,
});

const NAMED: Readonly<Record<number, ErrorCode>> = {
  401: 'SIP_AUTH_REFUSED',
  403: 'SIP_DECLINED',
  404: 'SIP_NOT_FOUND',
  407: 'SIP_AUTH_REFUSED',
  408: 'SIP_UNREACHABLE',
  410: 'SIP_NOT_FOUND',
  415: 'SIP_INCOMPATIBLE',
  480: 'SIP_NO_ANSWER',
  484: 'SIP_NOT_FOUND',
  486: 'SIP_BUSY',
  487: 'SIP_NO_ANSWER',
  488: 'SIP_INCOMPATIBLE',
  600: 'SIP_BUSY',
  603: 'SIP_DECLINED',
  604: 'SIP_NOT_FOUND',
  606: 'SIP_INCOMPATIBLE',
  607: 'SIP_DECLINED',
  608: 'SIP_DECLINED',
};

const byClass = (status: number): ErrorCode => {
  if (status < 400) return 'SIP_REDIRECTED';
  return status >= 500 && status < 600 ? 'SIP_PROVIDER_DOWN' : 'SIP_REJECTED';
};

describe('every status from 300 to 699', () => {
  it.each(
    Array.from({ length: 400 }, (_, index) => 300 + index).map((status) => ({
      status,
      code: NAMED[status] ?? byClass(status),
    })),
  )('$status from the network is $code', ({ status, code }) => {
    expect(codeOfRefusal(refused(status))).toBe(code);
  });

  it.each(Array.from({ length: 4 }, (_, index) => [300 + index * 100 + 3]))(
    '%i made up by the server means that nobody was reached',
    (status) => {
      expect(codeOfRefusal(refused(status, { isFromNetwork: false }))).toBe('SIP_UNREACHABLE');
    },
  );
});

describe('what came before', () => {
  it.each([
    { status: 408, hasRung: true, code: 'SIP_NO_ANSWER' },
    { status: 408, hasRung: true, isFromNetwork: false, code: 'SIP_NO_ANSWER' },
    { status: 408, hasRung: false, isFromNetwork: false, code: 'SIP_UNREACHABLE' },
    { status: 503, hasRung: true, isFromNetwork: false, code: 'SIP_UNREACHABLE' },
    { status: 403, credentials: 'unused' as const, code: 'SIP_DECLINED' },
    { status: 403, credentials: 'sent' as const, code: 'SIP_AUTH_REFUSED' },
  ])('decides about $status: %j', ({ status, code, ...change }) => {
    expect(codeOfRefusal(refused(status, change))).toBe(code);
  });
});

describe('the detail', () => {
  it.each([
    ['none', 'no credentials were given'],
    ['unused', 'the challenge could not be answered'],
    ['sent', 'the credentials were refused'],
  ] as const)('of 407 with credentials %s', (credentials, remark) => {
    const { detail } = faultOfRefusal(refused(407, { credentials }), undefined);

    expect(detail).toBe(`407 Reason; ${remark}`);
  });

  it('keeps the cause', () => {
    const cause = new Error('sip');

    expect(faultOfRefusal(refused(486), cause).cause).toBe(cause);
  });

  it('names what tells more, and nothing else', () => {
    const headers = {
      'X-Twilio-Error': '32203',
      'x-twilio-callsid': 'CA1',
      reason: 'Q.850;cause=17',
      'retry-after': '5',
      warning: '399 x "y"',
      server: 'secret',
      'X-Other': '1',
    };

    expect(tellingHeaders(headers)).toEqual([
      'X-Twilio-Error: 32203',
      'x-twilio-callsid: CA1',
      'reason: Q.850;cause=17',
      'retry-after: 5',
      'warning: 399 x "y"',
    ]);
  });

  it('is one bounded line, whatever the network says', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 300 });
    const names = fc.constantFrom('reason', 'warning', 'X-Twilio-Error', 'X-Twilio-CallSid', 'x');
    fc.assert(
      fc.property(anyText, fc.dictionary(names, anyText), (reason, headers) => {
        const { detail } = faultOfRefusal(refused(486, { reason, headers }), undefined);

        expect(detail).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(detail.length).toBeLessThanOrEqual(300);
      }),
    );
  });

  it.each([
    ['a\r\nb', 'a b'],
    ['\0\u0085', ''],
    ['x'.repeat(200), 'x'.repeat(100)],
    [`${'x'.repeat(99)}\u{1f4de}y`, `${'x'.repeat(99)}\u{1f4de}`],
    ['a\ud83db', 'a b'],
  ])('%j is written as %j', (text, line) => {
    expect(oneLine(text)).toBe(line);
  });
});
