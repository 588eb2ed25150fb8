import { describe, expect, it } from 'vitest';
import type { Micros } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import { SrtpSender } from '#protocol/srtp';
import { RtpSource, tone } from '#testkit';
import type { Delivery } from '#testkit';
import {
  AUDIO,
  runningMedia,
  SECURITY,
  keySaltOf,
  isSilent,
  toneOf,
} from '../../../../test/support/rtp-media-world.ts';

describe('the media of a leg with SRTP', () => {
  it('takes SRTP alone where it was agreed, through 100,000 bad packets and a held call, and sends it', async () => {
    const audio: NegotiatedAudio = { ...AUDIO, direction: 'sendrecv', security: SECURITY };
    const { media, ports, play } = await runningMedia(audio);
    const peer = new SrtpSender({
      suite: SECURITY.suite,
      keySalt: keySaltOf(SECURITY.remoteKeySalt),
    });
    const plain = new RtpSource({ signal: tone(440) });
    const take = (ms: number): Delivery[] =>
      plain.take(ms).map((delivery) => ({
        ...delivery,
        bytes: Uint8Array.from(peer.protectRtp(delivery.bytes) ?? []),
      }));

    const forger = new RtpSource({ signal: tone(880) });
    const forged = play(1_000, forger.take(1_000));
    const first = play(1_000, take(1_000));
    const [bad] = forger.take(20);
    for (let n = 0; n < 100_000; n++) ports.hear(bad?.bytes ?? new Uint8Array(0), 0 as Micros);
    const second = play(1_000, take(1_000));
    media.change({ ...audio, isHeld: true });
    play(400, take(400));
    media.change(audio);
    const back = play(1_000, take(1_000));

    expect(isSilent(forged)).toBe(true);
    expect([first, second, back].map(toneOf)).toEqual([440, 440, 440]);
    expect(media.refusedPackets()).toMatchObject({ unauthenticated: 100_050 });
    expect(media.describe()).toMatch(/^srtp\(AES_CM_128_HMAC_SHA1_80\) > /);
    expect(new Set(ports.sentSizes)).toEqual(new Set([12 + 160 + 10]));
  });

  it('goes on through replays and a roll-over of SRTP, with 1,000 bad packets in between', async () => {
    const audio: NegotiatedAudio = { ...AUDIO, security: SECURITY };
    const { media, ports, play, time } = await runningMedia(audio);
    const { suite, remoteKeySalt } = SECURITY;
    const peer = new SrtpSender({ suite, keySalt: keySaltOf(remoteKeySalt) });
    const source = new RtpSource({ signal: tone(440), firstSequence: 0xffff - 60 });
    const sent = source.take(3_000).map((delivery) => ({
      ...delivery,
      bytes: Uint8Array.from(peer.protectRtp(delivery.bytes) ?? []),
    }));

    const first = play(
      1_000,
      sent.slice(0, 50).map((each) => ({ ...each, bytes: each.bytes.slice() })),
    );
    const bad = sent[60]?.bytes.slice().fill(0, -10) ?? new Uint8Array(0);
    for (let n = 0; n < 1_000; n++) ports.hear(bad, time.nowMicros());
    for (const { bytes } of sent.slice(0, 50)) ports.hear(bytes, time.nowMicros());
    const second = play(1_000, sent.slice(50, 100));
    const third = play(1_000, sent.slice(100));

    expect([first, second, third].map(toneOf)).toEqual([440, 440, 440]);
    expect(media.refusedPackets()).toEqual({
      malformed: 0,
      unauthenticated: 1_000,
      replayed: 50,
      tooOld: 0,
    });
  });
});
