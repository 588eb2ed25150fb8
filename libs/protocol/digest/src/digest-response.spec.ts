import { describe, expect, it } from 'vitest';
import type { DigestAlgorithm, DigestQop } from './challenge.ts';
import { digestResponse } from './digest-response.ts';
import type { DigestInput } from './digest-response.ts';

/** RFC 7616 section 3.9.1. */
const MUFASA: DigestInput = {
  algorithm: 'MD5',
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  nonceCount: '00000001',
  qop: 'auth',
  method: 'GET',
  uri: '/dir/index.html',
  body: '',
};

/** RFC 2617 section 3.5. */
const OLD_MUFASA: DigestInput = {
  ...MUFASA,
  realm: 'testrealm@host.com',
  password: 'Circle Of Life',
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  cnonce: '0a4f113b',
};

/** RFC 7616 section 3.9.2. */
const JASON: DigestInput = {
  ...MUFASA,
  algorithm: 'SHA-512-256',
  username: 'J\u00e4s\u00f8n Doe',
  realm: 'api@example.org',
  password: 'Secret, or not?',
  nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
  cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
  uri: '/doe.json',
};

describe('the examples of the standards', () => {
  it.each<[string, DigestInput, string]>([
    ['RFC 2617 section 3.5', OLD_MUFASA, '6629fae49393a05397450978507c4ef1'],
    ['RFC 7616 section 3.9.1, MD5', MUFASA, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      'RFC 7616 section 3.9.1, SHA-256',
      { ...MUFASA, algorithm: 'SHA-256' },
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      // The text of the RFC has SHA-512 cut off after 256 bits instead; erratum 4897 gives this value.
      'RFC 7616 section 3.9.2, SHA-512-256',
      JASON,
      '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    ],
  ])('%s', (_name, input, response) => {
    expect(digestResponse(input)).toBe(response);
  });
});

describe('the variants', () => {
  // Reckoned with md5sum and sha256sum of coreutils.
  it.each<[DigestAlgorithm, DigestQop | undefined, string, string]>([
    ['MD5', undefined, '', '670fd8c2df070c60b045671b8b24ff02'],
    ['MD5', 'auth', 'v=0', '6629fae49393a05397450978507c4ef1'],
    ['MD5', 'auth-int', 'v=0', '5db8f67ee86f54b921ff197961aee76e'],
    ['MD5', 'auth-int', '', '5e6610ecf9ba3017a4870ad48e3ad30b'],
    ['MD5-sess', undefined, '', '4726bc10c33fa6cb357eb27807b1cce8'],
    ['MD5-sess', 'auth', 'v=0', '8e3825c57e897f5a0dec6c2d4e5059d0'],
    ['MD5-sess', 'auth-int', 'v=0', 'd3f416657f911fa28c8b6e445c9afda3'],
    ['MD5-sess', 'auth-int', '', '0c9976da714ad8905eb2720abe326a63'],
    [
      'SHA-256-sess',
      undefined,
      '',
      '6f421709505a71923c950606510a113314a303e5224f5d6390e4ad42cb718479',
    ],
    [
      'SHA-256-sess',
      'auth',
      'v=0',
      'b8822e12417cb7750f4e2b8515f0dcf25b7dd26993e80bee1426201446a7f59b',
    ],
    [
      'SHA-256-sess',
      'auth-int',
      'v=0',
      'a7113832a642cbf920f7b5969cc0207da93cf1c71945e5fe01542e75d7bc78f3',
    ],
    [
      'SHA-256-sess',
      'auth-int',
      '',
      '6d80a12b361a15d2f54b18e8db571f74a1d8c7cfa25cc3f04a34cb2e7575b0d8',
    ],
  ])('%s with qop %s and body %j', (algorithm, qop, body, response) => {
    expect(digestResponse({ ...OLD_MUFASA, algorithm, qop, body })).toBe(response);
  });
});
