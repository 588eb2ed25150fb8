import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNameAddr, type NameAddr, parseNameAddr } from './name-addr.ts';
import { SipParseError } from './sip-parse-error.ts';

const PAIRS: readonly { name: string; text: string; value: NameAddr }[] = [
  {
    name: 'an address in brackets',
    text: '<sip:a@b;transport=tcp>;tag=1',
    value: { uri: 'sip:a@b;transport=tcp', params: new Map([['tag', '1']]) },
  },
  {
    name: 'a quoted name with quotes and backslashes in it',
    text: '"J \\"R\\" \\\\, <Jr>; x" <sip:j@example.com>;tag=9',
    value: {
      displayName: 'J "R" \\, <Jr>; x',
      uri: 'sip:j@example.com',
      params: new Map([['tag', '9']]),
    },
  },
  {
    name: 'a name in another script and a quoted parameter',
    text: '"大停電" <sip:+1@b>;reason="a;b,\\"c\\"";q=0.3;flag',
    value: {
      displayName: '大停電',
      uri: 'sip:+1@b',
      params: new Map<string, string | true>([
        ['reason', '"a;b,\\"c\\""'],
        ['q', '0.3'],
        ['flag', true],
      ]),
    },
  },
  {
    name: 'another scheme and an empty name',
    text: '"" <tel:+49-30-1;phone-context=x>',
    value: { displayName: '', uri: 'tel:+49-30-1;phone-context=x', params: new Map() },
  },
];

const READ_ONLY: readonly { text: string; value: Partial<NameAddr> }[] = [
  { text: 'sip:alice@localhost', value: { uri: 'sip:alice@localhost' } },
  {
    text: ' sip:a@b ;  tag  =  1 ',
    value: { uri: 'sip:a@b', params: new Map([['tag', '1']]) },
  },
  { text: 'caller<sip:a@b>', value: { displayName: 'caller', uri: 'sip:a@b' } },
  {
    text: "token1~` token2'+_ token3*%!.- <sip:m@b>",
    value: { displayName: "token1~` token2'+_ token3*%!.-", uri: 'sip:m@b' },
  },
  { text: 'Jörg Müller\t<sip:j@b>', value: { displayName: 'Jörg Müller' } },
  { text: '"Watson" < sip:t@b >;tag=1', value: { displayName: 'Watson', uri: 'sip:t@b' } },
  { text: '<sip:u@b?Route=%3Csip:b%3E>', value: { uri: 'sip:u@b?Route=%3Csip:b%3E' } },
  { text: 'isbn:2983792873', value: { uri: 'isbn:2983792873' } },
  {
    text: '"BEL:\\\u0007 NUL:\\\u0000" <sip:a@b>',
    value: { displayName: 'BEL:\u0007 NUL:\u0000' },
  },
];

const BAD = [
  '',
  'alice',
  '<>',
  '<alice>',
  '<sip:a@b',
  'sip:a@b>',
  '"Mr. J. User <sip:j@b>',
  'Bell, Alexander <sip:a@b>',
  'a"b <sip:a@b>',
  '"a" sip:a@b',
  '<sip:a b@c>',
  '<sip:a@b>;;;',
  '<sip:a@b>;',
  '<sip:a@b> tag=1',
  '<sip:a@b>;tag="1',
  '<sip:a@b>;=1',
  'sip:u@b?Route=%3Csip:b%3E',
  'sip:a,b@c',
  '*',
];

const nameAddrArb: fc.Arbitrary<NameAddr> = fc.record(
  {
    displayName: fc.string({ unit: 'grapheme' }),
    uri: fc.webUrl().filter((uri) => !/[<>"\s]/.test(uri)),
    params: fc
      .dictionary(
        fc.stringMatching(/^[a-z0-9\-.!%*_+`'~]{1,10}$/),
        fc.oneof(
          fc.constant(true as const),
          fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~=@/]{1,10}$/),
          fc.stringMatching(/^"[ -!#-[\]-~]{0,10}"$/),
        ),
      )
      .map((params) => new Map(Object.entries(params))),
  },
  { requiredKeys: ['uri', 'params'] },
);

describe('name-addr', () => {
  it.each(PAIRS)('reads and writes $name', ({ text, value }) => {
    expect(parseNameAddr(text)).toEqual(value);
    expect(formatNameAddr(value)).toBe(text);
  });

  it.each(READ_ONLY)('reads $text', ({ text, value }) => {
    expect(parseNameAddr(text)).toMatchObject(value);
  });

  it('has no name where there is none', () => {
    expect(parseNameAddr('<sip:a@b>')).not.toHaveProperty('displayName');
    expect(parseNameAddr('sip:a@b')).not.toHaveProperty('displayName');
  });

  it.each(BAD)('refuses %j', (text) => {
    expect(() => parseNameAddr(text)).toThrow(SipParseError);
  });

  it('is the same after writing and reading', () => {
    fc.assert(
      fc.property(nameAddrArb, (address) => {
        expect(parseNameAddr(formatNameAddr(address))).toEqual(address);
      }),
    );
  });

  it('no text makes it throw anything but its own error, however long', () => {
    const noise = fc.stringMatching(/^[ "<>;,=\\a:@]{0,40}$/);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          noise,
          noise.map((part) => part.repeat(200)),
        ),
        (text) => {
          try {
            parseNameAddr(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SipParseError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
