import { describe, expect, it } from 'vitest';
import { proofQuery, readAuthDemand, userQuery, withQuery } from './publisher-authentication.ts';
import type { AuthChallenge, AuthDemand } from './publisher-authentication.ts';

const LOGIN = { user: 'studio', password: 's3cret' };
const random = { bytes: () => Uint8Array.of(1, 2, 3, 4), below: () => 0 };
const ADOBE: AuthChallenge = {
  kind: 'challenge',
  scheme: 'adobe',
  salt: 'aGVsbG8=',
  challenge: 'Y2hhbGw=',
  opaque: 'b3BhcXVl',
};

describe('what a server asks a publisher for', () => {
  it.each<[string, AuthDemand | undefined]>([
    ['[ code=403 need auth; authmod=adobe ]', { kind: 'user', scheme: 'adobe' }],
    ['[ code=403 need auth; authmod=llnw ] : ', { kind: 'user', scheme: 'llnw' }],
    [
      '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=studio&salt=aGVsbG8=&challenge=Y2hhbGw=&opaque=b3BhcXVl',
      ADOBE,
    ],
    [
      '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=u&salt=s&challenge=c',
      { kind: 'challenge', scheme: 'adobe', salt: 's', challenge: 'c', opaque: undefined },
    ],
    [
      '[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=needauth&user=u&nonce=abc123',
      { kind: 'challenge', scheme: 'llnw', nonce: 'abc123' },
    ],
    [
      '[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=x',
      { kind: 'refused', reason: 'wrongPassword' },
    ],
    ['[ authmod=llnw ] : ?reason=nosuchuser', { kind: 'refused', reason: 'unknownUser' }],
    ['?reason=authfailed', { kind: 'refused', reason: 'wrongPassword' }],
    ['?reason=needauth&user=u&nonce=abc123', undefined],
    ['[ authmod=adobe ] : ?reason=toString', { kind: 'refused', reason: 'other' }],
    ['[ authmod=adobe ] : ?reason=needauth&user=u', { kind: 'refused', reason: 'other' }],
    [
      `[ authmod=adobe ] : ?reason=needauth&salt=${'x'.repeat(300)}&challenge=c`,
      { kind: 'refused', reason: 'other' },
    ],
    ['[ authmod=kerberos ] : ?reason=needauth', undefined],
    ['Application (live) is not defined.', undefined],
  ])('%s', (description, demand) => {
    expect(readAuthDemand(description)).toEqual(demand);
  });
});

/** Expected proofs were computed from the formulas by Python's hashlib. */
describe('what a publisher answers', () => {
  it('its name first', () => {
    expect(userQuery('adobe', 'a&b')).toBe('authmod=adobe&user=a%26b');
  });

  it('to Adobe, over the opaque text', () => {
    expect(proofQuery(ADOBE, LOGIN, { app: 'live', random })).toBe(
      'authmod=adobe&user=studio&challenge=AQIDBA==&response=XxoCPUJwikKZ7irEptkriw==&opaque=b3BhcXVl',
    );
  });

  it('to Adobe, over the challenge where there is no opaque text', () => {
    const challenge = { ...ADOBE, opaque: undefined };

    expect(proofQuery(challenge, LOGIN, { app: 'live', random })).toBe(
      'authmod=adobe&user=studio&challenge=AQIDBA==&response=Gu03Nxkl0Zy2gVP7nfIvvw==',
    );
  });

  it.each([
    ['live', '4d2bc34dd66c54f9155f41c5a024d311'],
    ['live?a=b', '4d2bc34dd66c54f9155f41c5a024d311'],
    ['live/room', '3beab9fb61e534d1feed0d2023f718bb'],
  ])('to Limelight, for the application %s', (app, response) => {
    const challenge = { kind: 'challenge', scheme: 'llnw', nonce: 'abc123' } as const;

    expect(proofQuery(challenge, LOGIN, { app, random })).toBe(
      `authmod=llnw&user=studio&nonce=abc123&cnonce=01020304&nc=00000001&response=${response}`,
    );
  });

  it('behind whatever query there is', () => {
    expect(withQuery('live', 'a=b')).toBe('live?a=b');
    expect(withQuery('live?x=y', 'a=b')).toBe('live?x=y&a=b');
  });
});
