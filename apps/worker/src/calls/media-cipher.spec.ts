import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import type { MediaSecurity } from '#protocol/sdp';
import { RtpSource, tone } from '#testkit';
import { MediaCipher } from './media-cipher.ts';

const key = (letter: string): Secret => new Secret(letter.repeat(40));

/** What is agreed, seen from us, and the same seen from the peer. */
function agreed(
  ours: string,
  theirs: string,
  suite: MediaSecurity['suite'] = 'AES_CM_128_HMAC_SHA1_80',
) {
  const us: MediaSecurity = { suite, localKeySalt: key(ours), remoteKeySalt: key(theirs) };
  const peer: MediaSecurity = { suite, localKeySalt: key(theirs), remoteKeySalt: key(ours) };
  return { us, peer };
}

const FIRST = agreed('A', 'p');
const source = (): Uint8Array[] =>
  new RtpSource({ signal: tone(440) }).take(2_000).map(({ bytes }) => bytes);
const copy = (bytes: Uint8Array | undefined): Uint8Array => Uint8Array.from(bytes ?? []);

/** A leg of ours and the peer's, which is one as well. */
function legs(security = FIRST) {
  const ours = new MediaCipher();
  const peer = new MediaCipher();
  ours.agree(security.us);
  peer.agree(security.peer);
  const hears = (packet: Uint8Array | undefined): boolean =>
    ours.openRtp(copy(packet)) !== undefined;
  return { ours, peer, hears };
}

describe('the cipher of a leg', () => {
  it('opens nothing of a leg that is over, and counts on', () => {
    const { ours, peer, hears } = legs();
    const [first, late] = source().map((packet) => copy(peer.closeRtp(packet)));
    expect(hears(first)).toBe(true);
    expect(hears(first)).toBe(false);
    const { replayed } = ours.refused();

    ours.forget();
    expect(hears(late)).toBe(false);
    ours.agree(agreed('B', 'q').us);

    expect(hears(late)).toBe(false);
    expect(ours.isAuthenticRtp(copy(late))).toBe(false);
    expect(replayed).toBe(1);
    expect(ours.refused().replayed).toBe(1);
  });

  it('lets plain packets through where nothing was agreed', () => {
    const cipher = new MediaCipher();
    const [packet = new Uint8Array(0)] = source();

    expect([cipher.openRtp(packet), cipher.closeRtp(packet)]).toEqual([packet, packet]);
    expect([cipher.openRtcp(packet), cipher.closeRtcp(packet)]).toEqual([packet, packet]);
    expect(cipher.describe()).toBeUndefined();
  });

  it('drops plain packets where keys were agreed, and a replay, and counts them', () => {
    const { ours, peer, hears } = legs();
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = source();
    const sent = copy(peer.closeRtp(first));

    expect([hears(second), hears(sent), hears(sent)]).toEqual([false, true, false]);
    expect(ours.refused()).toMatchObject({ unauthenticated: 1, replayed: 1 });
    expect(ours.describe()).toBe('srtp(AES_CM_128_HMAC_SHA1_80)');
  });

  it('keeps counters and window when the same keys are agreed again, on hold, and after plain RTP', () => {
    const { ours, peer, hears } = legs();
    const [first = new Uint8Array(0)] = source();
    const sent = copy(peer.closeRtp(first));
    hears(sent);

    ours.agree(agreed('A', 'p').us);
    expect(hears(sent)).toBe(false);
    ours.agree(undefined);
    ours.agree(FIRST.us);
    expect(hears(sent)).toBe(false);
    expect(ours.closeRtp(first)).toBeDefined();
    // Never the same key stream twice.
    expect(ours.closeRtp(first)).toBeUndefined();
  });

  it('hears the old key of the peer until the first packet with the new one', () => {
    const { ours, peer, hears } = legs();
    const packets = source();
    const old = packets.slice(0, 3).map((packet) => copy(peer.closeRtp(packet)));
    const next = agreed('A', 'q');

    ours.agree(next.us);
    peer.agree(next.peer);
    const fresh = copy(peer.closeRtp(packets[3] ?? new Uint8Array(0)));

    expect([hears(old[0]), hears(old[1]), hears(fresh), hears(old[2])]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(ours.refused()).toMatchObject({ unauthenticated: 3 });
  });

  it('goes back to a fork that it has heard before', () => {
    const { ours, peer, hears } = legs();
    const [first = new Uint8Array(0), second = new Uint8Array(0)] = source();
    const sent = copy(peer.closeRtp(first));
    hears(sent);

    ours.agree(agreed('B', 'q', 'AES_CM_128_HMAC_SHA1_32').us);
    ours.agree(FIRST.us);

    expect(hears(sent)).toBe(false);
    expect(hears(peer.closeRtp(second))).toBe(true);
  });

  it('opens the reports of the peer', () => {
    const { ours, peer } = legs();
    const report = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 7);

    const sent = copy(peer.closeRtcp(report));
    expect(ours.openRtcp(sent)).toEqual(report);
    expect(ours.openRtcp(report)).toBeUndefined();
  });
});
