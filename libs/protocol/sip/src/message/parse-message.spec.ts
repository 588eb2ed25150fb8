import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugError } from '#foundation';
import { buildSipMessage } from './build-message.ts';
import { SipHeaders } from './headers.ts';
import { bodyOf, bodyText, EMPTY_BODY, type SipMessage } from './message.ts';
import { parseSipMessage } from './parse-message.ts';
import { SipParseError, type SipParseReason } from './sip-parse-error.ts';

const BASE: readonly (readonly [string, string])[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa'],
  ['From', '<sip:a@example.com>;tag=1'],
  ['To', '<sip:b@example.com>'],
  ['Call-ID', 'c1@example.com'],
  ['CSeq', '7 INVITE'],
];

function lines(...parts: string[]): Uint8Array {
  return bodyOf(parts.join('\r\n'));
}

const HEAD = BASE.map(([name, value]) => `${name}: ${value}`);
const START = 'INVITE sip:b@example.com SIP/2.0';

/** The message with all its contents open to comparison. */
function spread(message: SipMessage): object {
  return { ...message, headers: [...message.headers.entries()], body: [...message.body] };
}

const PAIRS: readonly { name: string; bytes: Uint8Array; value: SipMessage }[] = [
  {
    name: 'a request without body',
    bytes: lines(START, ...HEAD, 'Content-Length: 0', '', ''),
    value: {
      kind: 'request',
      method: 'INVITE',
      uri: 'sip:b@example.com',
      headers: new SipHeaders([...BASE, ['Content-Length', '0']]),
      body: EMPTY_BODY,
    },
  },
  {
    name: 'a response with a body and a reason in another script',
    bytes: lines(
      'SIP/2.0 200 = 2**3 * 5**2 но',
      ...HEAD,
      'Content-Length: 6',
      'X-a: ü',
      '',
      'v=0ü\n',
    ),
    value: {
      kind: 'response',
      status: 200,
      reason: '= 2**3 * 5**2 но',
      headers: new SipHeaders([...BASE, ['Content-Length', '6'], ['X-a', 'ü']]),
      body: bodyOf('v=0ü\n'),
    },
  },
  {
    name: 'a response without reason',
    bytes: lines('SIP/2.0 100 ', ...HEAD, 'Content-Length: 0', '', ''),
    value: {
      kind: 'response',
      status: 100,
      reason: '',
      headers: new SipHeaders([...BASE, ['Content-Length', '0']]),
      body: EMPTY_BODY,
    },
  },
];

function without(name: string): string[] {
  return HEAD.filter((line) => !line.startsWith(`${name}:`));
}

function instead(name: string, ...values: string[]): string[] {
  return [...without(name), ...values.map((value) => `${name}: ${value}`)];
}

const REFUSED: readonly (readonly [SipParseReason, string, Uint8Array])[] = [
  ['empty', 'nothing', lines('')],
  ['empty', 'a keep-alive', lines('', '', '')],
  ['lineEnd', 'no blank line', lines(START, ...HEAD, '')],
  ['lineEnd', 'bare line feeds', bodyOf(`${[START, ...HEAD].join('\n')}\r\n\r\n`)],
  ['lineEnd', 'a lone CR in a header', lines(START, ...HEAD, 'X: a\rY: b', '', '')],
  [
    'headerLine',
    'a folded start line',
    lines('INVITE sip:b@example.com', ' SIP/2.0', ...HEAD, '', ''),
  ],
  ['headerLine', 'white space before the first header', lines(START, ' X: y', ...HEAD, '', '')],
  ['headerLine', 'a line without colon', lines(START, ...HEAD, 'what', '', '')],
  ['headerLine', 'a name that is no token', lines(START, ...HEAD, 'a b: c', '', '')],
  ['startLine', 'something else', lines('hello', ...HEAD, '', '')],
  ['uri', 'an empty URI', lines('INVITE sip: SIP/2.0', ...HEAD, '', '')],
  ['uri', 'a URI without scheme', lines('INVITE b@example.com SIP/2.0', ...HEAD, '', '')],
  ['version', 'HTTP in SIP clothes', lines('INVITE sip:b@c SIP/1.0', ...HEAD, '', '')],
  ['status', 'status 099', lines('SIP/2.0 099 x', ...HEAD, '', '')],
  ['status', 'status 700', lines('SIP/2.0 700 x', ...HEAD, '', '')],
  ['startLine', 'status with sign', lines('SIP/2.0 -20 x', ...HEAD, '', '')],
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(
    (name) => ['missingHeader', `no ${name}`, lines(START, ...without(name), '', '')] as const,
  ),
  ...['From', 'To', 'Call-ID', 'CSeq'].map((name) => {
    const twice = HEAD.filter((line) => line.startsWith(`${name}:`));
    return ['duplicateHeader', `two ${name}`, lines(START, ...HEAD, ...twice, '', '')] as const;
  }),
  ['missingHeader', 'an empty Call-ID', lines(START, ...instead('Call-ID', ''), '', '')],
  ['headerLine', 'a bar in Call-ID', lines(START, ...instead('Call-ID', 'a|b'), '', '')],
  ['headerLine', 'two words in Call-ID', lines(START, ...instead('Call-ID', 'a b'), '', '')],
  ['parameter', 'a bar in a tag', lines(START, ...instead('From', '<sip:a@b>;tag=x|y'), '', '')],
  ['parameter', 'a tag without value', lines(START, ...instead('To', '<sip:a@b>;tag'), '', '')],
  ['headerLine', 'a Via of commas', lines(START, ...instead('Via', ', ,'), '', '')],
  ['cseq', 'CSeq beyond 2^31', lines(START, ...instead('CSeq', '2147483648 INVITE'), '', '')],
  ['cseq', 'CSeq of another method', lines(START, ...instead('CSeq', '1 BYE'), '', '')],
  ['nameAddr', 'a broken Contact', lines(START, ...HEAD, 'Contact: <>', '', '')],
  ['nameAddr', 'a star in Route', lines(START, ...HEAD, 'Route: *', '', '')],
  ['nameAddr', 'a broken Record-Route', lines(START, ...HEAD, 'Record-Route: <sip:a>, b', '', '')],
  ['headerLine', 'an empty Contact', lines(START, ...HEAD, 'm:', '', '')],
  ['maxForwards', 'Max-Forwards 256', lines(START, ...HEAD, 'Max-Forwards: 256', '', '')],
  ['maxForwards', 'Max-Forwards -1', lines(START, ...HEAD, 'Max-Forwards: -1', '', '')],
  ['contentLength', 'a negative length', lines(START, ...HEAD, 'Content-Length: -1', '', '')],
  ['contentLength', 'two lengths', lines(START, ...HEAD, 'l: 0', 'Content-Length: 0', '', '')],
  ['contentLength', 'a list of lengths', lines(START, ...HEAD, 'Content-Length: 0,0', '', '')],
  ['contentLength', 'a length in hex', lines(START, ...HEAD, 'Content-Length: 0x1', '', 'a')],
  ['contentLength', 'a huge length', lines(START, ...HEAD, 'l: 99999999999999999999', '', '')],
  ['bodyTruncated', 'a length beyond the end', lines(START, ...HEAD, 'l: 5', '', 'abcd')],
  ['tooLong', 'an endless line', lines(START, ...HEAD, `X: ${'x'.repeat(8_200)}`, '', '')],
  [
    'tooLong',
    'an endless fold',
    lines(START, ...HEAD, 'X:', ...Array<string>(5_000).fill(' y'), '', ''),
  ],
  ['tooLong', 'a datagram beyond all', lines(START, ...HEAD, '', 'x'.repeat(65_536))],
  ['tooManyHeaders', 'endless headers', lines(START, ...Array<string>(257).fill('X: y'), '', '')],
  [
    'tooManyHeaders',
    'endless Via',
    lines(START, ...HEAD, `v: ${'SIP/2.0/UDP a,'.repeat(64)}`, '', ''),
  ],
];

describe('SIP message', () => {
  it.each(PAIRS)('reads and writes $name', ({ bytes, value }) => {
    expect(spread(parseSipMessage(bytes, 'datagram'))).toEqual(spread(value));
    expect(spread(parseSipMessage(bytes, 'stream-frame'))).toEqual(spread(value));
    expect(Buffer.from(buildSipMessage(value)).toString()).toBe(Buffer.from(bytes).toString());
  });

  it.each(REFUSED)('refuses as %s: %s', (reason, _what, bytes) => {
    expect(() => parseSipMessage(bytes, 'datagram')).toThrow(
      expect.objectContaining({ name: 'SipParseError', reason }),
    );
  });

  it.each([100, 699])('takes status %i', (status) => {
    const bytes = lines(`SIP/2.0 ${status}`, ...HEAD, '', '');

    expect(parseSipMessage(bytes, 'datagram')).toMatchObject({ status, reason: '' });
  });

  it('expands compact names, unfolds lines and passes over empty lines at the start', () => {
    const message = parseSipMessage(
      lines(
        '',
        'BYE sip:b@example.com SIP/2.0',
        'v: SIP/2.0/UDP a;',
        '\tbranch=1',
        'f: <sip:a@b>;tag=1',
        'T : <sip:b@c>;tag=2',
        'i: x',
        'CSEQ: 2',
        '  BYE',
        's:',
        '',
        '',
      ),
      'datagram',
    );

    expect([...message.headers.entries()]).toEqual([
      ['Via', 'SIP/2.0/UDP a; branch=1'],
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:b@c>;tag=2'],
      ['Call-ID', 'x'],
      ['CSEQ', '2 BYE'],
      ['Subject', ''],
    ]);
  });

  it('a datagram without length has all the rest as body, one with a length is cut there', () => {
    const open = parseSipMessage(lines(START, ...HEAD, '', 'one\r\n\r\ntwo'), 'datagram');
    const cut = parseSipMessage(lines(START, ...HEAD, 'l: 3', '', 'one\r\n\r\ntwo'), 'datagram');

    expect(bodyText(open)).toBe('one\r\n\r\ntwo');
    expect(bodyText(cut)).toBe('one');
  });

  it('a frame of a stream needs the exact length', () => {
    const parse = (...tail: string[]) =>
      parseSipMessage(lines(START, ...HEAD, ...tail), 'stream-frame');

    expect(() => parse('', 'x')).toThrow(SipParseError);
    expect(() => parse('l: 1', '', 'xy')).toThrow(SipParseError);
    expect(bodyText(parse('l: 2', '', 'xy'))).toBe('xy');
  });

  it('a frame of a stream has a bounded head too', () => {
    const long = Array<string>(10).fill(`X: ${'x'.repeat(7_000)}`);

    expect(() =>
      parseSipMessage(lines(START, ...HEAD, ...long, 'l: 0', '', ''), 'stream-frame'),
    ).toThrow(expect.objectContaining({ reason: 'tooLong' }));
  });

  it('keeps no reference to the bytes it read', () => {
    const bytes = Buffer.from(lines(START, ...HEAD, 'l: 2', '', 'xy'));
    const message = parseSipMessage(bytes, 'datagram');
    bytes.fill(0);

    expect(bodyText(message)).toBe('xy');
  });

  it('takes bytes that are not UTF-8 for unknown characters', () => {
    const bytes = Buffer.concat([
      lines(START, ...HEAD, 'Subject: '),
      Buffer.from([0xe9]),
      lines('', '', ''),
    ]);

    expect(parseSipMessage(bytes, 'datagram').headers.get('Subject')).toBe('\u{FFFD}');
  });

  it('counts Content-Length anew, in bytes, where it stood', () => {
    const [pair] = PAIRS;
    if (pair === undefined) throw new Error('no pair');
    const headers = new SipHeaders([['content-length', '99'], ...BASE]);
    const text = Buffer.from(
      buildSipMessage({ ...pair.value, headers, body: bodyOf('ü') }),
    ).toString();

    expect(text.split('\r\n')[1]).toBe('Content-Length: 2');
    expect(text.match(/content-length/gi)).toHaveLength(1);
    expect(headers.get('Content-Length')).toBe('99');
  });

  it.each([
    { kind: 'request', method: 'IN VITE', uri: 'sip:a' },
    { kind: 'request', method: 'INVITE', uri: 'sip:a SIP/2.0\r\nX: y' },
    { kind: 'request', method: 'INVITE', uri: '' },
    { kind: 'response', status: 99, reason: '' },
    { kind: 'response', status: 200.5, reason: '' },
    { kind: 'response', status: 200, reason: 'OK\r\nX: y' },
  ] as const)('does not write a start line that breaks out: %j', (start) => {
    expect(() =>
      buildSipMessage({ ...start, headers: new SipHeaders(BASE), body: EMPTY_BODY }),
    ).toThrow(BugError);
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((value) => !/[\r\n]|^[ \t]|[ \t]$/.test(value));
const extraHeader = fc.tuple(
  token.filter((name) => name.length > 1).map((name) => `X-${name}`),
  text,
);
const messageArb: fc.Arbitrary<SipMessage> = fc
  .record({
    extra: fc.array(extraHeader, { maxLength: 5 }),
    body: fc.uint8Array({ maxLength: 64 }),
    start: fc.oneof(
      fc.record({ kind: fc.constant('request' as const), method: token, uri: fc.webUrl() }),
      fc.record({
        kind: fc.constant('response' as const),
        status: fc.integer({ min: 100, max: 699 }),
        reason: text,
      }),
    ),
    sequence: fc.nat({ max: 0x7fff_ffff }),
  })
  .map(({ extra, body, start, sequence }) => {
    const method = start.kind === 'request' ? start.method : 'BYE';
    const headers = new SipHeaders([...BASE, ...extra]).set('CSeq', `${sequence} ${method}`);
    return { ...start, headers: headers.set('Content-Length', String(body.length)), body };
  });

describe('SIP message, any', () => {
  it('is the same after writing and reading', () => {
    fc.assert(
      fc.property(messageArb, (message) => {
        const read = parseSipMessage(buildSipMessage(message), 'stream-frame');

        expect(spread(read)).toEqual(spread(message));
      }),
    );
  });

  it('no bytes make the parser throw anything but its own error', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...PAIRS.map(({ bytes }) => bytes), ...REFUSED.map(([, , bytes]) => bytes)),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat(),
      )
      .map(([bytes, changes, cut]) => {
        const copy = bytes.slice(0, Math.max(0, bytes.length - (cut % 20)));
        for (const [at, byte] of changes) copy[at % Math.max(1, copy.length)] = byte;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        try {
          parseSipMessage(bytes, 'datagram');
        } catch (error) {
          expect(error).toBeInstanceOf(SipParseError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
