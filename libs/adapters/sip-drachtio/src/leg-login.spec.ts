import { Secret } from '#foundation';
import { SeededRandom, digestProblem } from '#testkit';
import { describe, expect, it } from 'vitest';
import { LegLogin } from './leg-login.ts';
import type { SrfResponse } from './srf-types.ts';

const INVITE = { method: 'INVITE', uri: 'sip:bob@sip.test', body: 'v=0' };
const BYE = { method: 'BYE', uri: 'sip:bob@192.0.2.1', body: '' };
const LOGIN = { username: 'studio', password: 'hunter2', realm: 'sip.test', nonce: 'n1' };
const BASE = 'Digest realm="sip.test", nonce="n1"';

function newLogin(realms?: readonly string[]): LegLogin {
  const credentials = { username: 'studio', password: new Secret('hunter2') };
  const restricted = realms === undefined ? credentials : { ...credentials, realms };
  return new LegLogin(restricted, new SeededRandom(1));
}

function challenge(header: string, status = 407, source = '192.0.2.1'): SrfResponse {
  const name = status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  return {
    status,
    headers: {},
    source_address: source,
    get: (wanted) => (wanted === name ? header : undefined),
    send: () => undefined,
  };
}

describe('answers', () => {
  it.each([
    ['407', 407, 'Proxy-Authorization'],
    ['401', 401, 'Authorization'],
  ])('%s', (_name, status, answering) => {
    const headers = newLogin().answer(challenge(`${BASE}, qop="auth"`, status), INVITE) ?? {};

    expect(Object.keys(headers)).toEqual([answering]);
    expect(digestProblem(headers[answering] ?? '', { ...LOGIN, ...INVITE, qop: 'auth' })).toBe(
      undefined,
    );
  });

  it.each([
    ['only SHA-256', [`${BASE}, algorithm=SHA-256`], 'SHA-256'],
    ['MD5, then SHA-256', [`${BASE}, algorithm=MD5`, `${BASE}, algorithm=SHA-256`], 'SHA-256'],
    ['SHA-512-256, then MD5', [`${BASE}, algorithm=SHA-512-256`, BASE], 'SHA-512-256'],
    ['MD5-sess', [`${BASE}, algorithm=MD5-sess, qop="auth"`], 'MD5-sess'],
    ['an unknown one, then MD5', [`${BASE}, algorithm=XOR`, BASE], 'MD5'],
    ['Basic, then none', ['Basic realm="sip.test"', BASE], 'MD5'],
  ] as const)('%s with %s', (_name, headers, algorithm) => {
    const all = headers.join(',');
    const answer = newLogin().answer(challenge(all), INVITE)?.['Proxy-Authorization'] ?? '';

    const qop = all.includes('qop') ? { qop: 'auth' as const } : {};
    expect(digestProblem(answer, { ...LOGIN, ...INVITE, algorithm, ...qop })).toBeUndefined();
  });

  it('the body too, where the server wants nothing else', () => {
    const answer = newLogin().answer(challenge(`${BASE}, qop="auth-int"`), INVITE);

    const expected = { ...LOGIN, ...INVITE, qop: 'auth-int' } as const;
    expect(digestProblem(answer?.['Proxy-Authorization'] ?? '', expected)).toBeUndefined();
  });

  it('a stale nonce once more, with the new one', () => {
    const login = newLogin();
    const stale = (nonce: string): SrfResponse =>
      challenge(`Digest realm="sip.test", nonce="${nonce}", stale=true`);
    login.answer(challenge(BASE), INVITE);

    const again = login.answer(stale('n2'), INVITE)?.['Proxy-Authorization'] ?? '';

    expect(digestProblem(again, { ...LOGIN, ...INVITE, nonce: 'n2' })).toBeUndefined();
    expect(login.answer(stale('n3'), INVITE)).toBeUndefined();
  });

  it('a proxy and then the server behind it, if their realm is the same', () => {
    const login = newLogin();
    login.answer(challenge(`${BASE}, qop="auth"`), INVITE);

    const headers = login.answer(challenge(BASE, 401), INVITE) ?? {};

    const counted = { ...LOGIN, ...INVITE, qop: 'auth', nonceCount: 2 } as const;
    expect(digestProblem(headers['Proxy-Authorization'] ?? '', counted)).toBeUndefined();
    expect(digestProblem(headers['Authorization'] ?? '', { ...LOGIN, ...INVITE })).toBeUndefined();
  });

  it('the BYE too, and counts on when the nonce is the same', () => {
    const login = newLogin();
    login.answer(challenge(`${BASE}, qop="auth"`), INVITE);

    const answer = login.answer(challenge(`${BASE}, qop="auth"`), BYE)?.['Proxy-Authorization'];

    const expected = { ...LOGIN, ...BYE, qop: 'auth', nonceCount: 2 } as const;
    expect(digestProblem(answer ?? '', expected)).toBeUndefined();
  });
});

describe('with a list of realms', () => {
  const OTHER = 'Digest realm="edge, \\"west\\"", nonce="n9"';

  it('answers each of them, and no other', () => {
    const login = newLogin(['sip.test', 'edge, "west"']);

    expect(login.answer(challenge('Digest realm="evil.test", nonce="n"'), INVITE)).toBeUndefined();
    expect(login.answer(challenge(BASE), INVITE)).toBeDefined();
    expect(login.answer(challenge(OTHER, 401), INVITE)).toBeDefined();
    expect(login.answer(challenge('Digest realm="SIP.TEST", nonce="n"'), BYE)).toBeUndefined();
  });

  it('picks its own out of several challenges', () => {
    const both = `Digest realm="evil.test", nonce="n", algorithm=SHA-256, ${BASE}`;

    const answer = newLogin(['sip.test']).answer(challenge(both), INVITE);

    expect(answer?.['Proxy-Authorization']).toContain('realm="sip.test"');
  });
});

describe('does not answer', () => {
  it.each([
    ['what is no challenge', challenge(BASE, 403)],
    ['what has no header', { ...challenge(BASE), get: () => undefined }],
    ['what cannot be read', challenge('Digest realm="x')],
    ['an unknown algorithm', challenge(`${BASE}, algorithm=XOR`)],
    ['what the signalling server made up', challenge(BASE, 407, '')],
  ])('%s', (_name, response) => {
    expect(newLogin().answer(response, INVITE)).toBeUndefined();
  });

  it('the same realm twice: the password is wrong', () => {
    const login = newLogin();
    login.answer(challenge(BASE), INVITE);

    expect(login.answer(challenge(BASE.replace('n1', 'n2')), INVITE)).toBeUndefined();
  });

  it.each([INVITE, BYE])('another realm than the first, to $method', (request) => {
    const login = newLogin();
    login.answer(challenge(BASE), INVITE);
    const other = 'Digest realm="elsewhere.test", nonce="n2", stale=true';

    expect(login.answer(challenge(other), request)).toBeUndefined();
    expect(login.answer(challenge(other, 401), request)).toBeUndefined();
  });
});
