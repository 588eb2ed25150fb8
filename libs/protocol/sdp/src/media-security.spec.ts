import { inspect } from 'node:util';
import { Secret } from '#foundation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCryptoLine } from './crypto-line.ts';
import { SdpError, buildAnswer, buildNextOffer, buildOffer, readAnswer } from './index.ts';
import type { LocalAudio, MediaSecurity, NegotiatedAudio, OfferedSecurity } from './index.ts';

const KEY_80 = 'A'.repeat(40);
const KEY_32 = 'B'.repeat(40);
const PEER_KEY = 'c2+/'.repeat(10);
const SUITE_80 = 'AES_CM_128_HMAC_SHA1_80';
const SUITE_32 = 'AES_CM_128_HMAC_SHA1_32';

const offered = (isRequired: boolean): OfferedSecurity => ({
  isRequired,
  keys: [
    { suite: SUITE_80, keySalt: new Secret(KEY_80) },
    { suite: SUITE_32, keySalt: new Secret(KEY_32) },
  ],
});
const PLAIN: LocalAudio = {
  codecs: ['PCMU'],
  direction: 'recvonly',
  address: '192.0.2.10',
  port: 20_000,
  ptimeMs: 20,
  sessionId: '7',
  version: 1,
};
const PREFERRED: LocalAudio = { ...PLAIN, security: offered(false) };
const REQUIRED: LocalAudio = { ...PLAIN, security: offered(true) };

const crypto = (rest: string): string => `a=crypto:${rest}`;
const GOOD_80 = crypto(`1 ${SUITE_80} inline:${PEER_KEY}`);
const GOOD_32 = crypto(`2 ${SUITE_32} inline:${PEER_KEY}`);
const peer = (profile: string, ...lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 198.51.100.7', 's=-', 'c=IN IP4 198.51.100.7', 't=0 0']
    .concat(`m=audio 4000 ${profile} 0`, lines)
    .map((line) => `${line}\r\n`)
    .join('');

const outcome = (run: () => NegotiatedAudio | undefined): string => {
  try {
    return run()?.security?.suite ?? 'plain';
  } catch (error) {
    if (error instanceof SdpError) return error.code;
    throw error;
  }
};
const linesOf = (sdp: string, start: string): string[] =>
  sdp.split('\r\n').filter((line) => line.startsWith(start));
const revealed = (security: MediaSecurity | undefined) =>
  security && {
    suite: security.suite,
    local: security.localKeySalt.reveal(),
    remote: security.remoteKeySalt.reveal(),
  };

describe('the offer', () => {
  it.each([
    { name: 'off', local: PLAIN, profile: 'RTP/AVP', count: 0 },
    { name: 'preferred', local: PREFERRED, profile: 'RTP/AVP', count: 2 },
    { name: 'required', local: REQUIRED, profile: 'RTP/SAVP', count: 2 },
  ])('$name: $profile with $count keys, the same again when asked for', (row) => {
    const sdp = buildOffer(row.local);

    expect(linesOf(sdp, 'm=')).toEqual([`m=audio 20000 ${row.profile} 0 101`]);
    expect(linesOf(sdp, 'a=crypto')).toEqual(
      [`a=crypto:1 ${SUITE_80} inline:${KEY_80}`, `a=crypto:2 ${SUITE_32} inline:${KEY_32}`].slice(
        0,
        row.count,
      ),
    );
    expect(buildNextOffer(row.local, sdp)).toBe(sdp);
  });
});

const ANSWERS = [
  { name: 'the first suite', text: peer('RTP/SAVP', GOOD_80), off: 'noAudio', both: SUITE_80 },
  { name: 'the second suite', text: peer('RTP/SAVP', GOOD_32), off: 'noAudio', both: SUITE_32 },
  {
    name: 'a profile with feedback',
    text: peer('RTP/SAVPF', GOOD_80),
    off: 'noAudio',
    both: SUITE_80,
  },
  {
    name: 'plain RTP',
    text: peer('RTP/AVP'),
    off: 'plain',
    preferred: 'plain',
    required: 'notSecure',
  },
  {
    name: 'a key beside plain RTP',
    text: peer('RTP/AVP', GOOD_80),
    off: 'plain',
    preferred: SUITE_80,
    required: 'notSecure',
  },
  {
    name: 'a tag that was not offered, beside plain RTP',
    text: peer('RTP/AVP', crypto(`3 ${SUITE_80} inline:${PEER_KEY}`)),
    off: 'plain',
    both: 'notSecure',
  },
  { name: 'no key', text: peer('RTP/SAVP'), off: 'noAudio', both: 'notSecure' },
  {
    name: 'the suite of another tag',
    text: peer('RTP/SAVP', crypto(`2 ${SUITE_80} inline:${PEER_KEY}`)),
    off: 'noAudio',
    both: 'notSecure',
  },
  {
    name: 'a suite that was not offered',
    text: peer('RTP/SAVP', crypto(`1 F8_128_HMAC_SHA1_80 inline:${PEER_KEY}`)),
    off: 'noAudio',
    both: 'notSecure',
  },
  { name: 'another transport', text: peer('UDP/TLS/RTP/SAVP'), off: 'noAudio', both: 'noAudio' },
];

describe('an answer with', () => {
  it.each(ANSWERS)('$name', ({ text, off, both, preferred = both, required = both }) => {
    expect({
      off: outcome(() => readAnswer(text, PLAIN)),
      preferred: outcome(() => readAnswer(text, PREFERRED)),
      required: outcome(() => readAnswer(text, REQUIRED)),
    }).toEqual({ off, preferred, required });
  });

  it('a key gives both keys, which no print shows', () => {
    const audio = readAnswer(peer('RTP/SAVP', GOOD_32), REQUIRED);

    expect(revealed(audio.security)).toEqual({ suite: SUITE_32, local: KEY_32, remote: PEER_KEY });
    const printed = JSON.stringify(audio) + inspect(audio, { depth: 9 });
    expect(printed).not.toContain(PEER_KEY);
    expect(printed).not.toContain(KEY_32);
  });

  it('a bad key is refused without showing it', () => {
    const run = (): unknown =>
      readAnswer(peer('RTP/SAVP', crypto(`9 ${SUITE_80} inline:${PEER_KEY}`)), REQUIRED);

    expect(run).toThrow(SdpError);
    expect(run).not.toThrow(PEER_KEY);
  });
});

describe('an offer of the peer with', () => {
  it('several keys is answered with the first that we can use, under its tag', () => {
    const f8 = crypto(`1 F8_128_HMAC_SHA1_80 inline:${PEER_KEY}`);
    const withMki = crypto(`2 ${SUITE_80} inline:${PEER_KEY}|1:4`);
    const taken = crypto(`77 ${SUITE_32} inline:${PEER_KEY}|2^31`);
    const last = buildOffer(REQUIRED);

    const answer = buildAnswer(peer('RTP/SAVP', f8, withMki, taken, GOOD_80), REQUIRED, last);

    expect(linesOf(answer.sdp, 'm=')).toEqual(['m=audio 20000 RTP/SAVP 0']);
    expect(linesOf(answer.sdp, 'a=crypto')).toEqual([`a=crypto:77 ${SUITE_32} inline:${KEY_32}`]);
    expect(revealed(answer.audio?.security)).toMatchObject({ local: KEY_32, remote: PEER_KEY });
  });

  it.each([
    { name: 'plain RTP', text: peer('RTP/AVP'), preferred: 'plain', required: 'notSecure' },
    {
      name: 'a key beside plain RTP',
      text: peer('RTP/AVP', GOOD_80),
      preferred: SUITE_80,
      required: 'notSecure',
    },
    {
      name: 'a key that we cannot use beside plain RTP',
      text: peer('RTP/AVP', crypto(`1 ${SUITE_80} inline:short`)),
      preferred: 'plain',
      required: 'notSecure',
    },
    {
      name: 'no key that we can use',
      text: peer('RTP/SAVP', crypto(`1 ${SUITE_80} inline:short`)),
      preferred: 'notSecure',
      required: 'notSecure',
    },
  ])('$name', ({ text, preferred, required }) => {
    expect(outcome(() => buildAnswer(text, PREFERRED).audio)).toBe(preferred);
    expect(outcome(() => buildAnswer(text, REQUIRED).audio)).toBe(required);
  });

  it('a key is answered in plain when SRTP is off', () => {
    const { sdp, audio } = buildAnswer(peer('RTP/AVP', GOOD_80), PLAIN);

    expect(sdp).not.toContain('crypto');
    expect(audio?.security).toBeUndefined();
  });

  it('another key keeps ours', () => {
    const first = buildAnswer(peer('RTP/SAVP', GOOD_80), REQUIRED, buildOffer(REQUIRED));
    const other = GOOD_80.replace(PEER_KEY, 'z'.repeat(40));
    const second = buildAnswer(peer('RTP/SAVP', other), REQUIRED, first.sdp);

    expect(second.sdp).toBe(first.sdp);
    expect(revealed(second.audio?.security)).toMatchObject({ remote: 'z'.repeat(40) });
  });

  it('a key for the whole session instead of a stream means nothing', () => {
    const text = peer('RTP/SAVP').replace('t=0 0\r\n', `t=0 0\r\n${GOOD_80}\r\n`);

    expect(outcome(() => readAnswer(text, REQUIRED))).toBe('notSecure');
  });
});

describe('a line', () => {
  const plain = `1 ${SUITE_80} inline:${PEER_KEY}`;

  it.each([
    plain,
    `${plain}|2^20`,
    `${plain}|1048576`,
    `${plain} WSH=64`,
    `${plain}  -x=y `,
    `999999999 ${SUITE_32} INLINE:${PEER_KEY}`,
  ])('%s is taken', (line) => {
    expect(parseCryptoLine(line)?.keySalt.reveal()).toBe(PEER_KEY);
  });

  it.each([
    `${plain}|1:4`,
    `${plain}|2^20|1:4`,
    `${plain};inline:${PEER_KEY}`,
    `${plain} KDR=1`,
    `${plain} UNENCRYPTED_SRTP`,
    `${plain} UNAUTHENTICATED_SRTP`,
    `${plain} WSH=64 FEC_ORDER=FEC_SRTP`,
    `${plain}A`,
    plain.slice(0, -1),
    plain.replace('c2+/', 'c2-_'),
    plain.replace('inline', 'uri'),
    plain.replace('1 ', '1234567890 '),
    plain.replace('_80', '_96'),
    `1 ${SUITE_80}`,
    '',
  ])('%j is not', (line) => {
    expect(parseCryptoLine(line)).toBeUndefined();
  });

  it('is taken or not, and nothing is thrown', () => {
    const part = fc.constantFrom(
      '1',
      ' ',
      SUITE_80,
      'inline:',
      PEER_KEY,
      '|',
      '2^3',
      ':',
      ';',
      '-',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((all) => all.join('')),
        ),
        (line) => {
          const text = peer('RTP/SAVP', crypto(line));
          expect(outcome(() => readAnswer(text, REQUIRED))).toMatch(
            /^(?:AES_|notSecure|malformed)/,
          );
        },
      ),
    );
  });
});
