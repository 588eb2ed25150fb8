import { describe, expect, it } from 'vitest';
import {
  RtpSource,
  SeededRandom,
  channelsOf,
  dominantToneHz,
  l16Encoder,
  playDeliveries,
  tone,
  toneShare,
} from '#testkit';
import type { AudioFormat } from '../index.ts';
import { INAUDIBLE } from '../index.ts';
import {
  PCMU,
  PCMA,
  BOTH_LAWS,
  SEED,
  audioPathWorld,
} from '../../../../test/support/audio-path-world.ts';

describe('whom an audio path hears', () => {
  it('follows a sender that begins its sequence anew', () => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(1000);
    source.jump({ sequence: 20_000 });
    const after = source.take(1000);
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 1, strays: 1, lost: 0 });
    expect(toneShare(encoder.heard.slice(8 * 1240), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('drops one stray packet without following it', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const stray = new RtpSource({ signal: tone(440), firstSequence: 30_000 }).next();
    const { path } = audioPathWorld();

    playDeliveries(path, sent.toSpliced(25, 0, { ...stray, atMs: 490 }), { untilMs: 1000 });

    expect(path.stats()).toMatchObject({ restarts: 0, strays: 1, lost: 0, silenceMs: 40 });
  });

  it('follows a new source when the old one has been silent for 80 ms', () => {
    const before = new RtpSource({ signal: tone(440), ssrc: 1 }).take(1000);
    const after = new RtpSource({ signal: tone(880), ssrc: 2 })
      .take(1000)
      .map(({ atMs, bytes }) => ({ atMs: atMs + 1000, bytes }));
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 1, foreignSource: 3, ssrc: 2 });
    expect(dominantToneHz(encoder.heard.slice(8 * 1200), 8000)).toBe(880);
  });

  it('sticks to one of two sources that talk in turns', () => {
    const first = new RtpSource({ signal: tone(440), ssrc: 1 }).take(2000);
    const second = new RtpSource({ signal: tone(880), ssrc: 2 })
      .take(2000)
      .map(({ atMs, bytes }) => ({ atMs: atMs + 10, bytes }));
    const { path, encoder } = audioPathWorld();

    playDeliveries(
      path,
      [...first, ...second].toSorted((a, b) => a.atMs - b.atMs),
      { untilMs: 2000 },
    );

    expect(path.stats()).toMatchObject({ restarts: 0, foreignSource: 100, ssrc: 1, lost: 0 });
    expect(toneShare(encoder.heard.slice(320), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('sticks to one of two sources that talk three packets each', () => {
    const first = new RtpSource({ signal: tone(440), ssrc: 1 }).take(2000);
    const second = new RtpSource({ signal: tone(880), ssrc: 2 }).take(2000);
    const inTurns = first.map((delivery, i) => (i % 6 < 3 ? delivery : second[i]) ?? delivery);
    const { path } = audioPathWorld();

    playDeliveries(path, inTurns, { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 0, foreignSource: 49, ssrc: 1 });
  });

  it('decodes a change between two negotiated payload types', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const other = new RtpSource({ signal: tone(440), codec: 'PCMA' }).take(1000);
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, [...sent.slice(0, 25), ...other.slice(25)], { untilMs: 1000 });

    expect(path.stats()).toMatchObject({ lost: 0, silenceMs: 40 });
    expect(toneShare(encoder.heard.slice(320), 440, 8000)).toBeGreaterThan(0.99);
  });

  it.each([
    { clockRate: 16_000, channels: 1 },
    { clockRate: 44_100, channels: 2 },
    { clockRate: 48_000, channels: 1 },
  ] as const)(
    'plays a codec at $clockRate Hz and $channels channels behind one at 8 kHz, and back',
    ({ clockRate, channels }) => {
      const payloadTypes = new Map<number, AudioFormat>([
        [0, PCMU],
        [96, { codec: 'L16', clockRate, channels }],
      ]);
      const { path, encoder } = audioPathWorld({ payloadTypes });
      const before = new RtpSource({ signal: tone(440) }).take(1000);
      const codec = l16Encoder({ payloadType: 96, sampleRate: clockRate, channels });
      const voice = tone(440, 8000, clockRate);
      const signal = channelsOf([voice, voice]);
      const other = new RtpSource({ signal, codec, firstSequence: 1050, ptimeMs: 10 }).take(1000);
      const after = new RtpSource({ signal: tone(440), firstSequence: 1150 }).take(1000);
      const deliveries = [before, other, after].flatMap((part, i) =>
        part.map(({ atMs, bytes }) => ({ atMs: atMs + i * 1000, bytes })),
      );

      playDeliveries(path, deliveries, { untilMs: 3080 });

      const heard = [0, 1, 2].map((second) =>
        toneShare(encoder.heard.slice(8000 * second + 1600, 8000 * second + 7600), 440, 8000),
      );
      expect(Math.min(...heard)).toBeGreaterThan(0.99);
      expect(path.stats()).toMatchObject({ lost: 0, late: 0 });
      expect(encoder.heard).toHaveLength(3080 * 8);
    },
  );

  it('drops what was not negotiated and what is no RTP', () => {
    const { path } = audioPathWorld({ payloadTypes: new Map([[8, PCMA]]) });
    const sent = new RtpSource({ signal: tone(440) }).take(200);

    playDeliveries(path, [...sent, { atMs: 190, bytes: new Uint8Array(11) }], { untilMs: 1000 });

    expect(path.stats()).toMatchObject({
      unknownPayload: 10,
      malformed: 1,
      packets: 0,
      ssrc: undefined,
      lastPacketAt: undefined,
    });
  });

  it('keeps telephone events out of the sound and out of the loss', () => {
    const payloadTypes = new Map<number, AudioFormat>([...BOTH_LAWS, [101, INAUDIBLE]]);
    const { path, encoder } = audioPathWorld({ payloadTypes });
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const events = new RtpSource({ signal: tone(440), payloadType: 101, ptimeMs: 20 }).take(1000);

    playDeliveries(path, [...sent.slice(0, 25), ...events.slice(25, 30), ...sent.slice(30)], {
      untilMs: 1000,
    });

    expect(path.stats()).toMatchObject({ packets: 50, lost: 0, late: 0, silenceMs: 40 + 100 });
    expect(encoder.heard).toHaveLength(8000);
  });

  it('lets a renegotiated peer begin with another source and payload type', () => {
    const { path, encoder } = audioPathWorld({ payloadTypes: new Map([[0, PCMU]]) });
    const before = new RtpSource({ signal: tone(440), ssrc: 1 }).take(500);
    const after = new RtpSource({ signal: tone(880), ssrc: 2, codec: 'PCMA' })
      .take(500)
      .map(({ atMs, bytes }) => ({ atMs: atMs + 500, bytes }));

    playDeliveries(path, before, { untilMs: 500 });
    path.renegotiate(new Map([[8, PCMA]]));
    playDeliveries(path, after, { fromMs: 500, untilMs: 1000 });

    expect(path.describe()).toContain('decode(8:pcma)');
    expect(path.stats()).toMatchObject({ foreignSource: 0, unknownPayload: 0, ssrc: 2 });
    expect(dominantToneHz(encoder.heard.slice(8 * 620), 8000)).toBe(880);
  });

  it('plays on without a hole when a renegotiation changes nothing', () => {
    const { path } = audioPathWorld();
    const sent = new RtpSource({ signal: tone(440) }).take(1000);

    playDeliveries(path, sent, { untilMs: 500 });
    path.renegotiate(BOTH_LAWS);
    playDeliveries(path, sent, { fromMs: 500, untilMs: 1000 });

    expect(path.stats()).toMatchObject({ restarts: 0, lost: 0, silenceMs: 40, concealedMs: 0 });
  });

  it('survives a flood of garbage without losing the stream', () => {
    const random = new SeededRandom(SEED);
    const { path } = audioPathWorld();
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const garbage = Array.from({ length: 5000 }, (_, i) => ({
      atMs: i / 5,
      bytes: random.bytes(random.below(200)),
    }));

    playDeliveries(
      path,
      [...sent, ...garbage].toSorted((a, b) => a.atMs - b.atMs),
      { untilMs: 1000 },
    );

    const stats = path.stats();
    expect(stats, `seed ${SEED}`).toMatchObject({
      packets: 50,
      lost: 0,
      silenceMs: 40,
      concealedMs: 0,
    });
    expect(stats.malformed + stats.unknownPayload + stats.foreignSource).toBe(5000);
  });
});
