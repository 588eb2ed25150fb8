import { describe, expect, it } from 'vitest';
import { micros, microsFromMs } from '#foundation';
import {
  PcmAacEncoder,
  RtpSource,
  SeededRandom,
  dominantToneHz,
  playDeliveries,
  tone,
  toneShare,
  trouble,
} from '#testkit';
import { createAudioPath } from '../index.ts';
import {
  BOTH_LAWS,
  SEED,
  FILTER_DELAY,
  audioPathWorld,
  onsetOf,
} from '../../../../test/support/audio-path-world.ts';

describe('an audio path', () => {
  it('prints itself in flow order', () => {
    const { path } = audioPathWorld();

    expect(path.describe()).toBe(
      'rtp > lock > unwrap > reception > noise > jitter(60ms) > decode(0:pcmu 8:pcma) > fill > ' +
        'resample(8000) > level > mute > gather(40ms) > aac(pcm) > flv > fan-out(list)',
    );
  });

  it('puts out 20 ms for every tick although nothing comes in', () => {
    const { path, encoder } = audioPathWorld();

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
    const { path, encoder } = audioPathWorld();
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
    const { path, encoder } = audioPathWorld();
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
    const { path, encoder } = audioPathWorld({ jitter: { minMs: 80, maxMs: 80 } });

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
    const { path, encoder } = audioPathWorld();

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
    const { path } = audioPathWorld();

    playDeliveries(path, deliveries, { untilMs: 1000 });

    expect(path.stats()).toMatchObject({ lost: 0, late: 1, duplicates: 0, concealedMs: 20 });
  });

  it('passes wraps of sequence and timestamp unnoticed', () => {
    const source = new RtpSource({
      signal: tone(440),
      firstSequence: 65_500,
      firstTimestamp: 2 ** 32 - 160 * 50,
    });
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, source.take(3000), { untilMs: 3000 });

    expect(path.stats()).toMatchObject({ lost: 0, late: 0, restarts: 0, silenceMs: 40 });
    expect(toneShare(encoder.heard.slice(320), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('takes a pause of the sender for silence and not for loss', () => {
    const source = new RtpSource({ signal: tone(440) });
    const before = source.take(1000);
    source.pause(30_000);
    const after = source.take(1000);
    const { path, encoder } = audioPathWorld();

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
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, [...before, ...after], { untilMs: 2000 });

    const hole = encoder.heard.slice(8 * 1040, 8 * 1240).filter((sample) => sample === 0).length;
    expect(path.stats()).toMatchObject({ restarts: 1, strays: 1, lost: 0 });
    expect(hole).toBeLessThan(8 * 200);
    expect(toneShare(encoder.heard.slice(8 * 1240), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('gives tags with times from the sample count, the sequence header first', () => {
    const { path, outlet } = audioPathWorld();

    playDeliveries(path, [], { untilMs: 1000 });
    path.end();

    expect(outlet.tags[0]).toEqual(path.sequenceHeaderTag());
    expect(outlet.tags.slice(1).map(({ timestampMs }) => timestampMs)).toEqual([
      0, 128, 256, 384, 512, 640, 768, 896,
    ]);
    expect(outlet.isEnded).toBe(true);
  });

  it('remembers when the last packet came', () => {
    const { path } = audioPathWorld();

    path.receive(new RtpSource({ signal: tone(440) }).next().bytes, micros(1234));

    expect(path.stats().lastPacketAt).toBe(1234);
  });
});
