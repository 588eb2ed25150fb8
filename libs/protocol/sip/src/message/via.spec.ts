import { describe, expect, it } from 'vitest';
import { parseCSeq } from './cseq.ts';
import { SipParseError } from './sip-parse-error.ts';
import { splitList } from './split-list.ts';
import { formatVia, parseVia, type Via } from './via.ts';

const PAIRS: readonly { name: string; text: string; value: Via }[] = [
  {
    name: 'address, port and branch',
    text: 'SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bKabc;received=192.0.2.9',
    value: {
      transport: 'UDP',
      host: '192.0.2.1',
      port: 5070,
      params: new Map<string, string | true>([
        ['rport', true],
        ['branch', 'z9hG4bKabc'],
        ['received', '192.0.2.9'],
      ]),
    },
  },
  {
    name: 'IPv6, with an address in a parameter (RFC 5118 section 4.5)',
    text: 'SIP/2.0/TLS [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bKas3-111',
    value: {
      transport: 'TLS',
      host: '[2001:db8::9:1]',
      port: 6050,
      params: new Map([
        ['received', '[2001:db8::9:255]'],
        ['branch', 'z9hG4bKas3-111'],
      ]),
    },
  },
  {
    name: 'an unknown transport and no branch (RFC 4475 transports, inv2543)',
    text: 'SIP/2.0/UNKNOWN iftgw.example.com',
    value: { transport: 'UNKNOWN', host: 'iftgw.example.com', params: new Map() },
  },
];

const BAD = [
  '',
  'SIP/2.0/UDP',
  'SIP/2.0 UDP a',
  'SIP/3.0/UDP a',
  'SIP/2.0/UDP a b',
  'SIP/2.0/UDP 192.0.2.15;;',
  'SIP/2.0/UDP a:0',
  'SIP/2.0/UDP a:99999',
  'SIP/2.0/UDP 2001:db8::1',
  'SIP/2.0/UDP [2001:db8::1',
  'SIP/2.0/UDP a,SIP/2.0/UDP b',
  'HTTP/2.0/UDP a',
];

describe('Via', () => {
  it.each(PAIRS)('reads and writes $name', ({ text, value }) => {
    expect(parseVia(text)).toEqual(value);
    expect(formatVia(value)).toBe(text);
  });

  it('allows spaces around every separator (RFC 4475 wsinv)', () => {
    expect(
      parseVia(' SIP  /    2.0 / udp  192.168.255.111 : 5060  ; branch= z9hG4bK30239 '),
    ).toEqual({
      transport: 'UDP',
      host: '192.168.255.111',
      port: 5060,
      params: new Map([['branch', 'z9hG4bK30239']]),
    });
  });

  it.each(BAD)('refuses %j', (text) => {
    expect(() => parseVia(text)).toThrow(SipParseError);
  });
});

describe('CSeq', () => {
  it.each([
    ['1 INVITE', 1, 'INVITE'],
    ['0009  \t INVITE', 9, 'INVITE'],
    ['0 x', 0, 'x'],
    ['2147483647 RE%47IST%45R', 2_147_483_647, 'RE%47IST%45R'],
  ])('reads %j', (text, sequence, method) => {
    expect(parseCSeq(text)).toEqual({ sequence, method });
  });

  it.each(['', 'INVITE', '1', '1INVITE', '-1 INVITE', '1 IN VITE', '2147483648 INVITE', '1e3 A'])(
    'refuses %j',
    (text) => {
      expect(() => parseCSeq(text)).toThrow(SipParseError);
    },
  );

  it('refuses a number of any length', () => {
    expect(() => parseCSeq(`${'9'.repeat(5_000)} INVITE`)).toThrow(SipParseError);
  });
});

describe('splitList', () => {
  it.each([
    ['', []],
    [' , ,', []],
    ['a', ['a']],
    ['a, b ,c', ['a', 'b', 'c']],
    ['"a,b" <sip:x,y@z>, <sip:c>;p="d,e"', ['"a,b" <sip:x,y@z>', '<sip:c>;p="d,e"']],
    ['"a\\",b", c', ['"a\\",b"', 'c']],
    ['"open, c', ['"open, c']],
    ['"<", b', ['"<"', 'b']],
  ])('%j', (value, elements) => {
    expect(splitList(value)).toEqual(elements);
  });
});
