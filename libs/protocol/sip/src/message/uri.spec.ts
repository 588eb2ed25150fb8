import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SipParseError } from './sip-parse-error.ts';
import { formatUri, parseUri, type SipUri } from './uri.ts';

const PAIRS: readonly { name: string; text: string; value: SipUri }[] = [
  {
    name: 'host only',
    text: 'sip:example.com',
    value: { scheme: 'sip', host: 'example.com', params: new Map() },
  },
  {
    name: 'everything',
    text: 'sips:alice:pw@example.com:5061;transport=tcp;lr?subject=x&to=sip%3Ab%40c',
    value: {
      scheme: 'sips',
      user: 'alice',
      password: 'pw',
      host: 'example.com',
      port: 5061,
      params: new Map<string, string | true>([
        ['transport', 'tcp'],
        ['lr', true],
      ]),
      headers: 'subject=x&to=sip%3Ab%40c',
    },
  },
  {
    name: 'an IPv6 host keeps its brackets',
    text: 'sip:bob@[2001:db8::10]:5070',
    value: {
      scheme: 'sip',
      user: 'bob',
      host: '[2001:db8::10]',
      port: 5070,
      params: new Map(),
    },
  },
  {
    name: 'a user part with every separator (RFC 4475 semiuri, intmeth)',
    text: "sip:a;par=u%40b.net/x?,$&=+~*'(d):p?;=/@example.com",
    value: {
      scheme: 'sip',
      user: "a;par=u%40b.net/x?,$&=+~*'(d)",
      password: 'p?;=/',
      host: 'example.com',
      params: new Map(),
    },
  },
  {
    name: 'escapes stay escapes (RFC 4475 esc01, escnull)',
    text: 'sip:null-%00-null%zz@example.com;p%61=%7F',
    value: {
      scheme: 'sip',
      user: 'null-%00-null%zz',
      host: 'example.com',
      params: new Map([['p%61', '%7F']]),
    },
  },
  {
    name: 'headers right after the host',
    text: 'sip:10.0.0.1?a=b',
    value: { scheme: 'sip', host: '10.0.0.1', params: new Map(), headers: 'a=b' },
  },
];

const BAD = [
  '',
  'sip:',
  'sip',
  'tel:+123',
  'http://example.com',
  'sip:@example.com',
  'sip::pw@example.com',
  'sip:a@b@c',
  'sip:a@b;x=c@d',
  'sip:a@',
  'sip:a@:5060',
  'sip:a@b:',
  'sip:a@b:0',
  'sip:a@b:65536',
  'sip:a@b:5060x',
  'sip:a@b:-1',
  'sip:2001:db8::10',
  'sip:a@[2001:db8::10',
  'sip:a@[g::1]',
  'sip:a b@c',
  'sip:a@b;;lr',
  'sip:a@b; lr',
  'sip:a@b;',
  'sip:a@b;x="',
  '<sip:a@b>',
  'sip:a@b\r\nX: y',
  'sip:a@b%0d',
  `sip:a@${'h'.repeat(256)}`,
  `sip:a@b${Array.from({ length: 65 }, (_, index) => `;p${index}`).join('')}`,
];

const hostArb = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);
const wordArb = fc.stringMatching(/^[A-Za-z0-9\-_.!~*'()%]{1,12}$/);
const userArb = fc.stringMatching(/^[A-Za-z0-9\-_.!~*'()%&=+$,;?/]{1,20}$/);
const uriArb: fc.Arbitrary<SipUri> = fc.record(
  {
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    host: hostArb,
    user: userArb,
    port: fc.integer({ min: 1, max: 65_535 }),
    headers: fc.stringMatching(/^[A-Za-z0-9%&=]{0,12}$/),
    params: fc
      .dictionary(
        fc.stringMatching(/^[a-z0-9\-.!%*_+`'~]{1,10}$/),
        fc.oneof(fc.constant(true as const), wordArb),
      )
      .map((params) => new Map(Object.entries(params))),
  },
  { requiredKeys: ['scheme', 'host', 'params'] },
);

describe('SIP URI', () => {
  it.each(PAIRS)('reads and writes $name', ({ text, value }) => {
    expect(parseUri(text)).toEqual(value);
    expect(formatUri(value)).toBe(text);
  });

  it('knows the scheme and parameter names without regard to case', () => {
    expect(parseUri('SIPS:a@b;TRANSPORT=tcp;Transport=udp')).toEqual({
      scheme: 'sips',
      user: 'a',
      host: 'b',
      params: new Map([['transport', 'tcp']]),
    });
  });

  it('takes the longest host and the highest port', () => {
    const host = 'h'.repeat(255);

    expect(parseUri(`sip:${host}:65535`)).toMatchObject({ host, port: 65_535 });
    expect(parseUri('sip:a:1')).toMatchObject({ port: 1 });
  });

  it.each(BAD)('refuses %j', (text) => {
    expect(() => parseUri(text)).toThrow(SipParseError);
  });

  it('is the same after writing and reading', () => {
    fc.assert(
      fc.property(uriArb, (uri) => {
        expect(parseUri(formatUri(uri))).toEqual(uri);
      }),
    );
  });

  it('no text makes it throw anything but its own error', () => {
    const near = fc.tuple(uriArb.map(formatUri), fc.nat(), fc.string()).map(([text, at, noise]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + noise + text.slice(cut);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          parseUri(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SipParseError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
