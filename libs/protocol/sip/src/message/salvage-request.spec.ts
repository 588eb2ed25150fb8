import { describe, expect, it } from 'vitest';
import { responseTo } from '../transaction/response-to.ts';
import { malformedStatus } from './malformed-status.ts';
import { bodyOf } from './message.ts';
import { parseSipMessage } from './parse-message.ts';
import { SipParseError } from './sip-parse-error.ts';

const GOOD = [
  'OPTIONS sip:a@127.0.0.1 SIP/2.0',
  'v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2',
  'from: <sip:b@c>;tag=1',
  't: <sip:a@127.0.0.1>',
  'Call-ID: x',
  'CSeq: 7 OPTIONS',
  'Max-Forwards: 70',
  'Content-Length: 0',
];

/** The status line and headers that answer a broken request; undefined when nothing does. */
function answerTo(lines: readonly string[], body = ''): string[] | undefined {
  try {
    parseSipMessage(bodyOf(`${lines.join('\r\n')}\r\n\r\n${body}`), 'datagram');
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    if (error.request === undefined) return undefined;
    const [status, reason] = malformedStatus(error.request, error.reason);
    const { headers } = responseTo(error.request, { status, reason, toTag: 't' });
    return [`${status} ${reason}`, ...[...headers.entries()].map((line) => line.join(': '))];
  }
  throw new Error('it is not broken');
}

const replaced = (begin: string, line: string): string[] =>
  GOOD.map((each) => (each.startsWith(begin) ? line : each));

describe('the answer to a broken request', () => {
  it('repeats what a response has to repeat, and nothing of the fault', () => {
    expect(answerTo(replaced('Max-Forwards', 'Max-Forwards: <evil>'))).toEqual([
      '400 Bad Max-Forwards',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2',
      'From: <sip:b@c>;tag=1',
      'To: <sip:a@127.0.0.1>;tag=t',
      'Call-ID: x',
      'CSeq: 7 OPTIONS',
      'Content-Length: 0',
    ]);
  });

  it.each([
    [
      'a later version',
      replaced('OPTIONS', 'OPTIONS sip:a@b SIP/3.0'),
      '505 Version Not Supported',
    ],
    ['a URI with spaces', replaced('OPTIONS', 'OPTIONS sip:a b SIP/2.0'), '400 Bad Request Line'],
    ['a URI in brackets', replaced('OPTIONS', 'OPTIONS <sip:a@b> SIP/2.0'), '400 Bad Request-URI'],
    ['another method in CSeq', replaced('CSeq', 'CSeq: 7 INVITE'), '400 Bad CSeq'],
    ['a number beyond 2^31', replaced('CSeq', 'CSeq: 3147483648 OPTIONS'), '400 Bad CSeq'],
    ['a header twice', [...GOOD, 'Call-ID: y'], '400 Header Given Twice'],
    ['a line that is no header', [...GOOD, 'nonsense'], '400 Bad Header'],
    ['a broken Contact', [...GOOD, 'Contact: "x <sip:a@b>'], '400 Bad Quoting'],
    [
      'a long URI',
      replaced('OPTIONS', `OPTIONS sip:${'a'.repeat(8200)}@b SIP/2.0`),
      '414 Request-URI Too Long',
    ],
    ['a long header', [...GOOD, `X: ${'a'.repeat(9000)}`], '513 Message Too Large'],
    [
      'too many headers',
      [...GOOD, ...Array.from({ length: 300 }, () => 'X: 1')],
      '513 Too Many Headers',
    ],
    [
      'a body that is cut',
      replaced('Content-Length', 'Content-Length: 9'),
      '400 Body Shorter Than Content-Length',
    ],
    [
      'a negative length',
      replaced('Content-Length', 'Content-Length: -9'),
      '400 Bad Content-Length',
    ],
  ])('with %s says so', (_name, lines, status) => {
    expect(answerTo(lines)?.[0]).toBe(status);
  });

  it.each([
    ['no Via', GOOD.filter((line) => !/^v/i.test(line))],
    ['a Via that cannot be read', replaced('v:', 'v: SIP/2.0/UDP')],
    ['no From', replaced('from', 'X: 1')],
    ['a From that cannot be read', replaced('from', 'From: "x')],
    ['no To', replaced('t:', 'X: 1')],
    ['no Call-ID', replaced('Call-ID', 'X: 1')],
    ['no number in CSeq', replaced('CSeq', 'CSeq: x OPTIONS')],
    ['a control character', replaced('Call-ID', 'Call-ID: x\u0001')],
    [
      'a tag that is too long to be repeated',
      replaced('from', `From: <sip:b@c>;tag=${'a'.repeat(600)}`).concat('nonsense'),
    ],
    [
      'twenty Vias',
      [...GOOD, ...Array.from({ length: 20 }, () => 'Via: SIP/2.0/UDP a'), 'nonsense'],
    ],
    ['more than 16 KiB', [...GOOD, `X: ${'a'.repeat(17_000)}`]],
  ])('with %s does not exist', (_name, lines) => {
    expect(answerTo(lines)).toBeUndefined();
  });

  it('that is an ACK or a response does not exist', () => {
    const ack = replaced('CSeq', 'CSeq: 8 ACK').map((line) => line.replace(/^OPTIONS/, 'ACK'));

    expect(answerTo([...ack, 'nonsense'])).toBeUndefined();
    expect(answerTo([...replaced('OPTIONS', 'SIP/2.0 200 OK'), 'nonsense'])).toBeUndefined();
  });
});
