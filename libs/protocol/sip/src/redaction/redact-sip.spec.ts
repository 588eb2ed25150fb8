import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSip } from './redact-sip.ts';

const SECRET = 'hunter2';

interface Parts {
  readonly start?: string;
  readonly more?: readonly string[];
  readonly body?: string;
}

function message({ start = 'INVITE sip:bob@sip.test SIP/2.0', more = [], body = '' }: Parts) {
  const head = [
    start,
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
    'From: "Studio" <sip:studio@sip.test>;tag=a1',
    'To: <sip:bob@sip.test>',
    'Call-ID: call-1',
    'CSeq: 1 INVITE',
    ...more,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const linesOf = (parts: Parts): readonly string[] => redactSip(message(parts)).text.split('\n');
/** The one line that is added to a message without oddities. */
const lineOf = (header: string): string => linesOf({ more: [header] })[6] ?? '';
const sdpOf = (...lines: readonly string[]): readonly string[] =>
  linesOf({
    more: ['Content-Type: application/sdp'],
    body: ['v=0', ...lines, ''].join('\r\n'),
  }).slice(8);

describe('a message without secrets', () => {
  it('is shown as it is', () => {
    const text = message({ more: ['Max-Forwards: 70', 'Content-Length: 0'] });
    expect(redactSip(text)).toEqual({
      summary: 'INVITE sip:bob@sip.test',
      text: text.trimEnd().replaceAll('\r\n', '\n'),
    });
  });

  it('keeps its description', () => {
    const lines = ['o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
    const media = ['m=audio 4000 RTP/AVP 0 101', 'a=rtpmap:0 PCMU/8000', 'a=sendrecv'];
    const print = 'a=fingerprint:sha-256 4A:AD';
    expect(sdpOf(...lines, ...media, print)).toEqual(['v=0', ...lines, ...media, print]);
  });

  it.each([
    ['SIP/2.0 180 Ringing', '180 Ringing'],
    ['SIP/2.0 200 ', '200'],
    [
      'BYE sip:bob@192.0.2.9:5060;transport=tcp SIP/2.0',
      'BYE sip:bob@192.0.2.9:5060;transport=tcp',
    ],
    ['OPTIONS tel:+15550100 SIP/2.0', 'OPTIONS tel:+15550100'],
  ])('%s is summed up as %s', (start, summary) => {
    expect(redactSip(message({ start })).summary).toBe(summary);
  });
});

describe('what proves who somebody is', () => {
  it.each([
    [
      'Authorization: Digest username="me", realm="sip.test", nonce="n1", response="6629"',
      'Authorization: Digest username=***, realm="sip.test", nonce=***, response=***',
    ],
    [
      'WWW-Authenticate: Digest realm="a, b \\" c",nonce=n1,algorithm=MD5',
      'WWW-Authenticate: Digest realm="a, b \\" c", nonce=***, algorithm=***',
    ],
    [
      'Proxy-Authenticate: Digest realm=one, nonce="1", Digest realm="two",nonce="2"',
      'Proxy-Authenticate: Digest realm=one, nonce=***, Digest realm="two", nonce=***',
    ],
    ['proxy-authorization: Basic bWU6aHVudGVyMg==', 'proxy-authorization: Basic ***'],
    ['Authorization: Bearer hunter2', 'Authorization: Bearer ***'],
    ['Authorization: hunter2', 'Authorization: ***'],
    ['Authorization: hunter2 realm="x"', 'Authorization: ***'],
    ['Authorization: realm="hunter2"', 'Authorization: ***'],
    ['Authorization: Digest nonce="open, realm="hunter2', 'Authorization: ***'],
    ['Authorization: Digest realm="x" hunter2', 'Authorization: ***'],
    ['Authorization: Digest realm="x", hunter2', 'Authorization: ***'],
    ['Authorization: Digest username=hunter2==, realm="x"', 'Authorization: ***'],
    ['Authorization: Digest hunter2=;', 'Authorization: ***'],
    ['Authorization:', 'Authorization: '],
  ])('%s', (header, shown) => {
    expect(lineOf(header)).toBe(shown);
  });
});

describe('an address', () => {
  it.each([
    ['Contact: <sip:bob:hunter2@h>', 'Contact: <sip:bob:***@h>'],
    ['Contact: <sip:bob%3Ahunter2@h>', 'Contact: <sip:bob;***@h>'],
    ['Contact: <sip:+1555;postd=hunter2@h>', 'Contact: <sip:+1555;***@h>'],
    ['Contact: <sip:bob@h;transport=tcp;token=hunter2>', 'Contact: <sip:bob@h;transport=tcp;***>'],
    ['m: <sip:bob@h>;expires=60;x="hunter2"', 'Contact: <sip:bob@h>;expires=60;***'],
    ['Contact: <sip:bob@h>, <sip:b:hunter2@h>', 'Contact: <sip:bob@h>, <sip:b:***@h>'],
    ['Contact: *', 'Contact: *'],
    ['Contact: <sip:bob@h@hunter2>', 'Contact: <***>'],
    ['Contact: "open <sip:hunter2@h>', 'Contact: ***'],
    ['Contact: <data:text/plain,hunter2>', 'Contact: <data:***>'],
    ['Contact: <tel:+1555;postd=hunter2>', 'Contact: <tel:+1555;***>'],
    [
      'Refer-To: <sip:c@h?Replaces=id%3Bto-tag%3Dhunter2%3Bfrom-tag%3Dhunter2>',
      'Refer-To: <sip:c@h?***>',
    ],
    ['Refer-To: sip:c@h?Replaces=hunter2', 'Refer-To: ***'],
    ['Via: SIP/2.0/TCP h;branch=z9;cookie=hunter2', 'Via: SIP/2.0/TCP h;branch=z9;***'],
    ['Via: hunter2', 'Via: ***'],
  ])('%s', (header, shown) => {
    expect(lineOf(header)).toBe(shown);
  });

  it('of the request itself has no password either', () => {
    const { summary, text } = redactSip(
      message({ start: 'INVITE sip:bob:hunter2@h;pin=hunter2 SIP/2.0' }),
    );
    expect(summary).toBe('INVITE sip:bob:***@h;***');
    expect(text.split('\n')[0]).toBe('INVITE sip:bob:***@h;*** SIP/2.0');
  });
});

describe('what is not known', () => {
  it.each([
    'X-Token',
    'x-api-key',
    'P-Charging-Vector',
    'Replaces',
    'Join',
    'User-to-User',
    'Identity',
    'Authentication-Info',
    'Subject',
    'Call-Info',
  ])('%s is shown by its name', (name) => {
    expect(lineOf(`${name}: hunter2`)).toBe(`${name}: ***`);
  });

  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n'],
    ['application/dtmf', '5'],
    ['multipart/mixed;boundary=x', '--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--'],
    ['application/sdp', 'no description at all, hunter2'],
    ['application/sdp', 'v=0\r\nhunter2\r\n'],
  ])('a body that is %s is left out', (type, body) => {
    const shown = linesOf({ more: [`Content-Type: ${type}`], body }).slice(8);
    expect(shown).toEqual([`[${type.split(';')[0] ?? ''} of ${body.length} characters, left out]`]);
  });

  it('a body without a type, or one that is encoded, is left out', () => {
    expect(linesOf({ body: SECRET }).at(-1)).toBe(
      '[a body of no known type of 7 characters, left out]',
    );
    const more = ['Content-Type: application/sdp', 'Content-Encoding: gzip'];
    expect(linesOf({ more, body: 'v=0\r\n' }).at(-1)).toContain('left out');
  });

  it('keys and passwords of a description are not shown', () => {
    expect(
      sdpOf(
        'i=hunter2',
        'k=clear:hunter2',
        'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2|2^20',
        'a=CRYPTO:hunter2',
        'a=ice-pwd:hunter2',
        'a=key-mgmt:mikey hunter2',
        'a=hunter2 hunter2',
      ),
    ).toEqual([
      'v=0',
      'i=***',
      'k=***',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 ***',
      'a=CRYPTO:***',
      'a=ice-pwd:***',
      'a=key-mgmt:***',
      'a=***',
    ]);
  });
});

describe('a message that cannot be read', () => {
  it.each([
    ['a line that is no header', message({ more: [SECRET] })],
    ['a line end of its own', message({ more: ['X: a\nAuthorization: hunter2'] })],
    ['a line that is too long', message({ more: [`X: ${SECRET.repeat(2000)}`] })],
  ])('%s: its first line alone is shown', (_, text) => {
    expect(redactSip(text)).toEqual({
      summary: 'INVITE sip:bob@sip.test',
      text: 'INVITE sip:bob@sip.test SIP/2.0\n[the rest cannot be read]',
    });
  });

  it.each([
    '',
    '\r\n',
    'hunter2',
    'INVITE hunter2',
    'INVITE sip:a@h SIP/3.0',
    'SIP/2.0 99 hunter2',
  ])('nothing of %j is shown', (text) => {
    expect(redactSip(text).text).toBe('[a message that cannot be read]');
    expect(redactSip(text).summary).not.toContain(SECRET);
  });

  it('folded lines are one line: nothing stands behind the fold', () => {
    expect(lineOf('Authorization: Digest\r\n realm="x", nonce="hunter2"')).toBe(
      'Authorization: Digest realm="x", nonce=***',
    );
    expect(lineOf('X-Token: a\r\n Allow: hunter2')).toBe('X-Token: ***');
  });

  it('control characters are shown as such, and a long summary is cut', () => {
    expect(redactSip(message({ start: 'SIP/2.0 200 O\u0000\u001bK' })).summary).toBe(
      '200 O\uFFFD\uFFFDK',
    );
    const { summary } = redactSip(message({ start: `SIP/2.0 200 ${'x'.repeat(5000)}` }));
    expect(summary).toHaveLength(200);
  });
});

describe('whatever comes', () => {
  const hidden = fc.constantFrom(
    (s: string) => `Authorization: Digest username="${s}", realm="r"`,
    (s: string) => `X-${s.length}: ${s}`,
    (s: string) => `Contact: <sip:u:${s}@h;a=${s}?b=${s}>;c="${s}"`,
    (s: string) => `Proxy-Authorization: Basic ${s}`,
    (s: string) => `Refer-To: <sip:u@h?Replaces=${s}>`,
  );
  const noise = fc.string({
    unit: fc.constantFrom(...Array.from('",;<>=@:? \t\\ab')),
    maxLength: 12,
  });

  it('no secret is shown, however its line is broken up', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hidden, noise, noise), { maxLength: 4 }), (parts) => {
        const more = parts.map(([write, before, after]) => write(`${before}${SECRET}${after}`));
        const shown = redactSip(message({ more }));
        return !`${shown.summary}${shown.text}`.includes(SECRET);
      }),
      { numRuns: 500 },
    );
  });

  it('it never throws', () => {
    const line = fc.oneof(
      noise,
      fc.string(),
      fc.constantFrom('Via: ', 'To: ', '\r\n', 'v=0', 'a='),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        redactSip(message({ more: [], body: '' }) + lines.join('\r\n'));
        redactSip(`INVITE sip:a@b SIP/2.0\r\n${lines.join('\r\n')}`);
      }),
    );
  });
});
