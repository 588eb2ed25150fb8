import { describe, expect, it } from 'vitest';
import type { FlvTag } from '#protocol/flv';
import { micros, microsFromMs } from '#foundation';
import {
  PcmAacEncoder,
  RtpSource,
  SeededRandom,
  channelsOf,
  dominantToneHz,
  l16Encoder,
  playDeliveries,
  tone,
  toneShare,
  trouble,
} from '#testkit';
import type { AudioFormat, Sink } from '../index.ts';
import { INAUDIBLE, createAudioPath } from '../index.ts';

const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
const PCMA: AudioFormat = { codec: 'PCMA', clockRate: 8000, channels: 1 };
const BOTH_LAWS = new Map<number, AudioFormat>([
  [0, PCMU],
  [8, PCMA],
]);
const SEED = 20_261_122;
/** Samples at 8 kHz by which the resampler delays everything. */
const FILTER_DELAY = 10;

class TagList implements Sink<FlvTag> {
  readonly tags: FlvTag[] = [];
  isEnded = false;
  write(tag: FlvTag): void {
    this.tags.push(tag);
  }
  tick(): void {
    // A list has no use for time.
  }
  end(): void {
    this.isEnded = true;
  }
  describe(): string {
    return 'list';
  }
}

function setup({ payloadTypes = BOTH_LAWS, jitter = { minMs: 60, maxMs: 60 } } = {}) {
  const encoder = new PcmAacEncoder();
  const outlet = new TagList();
  const path = createAudioPath({ payloadTypes, jitter, encoder });
  path.fanOut.add(outlet);
  path.start();
  return { path, encoder, outlet };
}

/** Where the sound begins: the first sample that is not silence. */
const onsetOf = (samples: readonly number[]) =>
  samples.findIndex((sample) => Math.abs(sample) > 100);

describe('an audio path', () => {
  it('prints itself in flow order', () => {
    const { path } = setup();

    expect(path.describe()).toBe(
      'rtp > lock > unwrap > reception > noise > jitter(60ms) > decode(0:pcmu 8:pcma) > fill > ' +
        'resample(8000) > level > gather(40ms) > aac(pcm) > flv > fan-out(list)',
    );
  });

  it('puts out 20 ms for every tick although nothing comes in', () => {
    const { path, encoder } = setup();

    playDeliveries(path, [], { untilMs: 1000 });

    expect(encoder.heard).toHaveLength(8000);
    expect(encoder.heard.every((sample) => sample === 0)).toBe(true);
    expect(path.stats()).toMatchObject({
      packets: 0,
      silenceMs: 1000,
      concealedMs: 0,
      levelDbfs: -127,
    });
  });

  it('puts out nothing before its start and after its end', () => {
    const encoder = new PcmAacEncoder();
    const path = createAudioPath({ payloadTypes: BOTH_LAWS, encoder });

    path.tick(microsFromMs(20));
    path.start();
    path.tick(microsFromMs(40));
    path.end();
    path.tick(microsFromMs(60));
    path.receive(new RtpSource({ signal: tone(440) }).next().bytes, microsFromMs(60));
    path.end();

    expect(encoder.heard).toHaveLength(1024);
    expect(encoder.isClosed).toBe(true);
    expect(path.stats().packets).toBe(0);
  });

  it('plays a clean stream sample by sample after the jitter target', () => {
    const { path, encoder } = setup();
    const sent = new RtpSource({ signal: tone(440) }).take(2000);

    playDeliveries(path, sent, { untilMs: 2000 });

    // The first packet comes at 0 ms, the tick at 60 ms begins with it: two ticks of silence go before.
    const played = encoder.heard.slice(2 * 160 + FILTER_DELAY);
    expect(path.stats()).toMatchObject({
      packets: 100,
      bytes: 16_000,
      lost: 0,
      late: 0,
      duplicates: 0,
      reordered: 0,
      silenceMs: 40,
      concealedMs: 0,
      ssrc: 0x1234abcd,
    });
    expect(played.every((sample, i) => Math.abs(sample - tone(440)(i)) <= 300)).toBe(true);
    expect(path.stats().levelDbfs).toBeCloseTo(20 * Math.log10(8000 / Math.SQRT2 / 32_768), 0);
  });

  it.each([1, 5, 10, 20, 30, 40, 60, 200])('plays packets of %i ms without a hole', (ptimeMs) => {
    const { path, encoder } = setup();
    const sent = new RtpSource({ signal: tone(500), ptimeMs, firstSequence: 7 }).take(3000);
    const delayMs = ptimeMs;

    playDeliveries(
      path,
      sent.map(({ atMs, bytes }) => ({ atMs: atMs + delayMs, bytes })),
      { untilMs: 3000 },
    );

    const stats = path.stats();
    expect(stats).toMatchObject({ lost: 0, late: 0, duplicates: 0 });
    expect(stats.concealedMs).toBe(0);
    const body = encoder.heard.slice(onsetOf(encoder.heard), -1600);
    expect(dominantToneHz(body.slice(0, 4000), 8000)).toBe(500);
    expect(toneShare(body, 500, 8000)).toBeGreaterThan(0.99);
  });

  it('counts loss, doubles and reordering exactly and keeps the length', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(60_000);
    const network = trouble(sent, {
      random: new SeededRandom(SEED),
      lossShare: 0.05,
      duplicateShare: 0.02,
      reorderShare: 0.05,
      jitterMs: 15,
    });
    // Overtaken twice and delayed, a packet comes up to 60 ms late.
    const { path, encoder } = setup({ jitter: { minMs: 80, maxMs: 80 } });

    playDeliveries(path, network.deliveries, { untilMs: 61_000 });

    const stats = path.stats();
    expect(network.ledger.lostCount, `seed ${SEED}`).toBeGreaterThan(100);
    expect(stats, `seed ${SEED}`).toMatchObject({
      packets: network.deliveries.length,
      lost: network.ledger.lostCount,
      duplicates: network.ledger.duplicateCount,
      reordered: network.ledger.reorderedCount,
      late: 0,
      restarts: 0,
    });
    expect(encoder.heard).toHaveLength(61_000 * 8);
    expect(stats.playedMs).toBe((sent.length - network.ledger.lostCount) * 20);
  });

  it('conceals exactly what was lost, and without a click', () => {
    const sent = new RtpSource({ signal: tone(400) }).take(10_000);
    const network = trouble(sent, { random: new SeededRandom(SEED), lossShare: 0.02 });
    const { path, encoder } = setup();

    playDeliveries(path, network.deliveries, { untilMs: 10_040 });

    const body = encoder.heard.slice(2 * 160);
    const steepest = Math.max(
      ...body.slice(1).map((sample, i) => Math.abs(sample - (body[i] ?? 0))),
    );
    // The last packet leaves at 9980 ms and waits for 60: all has been played then, and nothing more.
    expect(path.stats().lost).toBe(network.ledger.lostCount);
    expect(path.stats().concealedMs).toBe(network.ledger.lostCount * 20);
    // A sine of 400 Hz and 8000 rises by 2513 between two samples at most.
    expect(steepest).toBeLessThan(4000);
  });

  it('tells a late packet from a lost one', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const deliveries = sent
      .map(({ atMs, bytes }, i) => ({ atMs: i === 20 ? atMs + 200 : atMs, bytes }))
      .toSorted((a, b) => a.atMs - b.atMs);
    const { path } = setup();

    playDeliveries(path, deliveries, { untilMs: 1000 });

    expect(path.stats()).toMatchObject({ lost: 0, late: 1, duplicates: 0, concealedMs: 20 });
  });

  it('passes wraps of sequence and timestamp unnoticed', () => {
    const source = new RtpSource({
      signal: tone(440),
      firstSequence: 65_500,
      firstTimestamp: 2 ** 32 - 160 * 50,
    });
    const { path, encoder } = setup();

    playDeliveries(path, source.take(3000), { untilMs: 3000 });

    expect(path.stats()).toMatchObject({ lost: 0, late: 0, restarts: 0, silenceMs: 40 });
    expect(toneShare(encoder.heard.slice(320), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('takes a pause of the sender for silence and not for loss', () => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(1000);
    source.pause(30_000);
    const after = source.take(1000);
    const { path, encoder } = setup();

    playDeliveries(path, [...before, ...after], { untilMs: 32_000 });

    const stats = path.stats();
    expect(stats).toMatchObject({ lost: 0, late: 0, restarts: 0, packets: 100 });
    // The end of the talk cannot be told from loss until 60 ms have passed.
    expect(stats.concealedMs).toBe(60);
    expect(encoder.heard).toHaveLength(32_000 * 8);
    // The second talk begins on its time: 31 s after the first.
    const silence = encoder.heard.slice(8 * (1040 + 60) + FILTER_DELAY, 8 * 31_040);
    expect(silence.every((sample) => sample === 0)).toBe(true);
    expect(onsetOf(encoder.heard.slice(8 * 31_040))).toBeLessThan(FILTER_DELAY + 5);
  });

  it.each([
    { name: 'an hour ahead', timestamp: 3600 * 8000 },
    { name: 'an hour back', timestamp: -3600 * 8000 },
    { name: 'two seconds ahead', timestamp: 16_000 },
  ])('goes on within 200 ms when the timestamp jumps $name', ({ timestamp }) => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(1000);
    source.jump({ timestamp });
    const after = source.take(1000);
    const { path, encoder } = setup();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    const hole = encoder.heard.slice(8 * 1040, 8 * 1240).filter((sample) => sample === 0).length;
    expect(path.stats()).toMatchObject({ restarts: 1, strays: 1, lost: 0 });
    expect(hole).toBeLessThan(8 * 200);
    expect(toneShare(encoder.heard.slice(8 * 1240), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('follows a sender that begins its sequence anew', () => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(1000);
    source.jump({ sequence: 20_000 });
    const after = source.take(1000);
    const { path, encoder } = setup();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 1, strays: 1, lost: 0 });
    expect(toneShare(encoder.heard.slice(8 * 1240), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('drops one stray packet without following it', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const stray = new RtpSource({ signal: tone(440), firstSequence: 30_000 }).next();
    const { path } = setup();

    playDeliveries(path, sent.toSpliced(25, 0, { ...stray, atMs: 490 }), { untilMs: 1000 });

    expect(path.stats()).toMatchObject({ restarts: 0, strays: 1, lost: 0, silenceMs: 40 });
  });

  it('follows a new source when the old one has been silent for 80 ms', () => {
    const before = new RtpSource({ signal: tone(440), ssrc: 1 }).take(1000);
    const after = new RtpSource({ signal: tone(880), ssrc: 2 })
      .take(1000)
      .map(({ atMs, bytes }) => ({ atMs: atMs + 1000, bytes }));
    const { path, encoder } = setup();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 1, foreignSource: 3, ssrc: 2 });
    expect(dominantToneHz(encoder.heard.slice(8 * 1200), 8000)).toBe(880);
  });

  it('sticks to one of two sources that talk in turns', () => {
    const first = new RtpSource({ signal: tone(440), ssrc: 1 }).take(2000);
    const second = new RtpSource({ signal: tone(880), ssrc: 2 })
      .take(2000)
      .map(({ atMs, bytes }) => ({ atMs: atMs + 10, bytes }));
    const { path, encoder } = setup();

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
    const { path } = setup();

    playDeliveries(path, inTurns, { untilMs: 2000 });

    expect(path.stats()).toMatchObject({ restarts: 0, foreignSource: 49, ssrc: 1 });
  });

  it('decodes a change between two negotiated payload types', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const other = new RtpSource({ signal: tone(440), codec: 'PCMA' }).take(1000);
    const { path, encoder } = setup();

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
      const { path, encoder } = setup({ payloadTypes });
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
    const { path } = setup({ payloadTypes: new Map([[8, PCMA]]) });
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
    const { path, encoder } = setup({ payloadTypes });
    const sent = new RtpSource({ signal: tone(440) }).take(1000);
    const events = new RtpSource({ signal: tone(440), payloadType: 101, ptimeMs: 20 }).take(1000);

    playDeliveries(path, [...sent.slice(0, 25), ...events.slice(25, 30), ...sent.slice(30)], {
      untilMs: 1000,
    });

    expect(path.stats()).toMatchObject({ packets: 50, lost: 0, late: 0, silenceMs: 40 + 100 });
    expect(encoder.heard).toHaveLength(8000);
  });

  it('plays on from the target after a burst that follows a stall', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(4000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs >= 1000 && atMs < 1900 ? 1900 : atMs,
      bytes,
    }));
    const { path, encoder } = setup();

    playDeliveries(path, deliveries, { untilMs: 4000 });

    expect(path.stats().restarts).toBe(0);
    expect(toneShare(encoder.heard.slice(8 * 2200), 440, 8000)).toBeGreaterThan(0.99);
    expect(encoder.heard).toHaveLength(4000 * 8);
  });

  it.each([150, 3000])(
    'counts no packet of the first %i ms as lost that came before any tick',
    (ms) => {
      // More packets than the buffer has room for.
      const sent = new RtpSource({ signal: tone(440), ptimeMs: 1 }).take(ms);
      const { path } = setup();

      for (const { bytes } of sent) path.receive(bytes, micros(0));
      playDeliveries(path, [], { untilMs: 4000 });

      const { lost, played, overflowed } = path.stats();
      expect(lost).toBe(0);
      expect(played + overflowed).toBe(ms);
    },
  );

  it('is heard on when packets become too short for the delay to have room', () => {
    const sender = new RtpSource({ signal: tone(440) });
    const late = sender
      .take(3000)
      .map(({ atMs, bytes }, index) => ({ atMs: index % 10 === 0 ? atMs + 270 : atMs, bytes }));
    sender.change({ ptimeMs: 1 });
    const deliveries = [...late, ...sender.take(4000)].toSorted((a, b) => a.atMs - b.atMs);
    const { path, encoder } = setup({ jitter: { minMs: 40, maxMs: 300 } });

    playDeliveries(path, deliveries, { untilMs: 7000 });

    expect(path.stats().targetMs).toBeCloseTo(100);
    expect(toneShare(encoder.heard.slice(8 * 4000), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('waits as long as it shall although the very first packet was tiny', () => {
    const deliveries = new RtpSource({
      signal: tone(440),
      ptimeMs: [0.25, ...Array.from({ length: 200 }, () => 20)],
    }).take(2000);
    const { path } = setup({ jitter: { minMs: 60, maxMs: 60 } });

    playDeliveries(path, deliveries, { untilMs: 2000 });

    expect(path.stats().targetMs).toBe(60);
  });

  it('is heard again when the network has become slower for good', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(4000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs < 1000 ? atMs : atMs + 300,
      bytes,
    }));
    const { path, encoder } = setup();

    playDeliveries(path, deliveries, { untilMs: 4000 });

    expect(path.stats().late).toBeLessThanOrEqual(5);
    expect(toneShare(encoder.heard.slice(8 * 1700), 440, 8000)).toBeGreaterThan(0.99);
  });

  it.each([-2000, 2000])('keeps up with a sender whose clock is off by %i ppm', (ppm) => {
    const sent = new RtpSource({ signal: tone(440) }).take(180_000);
    const deliveries = sent.map(({ atMs, bytes }) => ({ atMs: atMs / (1 + ppm / 1e6), bytes }));
    const { path, encoder } = setup();

    playDeliveries(path, deliveries, { untilMs: 179_000 });

    const stats = path.stats();
    const disturbedMs = stats.concealedMs + stats.silenceMs + stats.trimmedMs;
    expect(encoder.heard).toHaveLength(179_000 * 8);
    // 2000 ppm of 179 s are 358 ms; corrections come in steps of a few packets.
    expect(disturbedMs).toBeLessThan(800);
    expect(stats.late).toBeLessThan(30);
    expect(toneShare(encoder.heard.slice(-1600), 440, 8000)).toBeGreaterThan(0.9);
  });

  it('lets a renegotiated peer begin with another source and payload type', () => {
    const { path, encoder } = setup({ payloadTypes: new Map([[0, PCMU]]) });
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
    const { path } = setup();
    const sent = new RtpSource({ signal: tone(440) }).take(1000);

    playDeliveries(path, sent, { untilMs: 500 });
    path.renegotiate(BOTH_LAWS);
    playDeliveries(path, sent, { fromMs: 500, untilMs: 1000 });

    expect(path.stats()).toMatchObject({ restarts: 0, lost: 0, silenceMs: 40, concealedMs: 0 });
  });

  it('survives a flood of garbage without losing the stream', () => {
    const random = new SeededRandom(SEED);
    const { path } = setup();
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

  it('gives tags with times from the sample count, the sequence header first', () => {
    const { path, outlet } = setup();

    playDeliveries(path, [], { untilMs: 1000 });
    path.end();

    expect(outlet.tags[0]).toEqual(path.sequenceHeaderTag());
    expect(outlet.tags.slice(1).map(({ timestampMs }) => timestampMs)).toEqual([
      0, 128, 256, 384, 512, 640, 768, 896,
    ]);
    expect(outlet.isEnded).toBe(true);
  });

  it('remembers when the last packet came', () => {
    const { path } = setup();

    path.receive(new RtpSource({ signal: tone(440) }).next().bytes, micros(1234));

    expect(path.stats().lastPacketAt).toBe(1234);
  });
});
