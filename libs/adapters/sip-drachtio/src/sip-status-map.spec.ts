import { readFileSync } from 'node:fs';
import type { ErrorCode } from '#domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeInWords } from './release-cause.ts';
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

/**
 * Every final status but the successes in the IANA registry of SIP response codes (sip-parameters), with the verdict
 * of a call whose INVITE gets it from the network.
 */
const REGISTERED: Readonly<Record<number, readonly [reason: string, code: ErrorCode]>> = {
  300: ['Multiple Choices', 'SIP_REDIRECTED'],
  301: ['Moved Permanently', 'SIP_REDIRECTED'],
  302: ['Moved Temporarily', 'SIP_REDIRECTED'],
  305: ['Use Proxy', 'SIP_REDIRECTED'],
  380: ['Alternative Service', 'SIP_REDIRECTED'],
  400: ['Bad Request', 'SIP_REJECTED'],
  401: ['Unauthorized', 'SIP_AUTH_REFUSED'],
  402: ['Payment Required', 'SIP_REJECTED'],
  403: ['Forbidden', 'SIP_DECLINED'],
  404: ['Not Found', 'SIP_NOT_FOUND'],
  405: ['Method Not Allowed', 'SIP_REJECTED'],
  406: ['Not Acceptable', 'SIP_INCOMPATIBLE'],
  407: ['Proxy Authentication Required', 'SIP_AUTH_REFUSED'],
  408: ['Request Timeout', 'SIP_UNREACHABLE'],
  410: ['Gone', 'SIP_NOT_FOUND'],
  412: ['Conditional Request Failed', 'SIP_REJECTED'],
  413: ['Request Entity Too Large', 'SIP_REJECTED'],
  414: ['Request-URI Too Long', 'SIP_REJECTED'],
  415: ['Unsupported Media Type', 'SIP_INCOMPATIBLE'],
  416: ['Unsupported URI Scheme', 'SIP_REJECTED'],
  417: ['Unknown Resource-Priority', 'SIP_REJECTED'],
  420: ['Bad Extension', 'SIP_INCOMPATIBLE'],
  421: ['Extension Required', 'SIP_INCOMPATIBLE'],
  422: ['Session Interval Too Small', 'SIP_INCOMPATIBLE'],
  423: ['Interval Too Brief', 'SIP_REJECTED'],
  424: ['Bad Location Information', 'SIP_REJECTED'],
  425: ['Bad Alert Message', 'SIP_REJECTED'],
  428: ['Use Identity Header', 'SIP_DECLINED'],
  429: ['Provide Referrer Identity', 'SIP_REJECTED'],
  430: ['Flow Failed', 'SIP_UNREACHABLE'],
  433: ['Anonymity Disallowed', 'SIP_DECLINED'],
  436: ['Bad Identity Info', 'SIP_DECLINED'],
  437: ['Unsupported Credential', 'SIP_DECLINED'],
  438: ['Invalid Identity Header', 'SIP_DECLINED'],
  439: ['First Hop Lacks Outbound Support', 'SIP_REJECTED'],
  440: ['Max-Breadth Exceeded', 'SIP_REJECTED'],
  469: ['Bad Info Package', 'SIP_REJECTED'],
  470: ['Consent Needed', 'SIP_DECLINED'],
  480: ['Temporarily Unavailable', 'SIP_NO_ANSWER'],
  481: ['Call/Transaction Does Not Exist', 'SIP_REJECTED'],
  482: ['Loop Detected', 'SIP_UNREACHABLE'],
  483: ['Too Many Hops', 'SIP_UNREACHABLE'],
  484: ['Address Incomplete', 'SIP_NOT_FOUND'],
  485: ['Ambiguous', 'SIP_NOT_FOUND'],
  486: ['Busy Here', 'SIP_BUSY'],
  487: ['Request Terminated', 'SIP_NO_ANSWER'],
  488: ['Not Acceptable Here', 'SIP_INCOMPATIBLE'],
  489: ['Bad Event', 'SIP_REJECTED'],
  491: ['Request Pending', 'SIP_REJECTED'],
  493: ['Undecipherable', 'SIP_INCOMPATIBLE'],
  494: ['Security Agreement Required', 'SIP_INCOMPATIBLE'],
  500: ['Server Internal Error', 'SIP_PROVIDER_DOWN'],
  501: ['Not Implemented', 'SIP_PROVIDER_DOWN'],
  502: ['Bad Gateway', 'SIP_PROVIDER_DOWN'],
  503: ['Service Unavailable', 'SIP_PROVIDER_DOWN'],
  504: ['Server Time-out', 'SIP_PROVIDER_DOWN'],
  505: ['Version Not Supported', 'SIP_PROVIDER_DOWN'],
  513: ['Message Too Large', 'SIP_PROVIDER_DOWN'],
  555: ['Push Notification Service Not Supported', 'SIP_PROVIDER_DOWN'],
  580: ['Precondition Failure', 'SIP_INCOMPATIBLE'],
  600: ['Busy Everywhere', 'SIP_BUSY'],
  603: ['Decline', 'SIP_DECLINED'],
  604: ['Does Not Exist Anywhere', 'SIP_NOT_FOUND'],
  606: ['Not Acceptable', 'SIP_INCOMPATIBLE'],
  607: ['Unwanted', 'SIP_DECLINED'],
  608: ['Rejected', 'SIP_DECLINED'],
};

/** Unknown ones are taken for the x00 of their class (RFC 3261 section 8.1.3.2). */
const UNKNOWN: Readonly<Record<number, ErrorCode>> = {
  3: 'SIP_REDIRECTED',
  4: 'SIP_REJECTED',
  5: 'SIP_PROVIDER_DOWN',
  6: 'SIP_BUSY',
};

describe('every status from 300 to 699', () => {
  const statuses = Array.from({ length: 400 }, (_, index) => 300 + index);

  it.each(statuses.filter((status) => status in REGISTERED))('%i from the network', (status) => {
    expect(codeOfRefusal(refused(status))).toBe(REGISTERED[status]?.[1]);
  });

  it('goes by its class when it is not registered', () => {
    const wrong = statuses
      .filter((status) => !(status in REGISTERED))
      .filter((status) => codeOfRefusal(refused(status)) !== UNKNOWN[Math.floor(status / 100)]);

    expect(wrong).toEqual([]);
  });

  it('is in the table of the README under its verdict, as far as it has one of its own', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `(SIP_\w+)` +\| ([\d, ]+?) *\|/gm)];
    const listed = rows.flatMap(([, code, list = '']) =>
      list.split(', ').map((status) => `${status} ${code}`),
    );
    const own = Object.entries(REGISTERED)
      .filter(([status, [, code]]) => code !== UNKNOWN[Math.floor(Number(status) / 100)])
      .map(([status, [, code]]) => `${status} ${status === '408' ? 'SIP_NO_ANSWER' : code}`);

    expect(listed.toSorted()).toEqual(own.toSorted());
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
    [
      'unused',
      'the challenge could not be answered: it is of a realm that `auth.realms` leaves out, or of an unknown kind',
    ],
    ['sent', 'the credentials were refused'],
  ] as const)('of 407 with credentials %s', (credentials, remark) => {
    const { detail } = faultOfRefusal(refused(407, { credentials }), undefined);

    expect(detail).toBe(`407 Reason; ${remark}`);
  });

  it('keeps the cause', () => {
    const cause = new Error('sip');

    expect(faultOfRefusal(refused(486), cause).cause).toBe(cause);
  });

  it('keeps the status of a peer, and none that the signalling server made up', () => {
    expect(faultOfRefusal(refused(486), undefined).sipStatus).toBe(486);
    const madeUp = faultOfRefusal(refused(503, { isFromNetwork: false }), undefined);
    expect(madeUp.sipStatus).toBeUndefined();
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
      'reason: Q.850;cause=17 (user busy)',
      'retry-after: 5',
      'warning: 399 x "y"',
    ]);
  });

  it.each([
    ['Q.850;cause=21', 'call rejected'],
    [
      'SIP;cause=603;text="a, b", q.850 ;text="x, y;cause=3";cause = 34',
      'no circuit or channel available',
    ],
    ['Q.850;text="cause=17"', undefined],
    ['Q.850;cause=126', undefined],
    ['SIP;cause=17', undefined],
    ['XQ.850;cause=17', undefined],
  ])('%s in words is %s', (reason, words) => {
    expect(causeInWords(reason)).toBe(words);
  });

  it.each([
    [{ status: 503, reason: 'DNS Error' }, 'the host name of the SIP address has no DNS entry'],
    [
      { status: 503, reason: 'TLS: the certificate of 192.0.2.1:5061 does not name sip.example' },
      'does not name sip.example; no TLS connection could be made to the SIP address',
    ],
    [{ status: 416 }, 'sips: addresses are called over TLS only'],
    [{ status: 482 }, 'the SIP address leads back to the signalling server'],
    [{ status: 408 }, 'nothing came back from the SIP address'],
    [{ status: 503 }, 'there is no route to the SIP address, or it refuses connections'],
  ])('of %j that the signalling server made up', ({ status, ...change }, remark) => {
    const { code, detail } = faultOfRefusal(
      refused(status, { ...change, isFromNetwork: false }),
      undefined,
    );

    expect(code).toBe('SIP_UNREACHABLE');
    expect(detail).toContain(remark);
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
