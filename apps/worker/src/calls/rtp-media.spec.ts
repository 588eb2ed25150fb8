import { describe, expect, it } from 'vitest';
import { PcmAacEncoder, RtpSource, dominantToneHz, tone } from '#testkit';
import {
  SPEC,
  AUDIO,
  mediaWorld,
  brokenEncoder,
  runningMedia,
  isSilent,
  toneOf,
} from '../../../../test/support/rtp-media-world.ts';

describe('the media of a leg', () => {
  it('tells once that its path is broken, leaves the beat and frees its ports', async () => {
    const { encoder, create } = brokenEncoder();
    const { time, metronome, ports, open } = mediaWorld(create);
    const media = await open(SPEC);
    const faults: string[] = [];

    media.start(AUDIO, (fault) => faults.push(fault.code));
    time.advance(200);

    expect(faults).toEqual(['MEDIA_FAILED']);
    expect(metronome.memberCount).toBe(0);
    media.stop();
    expect(ports.closes).toBe(1);
    expect(encoder.closes).toBe(1);
    expect(time.pendingCount).toBe(0);
  });

  it('frees its ports even when its last figures cannot be taken, and says goodbye all the same', async () => {
    const { media, ports, metronome, encoder, play } = await runningMedia();
    play(6_000, new RtpSource({ signal: tone(440) }).take(1_000));
    const { reports } = ports;
    ports.stats = () => {
      throw new Error('the figures are broken');
    };

    media.stop();

    expect(ports.closes).toBe(1);
    expect(metronome.memberCount).toBe(0);
    expect(encoder.isClosed).toBe(true);
    expect(ports.reports).toBe(reports + 1);
    expect(media.stats()).toBeUndefined();
  });

  it('is silent when its peer is gone, whatever still comes, and goes on with the next one without a gap', async () => {
    const { media, ports, play, encoder, playedMs } = await runningMedia();
    const source = new RtpSource({ signal: tone(440) });
    const first = play(1_000, source.take(1_000));

    media.leave();
    play(400, source.take(400));
    const silence = play(1_000, source.take(1_000));
    media.change({ ...AUDIO, remote: { address: '127.0.0.1', port: 5000, rtcpPort: 5001 } });
    const after = new RtpSource({ signal: tone(880), ssrc: 2 });
    const second = play(1_000, after.take(1_000));

    expect(toneOf(first)).toBe(440);
    expect(isSilent(silence)).toBe(true);
    expect(toneOf(second)).toBe(880);
    expect(ports.forgotten).toBe(1);
    expect(ports.targets.at(-1)).toMatchObject({ port: 5000 });
    expect(encoder.heard.length / 8).toBeCloseTo(playedMs(), -2);
  });

  it('follows another codec on another port without a gap, the last packets of the old one included', async () => {
    const { media, ports, play, encoder, playedMs } = await runningMedia();
    const before = new RtpSource({ signal: tone(440) }).take(1_400);
    const after = new RtpSource({ signal: tone(880), codec: 'PCMA', ssrc: 2 }).take(1_000);
    const first = play(1_000, before);

    media.change({
      ...AUDIO,
      codec: 'PCMA',
      payloadType: 8,
      payloadTypes: new Map([[8, { codec: 'PCMA', clockRate: 8000, channels: 1 }]]),
      remote: { address: '127.0.0.1', port: 5000, rtcpPort: 5001 },
    });
    const between = play(400, before.slice(50));
    const second = play(1_000, after);

    expect(toneOf(first)).toBe(440);
    expect(dominantToneHz(between.slice(-1_600), 8_000)).toBe(440);
    expect(toneOf(second)).toBe(880);
    expect(ports.targets.map(({ port }) => port)).toEqual([4000, 5000]);
    expect(encoder.heard).toHaveLength(8 * playedMs());
    expect(media.describe()).toContain('8:pcma');
  });

  it('goes on with silence while it is held, whatever comes in, and plays on at once', async () => {
    const { media, play, encoder, playedMs } = await runningMedia();
    const source = new RtpSource({ signal: tone(440) });
    play(1_000, source.take(1_000));

    media.change({ ...AUDIO, direction: 'inactive', isHeld: true });
    play(200);
    const lastPacketAt = media.lastPacketMicros;
    const held = play(1_000, source.take(1_000));
    media.change(AUDIO);
    const back = play(1_000, source.take(1_000));

    expect(isSilent(held)).toBe(true);
    expect(media.lastPacketMicros).toBeGreaterThan(lastPacketAt ?? 0);
    expect(toneOf(back)).toBe(440);
    expect(back.findIndex((sample) => sample !== 0)).toBeLessThan(8 * 100);
    expect(encoder.heard).toHaveLength(8 * playedMs());
  });

  it('tells the codec that is heard, which the peer may change within the agreement', async () => {
    const payloadTypes = new Map(AUDIO.payloadTypes);
    payloadTypes.set(8, { codec: 'PCMA', clockRate: 8000, channels: 1 });
    const { media, play } = await runningMedia({ ...AUDIO, payloadTypes });
    const before = media.stats()?.audio.codec;

    play(200, new RtpSource({ signal: tone(440), codec: 'PCMA' }).take(200));

    expect(before).toBe('PCMU');
    expect(media.stats()?.audio.codec).toBe('PCMA');
  });

  it('tells what it has counted, while it runs and when it has ended', async () => {
    const world = mediaWorld(() => new PcmAacEncoder());
    const media = await world.open(SPEC);
    const before = media.stats();
    media.start(AUDIO, (fault) => {
      throw fault;
    });
    const source = new RtpSource({ signal: tone(440) });

    source.take(5_000).forEach(({ bytes }, index) => {
      if (index % 50 !== 10) world.ports.hear(bytes, world.time.nowMicros());
      world.time.advance(20);
    });
    const runningMedia = media.stats();
    media.stop();

    expect(before).toBeUndefined();
    expect(runningMedia?.audio).toMatchObject({ codec: 'PCMU', packets: 245, lost: 5, late: 0 });
    expect(runningMedia?.audio.bufferMs).toBeGreaterThan(20);
    expect(runningMedia?.audio.levelDbfs).toBeGreaterThan(-20);
    // Two percent lost at random: R is about 86.
    expect(runningMedia?.audio.mos).toBeGreaterThan(4.1);
    expect(runningMedia?.audio.mos).toBeLessThan(4.35);
    expect(runningMedia?.audio.lowestMos).toBeLessThanOrEqual(runningMedia?.audio.averageMos ?? 0);
    expect(runningMedia?.refused).toEqual({
      malformed: 0,
      unknownPayload: 0,
      otherSource: 0,
      otherAddress: 12,
      srtp: 0,
    });
    expect(media.stats()).toEqual(runningMedia);
  });

  it('takes no notice of what is odd on either port, but for the figures', async () => {
    const { media, ports, play, time } = await runningMedia();
    const source = new RtpSource({ signal: tone(440) });
    const [rtp = new Uint8Array(0)] = new RtpSource({ signal: tone(880) })
      .take(20)
      .map(({ bytes }) => bytes);
    const odd = [
      rtp.slice(0, 11),
      rtp.slice(0, 20).fill(0x8f, 0, 1),
      rtp.slice().fill(0x90, 0, 1).fill(0xff, 12, 16),
      rtp.slice().fill(0xa0, 0, 1).fill(0xff, -1),
      new Uint8Array(65_507),
      new Uint8Array(65_507).fill(0x80),
      new Uint8Array(0),
    ];

    const first = play(1_000, source.take(1_000));
    for (const bytes of odd) {
      ports.hear(bytes.slice(), time.nowMicros());
      ports.hearReport(bytes.slice(), time.nowMicros());
    }
    ports.hearReport(rtp.slice(), time.nowMicros());
    const second = play(1_000, source.take(1_000));

    expect([first, second].map(toneOf)).toEqual([440, 440]);
    expect(media.foreignPackets()).toMatchObject({ ofOtherSources: 0, notRtcp: odd.length + 1 });
    expect(media.stats()?.refused.malformed).toBeGreaterThanOrEqual(odd.length - 1);
  });
});
