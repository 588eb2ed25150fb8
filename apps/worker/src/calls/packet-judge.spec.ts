import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { buildRtcp } from '#protocol/rtp';
import type { MediaSecurity } from '#protocol/sdp';
import { SrtpSender } from '#protocol/srtp';
import { RtpSource, tone } from '#testkit';
import { MediaCipher } from './media-cipher.ts';
import { PacketJudge } from './packet-judge.ts';

const SECURITY: MediaSecurity = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  localKeySalt: new Secret('A'.repeat(40)),
  remoteKeySalt: new Secret('B'.repeat(40)),
};
const senderOf = (secret: Secret): SrtpSender =>
  new SrtpSender({
    suite: SECURITY.suite,
    keySalt: Uint8Array.from(Buffer.from(secret.reveal(), 'base64')),
  });
const RTP = new RtpSource({ signal: tone(440) }).take(60).map(({ bytes }) => bytes);
const FIRST = RTP[0] ?? new Uint8Array(0);
const RTCP = buildRtcp([{ type: 'RR', ssrc: 7, reports: [] }]);
const copy = (bytes: Uint8Array | undefined): Uint8Array => Uint8Array.from(bytes ?? []);

function setup({
  security,
  isMuxed = false,
}: { security?: MediaSecurity; isMuxed?: boolean } = {}) {
  const cipher = new MediaCipher();
  cipher.agree(security);
  const judge = new PacketJudge(cipher);
  judge.agree([0, 101], isMuxed);
  return { cipher, judge };
}

describe('a judge of plain packets', () => {
  it.each([
    { what: 'RTP of an agreed type', bytes: FIRST, isGenuine: true },
    { what: 'RTP of another type', bytes: Uint8Array.from(FIRST).fill(8, 1, 2), isGenuine: false },
    { what: 'another version', bytes: Uint8Array.from(FIRST).fill(0x40, 0, 1), isGenuine: false },
    {
      what: 'fifteen sources that are not there',
      bytes: copy(FIRST.subarray(0, 20)).fill(0x8f, 0, 1),
      isGenuine: false,
    },
    {
      what: 'a lying extension',
      bytes: Uint8Array.from(FIRST).fill(0x90, 0, 1).fill(0xff, 12, 16),
      isGenuine: false,
    },
    {
      what: 'more padding than packet',
      bytes: Uint8Array.from(FIRST).fill(0xa0, 0, 1).fill(0xff, -1),
      isGenuine: false,
    },
    { what: 'a truncated header', bytes: FIRST.subarray(0, 11), isGenuine: false },
    { what: 'nothing', bytes: new Uint8Array(0), isGenuine: false },
    { what: 'RTCP', bytes: RTCP, isGenuine: false },
  ])('says of $what on the port of RTP: $isGenuine', ({ bytes, isGenuine }) => {
    expect(setup().judge.isRtpGenuine(bytes)).toBe(isGenuine);
  });

  it('takes RTCP on its own port, on that of RTP where both share it, and no RTP for it', () => {
    expect(setup().judge.isRtcpGenuine(RTCP)).toBe(true);
    expect(setup().judge.isRtcpGenuine(FIRST)).toBe(false);
    expect(setup({ isMuxed: true }).judge.isRtpGenuine(RTCP)).toBe(true);
  });
});

describe('a judge of SRTP', () => {
  it('takes what the key of the peer has made, as often as it is asked, and nothing that was heard before', () => {
    const { cipher, judge } = setup({ security: SECURITY });
    const datagram = copy(senderOf(SECURITY.remoteKeySalt).protectRtp(FIRST));

    expect(judge.isRtpGenuine(datagram)).toBe(true);
    expect(judge.isRtpGenuine(datagram)).toBe(true);
    expect(cipher.openRtp(copy(datagram))).toEqual(FIRST);
    expect(judge.isRtpGenuine(datagram)).toBe(false);
    expect(cipher.refused()).toMatchObject({ unauthenticated: 0, replayed: 0 });
  });

  it('takes nothing plain, forged or damaged, and does not count it', () => {
    const { cipher, judge } = setup({ security: SECURITY });
    const forged = copy(senderOf(SECURITY.localKeySalt).protectRtp(FIRST));
    const damaged = copy(senderOf(SECURITY.remoteKeySalt).protectRtp(FIRST)).fill(1, 40, 41);

    for (const bytes of [FIRST, forged, damaged]) expect(judge.isRtpGenuine(bytes)).toBe(false);
    for (const bytes of [RTCP, forged]) expect(judge.isRtcpGenuine(bytes)).toBe(false);
    expect(cipher.refused()).toMatchObject({ unauthenticated: 0, malformed: 0 });
  });

  it('takes sealed RTCP, on the port of RTP too', () => {
    const { judge } = setup({ security: SECURITY, isMuxed: true });
    const sealed = copy(senderOf(SECURITY.remoteKeySalt).protectRtcp(RTCP));

    expect(judge.isRtcpGenuine(sealed)).toBe(true);
    expect(judge.isRtpGenuine(sealed)).toBe(true);
  });

  it('takes the old key of the peer while its packets are on their way', () => {
    const { cipher, judge } = setup({ security: SECURITY });
    const datagram = copy(senderOf(SECURITY.remoteKeySalt).protectRtp(FIRST));

    cipher.agree({ ...SECURITY, remoteKeySalt: new Secret('C'.repeat(40)) });

    expect(judge.isRtpGenuine(datagram)).toBe(true);
  });
});
