import { Secret } from '#foundation';
import { SeededRandom } from '#testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestResponse } from './digest-response.ts';
import type { DigestInput } from './digest-response.ts';
import { DigestError, DigestSession, parseChallenges, strongestChallenge } from './index.ts';
import type { DigestChallenge } from './index.ts';

const REQUEST = { method: 'INVITE', uri: 'sip:bob@sip.test;transport=tcp', body: 'v=0' };

function sessionFor(challenge: DigestChallenge, username = 'studio', password = 'hunter2') {
  const credentials = { username, password: new Secret(password) };
  return new DigestSession({ challenge, credentials, random: new SeededRandom(1) });
}

function session(header: string, username?: string) {
  const challenge = strongestChallenge(parseChallenges(header));
  if (challenge === undefined) throw new Error('no challenge in the header');
  return sessionFor(challenge, username);
}

/** A server of its own: takes the fields apart and reckons the response again. */
function fieldsOf(header: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of header.matchAll(
    /([a-z]+)=(?:"((?:\\.|[^"\\])*)"|([^",\s]+))/gu,
  )) {
    expect(fields.has(name)).toBe(false);
    fields.set(name, quoted?.replace(/\\(.)/gu, '$1') ?? plain);
  }
  return fields;
}

function isAccepted(header: string, expected: Pick<DigestInput, 'password' | 'method' | 'body'>) {
  const fields = fieldsOf(header);
  const field = (name: string): string => fields.get(name) ?? '';
  const input = {
    ...expected,
    ...{ username: field('username'), realm: field('realm'), nonce: field('nonce') },
    ...{ uri: field('uri'), cnonce: field('cnonce'), nonceCount: field('nc') },
    algorithm: field('algorithm') as DigestInput['algorithm'],
    qop: fields.get('qop') as DigestInput['qop'],
  };
  return field('response') === digestResponse(input);
}

describe('a session', () => {
  it('writes everything that qop asks for', () => {
    const header = session(
      'Digest realm="sip.test", nonce="n1", qop="auth", algorithm=SHA-256, opaque="o1"',
    ).authorize(REQUEST);

    const cnonce = fieldsOf(header).get('cnonce') ?? '';
    expect(cnonce).toMatch(/^[\da-f]{32}$/);
    expect(header.replace(cnonce, 'C').replace(/response="[\da-f]{64}"/, 'response="R"')).toBe(
      'Digest username="studio", realm="sip.test", nonce="n1", uri="sip:bob@sip.test;transport=tcp", ' +
        'response="R", algorithm=SHA-256, cnonce="C", opaque="o1", qop=auth, nc=00000001',
    );
    expect(isAccepted(header, { ...REQUEST, password: 'hunter2' })).toBe(true);
  });

  it('writes neither count nor cnonce without qop, as RFC 2617 demands', () => {
    const fields = fieldsOf(session('Digest realm="sip.test", nonce="n1"').authorize(REQUEST));

    expect([...fields.keys()]).toEqual([
      'username',
      'realm',
      'nonce',
      'uri',
      'response',
      'algorithm',
    ]);
  });

  it('counts the requests in hexadecimal and keeps its cnonce', () => {
    const counting = session('Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess');
    const headers = Array.from({ length: 17 }, () => counting.authorize(REQUEST));

    const counts = headers.map((header) => fieldsOf(header).get('nc'));
    expect(counts.slice(8)).toEqual(
      ['9', 'a', 'b', 'c', 'd', 'e', 'f', '10', '11'].map((text) => text.padStart(8, '0')),
    );
    expect(new Set(headers.map((header) => fieldsOf(header).get('cnonce'))).size).toBe(1);
    expect(new Set(headers.map((header) => fieldsOf(header).get('response'))).size).toBe(17);
  });

  it('protects the body with auth-int', () => {
    const header = session('Digest realm="r", nonce="n", qop="auth-int"').authorize(REQUEST);

    expect(isAccepted(header, { ...REQUEST, password: 'hunter2' })).toBe(true);
    expect(isAccepted(header, { ...REQUEST, password: 'hunter2', body: 'v=1' })).toBe(false);
  });

  it('escapes what would leave its quotes', () => {
    const header = session(String.raw`Digest realm="a\"b, \\c", nonce="n"`, 'a"b\\').authorize(
      REQUEST,
    );

    expect(header).toContain(String.raw`username="a\"b\\", realm="a\"b, \\c"`);
    expect(isAccepted(header, { ...REQUEST, password: 'hunter2' })).toBe(true);
  });

  it.each(['a\r\nb', 'a\0'])('refuses the login %j', (username) => {
    expect(() => session('Digest realm="r", nonce="n"', username).authorize(REQUEST)).toThrow(
      DigestError,
    );
  });
});

describe('any challenge and login', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', ',', '=', ' ', 'é', '𝄞') });
  const challenge = fc.record({
    realm: text,
    nonce: text,
    opaque: fc.option(text, { nil: undefined }),
    algorithm: fc.constantFrom(
      ...([
        'MD5',
        'MD5-sess',
        'SHA-256',
        'SHA-256-sess',
        'SHA-512-256',
        'SHA-512-256-sess',
      ] as const),
    ),
    qop: fc.constantFrom('auth' as const, 'auth-int' as const, undefined),
    isStale: fc.boolean(),
  });

  it('is answered so that a server reads every text back and comes to the same response', () => {
    fc.assert(
      fc.property(challenge, text, text, (challenge, username, password) => {
        const header = sessionFor(challenge, username, password).authorize(REQUEST);

        const fields = fieldsOf(header);
        expect(fields.get('username')).toBe(username);
        expect(fields.get('realm')).toBe(challenge.realm);
        expect(fields.get('nonce')).toBe(challenge.nonce);
        expect(fields.get('opaque')).toBe(challenge.opaque);
        expect(isAccepted(header, { ...REQUEST, password })).toBe(true);
        expect(isAccepted(header, { ...REQUEST, password: `${password}x` })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('survives being written and read', () => {
    const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 5 }), (challenges) => {
        const header = challenges
          .map(({ realm, nonce, opaque, algorithm, qop, isStale }) =>
            [
              `Digest realm=${quoted(realm)}`,
              `nonce=${quoted(nonce)}`,
              ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
              ...(qop === undefined ? [] : [`qop="${qop}"`]),
              `algorithm=${algorithm}, stale=${String(isStale)}`,
            ].join(','),
          )
          .join(', ');

        expect(parseChallenges(header)).toEqual(challenges);
      }),
      { numRuns: 500 },
    );
  });
});
