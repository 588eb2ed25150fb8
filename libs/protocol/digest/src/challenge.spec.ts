import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigestError, parseChallenges, strongestChallenge } from './index.ts';
import type { DigestChallenge } from './index.ts';

const PLAIN: DigestChallenge = {
  realm: 'sip.test',
  nonce: 'n1',
  opaque: undefined,
  algorithm: 'MD5',
  qop: undefined,
  isStale: false,
};

const BASE = 'Digest realm="sip.test", nonce="n1"';

describe('reads a challenge', () => {
  it.each<[string, string, Partial<DigestChallenge>]>([
    ['of RFC 2069', BASE, {}],
    ['with qop', `${BASE}, qop="auth,auth-int"`, { qop: 'auth' }],
    ['with auth-int alone', `${BASE}, qop="auth-int"`, { qop: 'auth-int' }],
    ['with an unknown qop beside', `${BASE}, qop=" x , AUTH "`, { qop: 'auth' }],
    ['with an empty qop', `${BASE}, qop=""`, {}],
    ['with an algorithm in any case', `${BASE}, algorithm=sha-256`, { algorithm: 'SHA-256' }],
    ['with a quoted algorithm', `${BASE}, algorithm="MD5-sess"`, { algorithm: 'MD5-sess' }],
    ['with opaque', `${BASE}, opaque="x="`, { opaque: 'x=' }],
    ['with an empty realm', 'Digest realm="", nonce="n1"', { realm: '' }],
    ['that is stale', `${BASE}, stale=TRUE`, { isStale: true }],
    ['that is not stale', `${BASE}, stale=false`, {}],
    ['with commas', 'Digest realm="Acme, Inc",nonce="n1"', { realm: 'Acme, Inc' }],
    [
      'with escapes',
      String.raw`Digest realm="a\"b\\c, d=\"e\"", nonce="n1"`,
      { realm: 'a"b\\c, d="e"' },
    ],
    ['without quotes', 'Digest realm=sip.test, nonce=a/b+c==', { nonce: 'a/b+c==' }],
    ['in capitals', 'DIGEST REALM="sip.test",NONCE="n1"', {}],
    ['with odd spaces', ' digest  realm = "sip.test" ,, nonce= "n1" , ', {}],
    ['over two lines', 'Digest realm="sip.test",\r\n nonce="n1"', {}],
    ['with unknown parameters', `${BASE}, charset=UTF-8, userhash=true, x="y"`, {}],
    ['after another scheme', `Basic realm="x", ${BASE}`, {}],
    ['after a token', `Negotiate YWJj==, NTLM, ${BASE}`, {}],
    ['before another scheme', `${BASE}, Basic realm="x"`, {}],
    ['after an unknown algorithm', `Digest realm="x", nonce="y", algorithm=AKAv1-MD5, ${BASE}`, {}],
    ['after an unknown qop', `Digest realm="x", nonce="y", qop="z", ${BASE}`, {}],
  ])('%s', (_name, header, change) => {
    expect(parseChallenges(header)).toEqual([{ ...PLAIN, ...change }]);
  });

  it('of several in their order', () => {
    const header = `${BASE}, algorithm=MD5, qop="auth", Digest realm="b", nonce="n2", algorithm=SHA-256`;

    expect(parseChallenges(header)).toEqual([
      { ...PLAIN, qop: 'auth' },
      { ...PLAIN, realm: 'b', nonce: 'n2', algorithm: 'SHA-256' },
    ]);
  });

  it.each(['', ' , ', 'Basic realm="x"', 'Bearer'])('of none in %j', (header) => {
    expect(parseChallenges(header)).toEqual([]);
  });
});

describe('refuses', () => {
  it.each([
    ['an open quote', 'Digest realm="x, nonce="n1"', /no name|no value/],
    ['a parameter without a scheme', 'realm="x", nonce="n1"', /belongs to no scheme/],
    ['no value', 'Digest realm=, nonce="n1"', /realm has no value/],
    ['no nonce', 'Digest realm="x"', /no realm or no nonce/],
    ['no realm', 'Digest nonce="x"', /no realm or no nonce/],
    ['a second nonce', `${BASE}, nonce="n2"`, /nonce is given twice/],
    ['a line break in quotes', 'Digest realm="a\r\nb", nonce="n1"', /control character/],
    ['a zero byte', 'Digest realm="a\0b", nonce="n1"', /control character/],
    ['a long value', `Digest realm="${'x'.repeat(513)}", nonce="n1"`, /realm is too long/],
    ['a long header', `${BASE}, x="${'x'.repeat(8192)}"`, /too long/],
    ['many challenges', `${BASE}, `.repeat(17), /too many challenges/],
    [
      'many parameters',
      BASE + Array.from({ length: 63 }, (_, at) => `,p${at}=1`).join(''),
      /too many parameters/,
    ],
  ])('%s', (_name, header, message) => {
    expect(() => parseChallenges(header)).toThrow(DigestError);
    expect(() => parseChallenges(header)).toThrow(message);
  });

  it('takes what is just within the limits', () => {
    const header = Array.from({ length: 16 }, () => BASE).join(', ');

    expect(parseChallenges(header)).toHaveLength(16);
    expect(parseChallenges(`Digest realm="${'x'.repeat(512)}", nonce="n1"`)).toHaveLength(1);
  });
});

describe('the strongest', () => {
  const of = (...algorithms: DigestChallenge['algorithm'][]): DigestChallenge[] =>
    algorithms.map((algorithm, at) => ({ ...PLAIN, algorithm, nonce: String(at) }));

  it.each<[DigestChallenge['algorithm'][], string]>([
    [['MD5', 'SHA-256', 'SHA-512-256'], '2'],
    [['SHA-512-256', 'SHA-256', 'MD5'], '0'],
    [['MD5', 'SHA-256'], '1'],
    [['SHA-256-sess', 'MD5'], '0'],
    [['MD5-sess', 'MD5'], '1'],
    [['MD5', 'MD5'], '0'],
  ])('of %j is number %s', (algorithms, nonce) => {
    expect(strongestChallenge(of(...algorithms))?.nonce).toBe(nonce);
  });

  it('of none is none', () => {
    expect(strongestChallenge([])).toBeUndefined();
  });
});

describe('whatever the header says', () => {
  const near = fc
    .array(
      fc.constantFrom(
        ...[
          'Digest ',
          'Basic ',
          'realm=',
          'nonce=',
          'qop=',
          '"',
          '\\',
          ',',
          ' ',
          '=',
          'auth',
          '\r\n ',
          '\0',
          'é',
          '𝄞',
        ],
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));

  it('nothing but a DigestError is thrown', () => {
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (header) => {
        try {
          for (const { realm, nonce } of parseChallenges(header)) {
            expect(`${realm}${nonce}`).not.toMatch(/[^\P{Cc}\t]/u);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DigestError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
