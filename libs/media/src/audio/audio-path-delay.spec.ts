import { describe, expect, it } from 'vitest';
import { micros } from '#foundation';
import { RtpSource, playDeliveries, tone, toneShare } from '#testkit';
import { audioPathWorld } from '../../../../test/support/audio-path-world.ts';

describe('how long an audio path waits', () => {
  it('plays on from the target after a burst that follows a stall', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(4000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs >= 1000 && atMs < 1900 ? 1900 : atMs,
      bytes,
    }));
    const { path, encoder } = audioPathWorld();

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
      const { path } = audioPathWorld();

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
    const { path, encoder } = audioPathWorld({ jitter: { minMs: 40, maxMs: 300 } });

    playDeliveries(path, deliveries, { untilMs: 7000 });

    expect(path.stats().targetMs).toBeCloseTo(100);
    expect(toneShare(encoder.heard.slice(8 * 4000), 440, 8000)).toBeGreaterThan(0.99);
  });

  it('waits as long as it shall although the very first packet was tiny', () => {
    const deliveries = new RtpSource({
      signal: tone(440),
      ptimeMs: [0.25, ...Array.from({ length: 200 }, () => 20)],
    }).take(2000);
    const { path } = audioPathWorld({ jitter: { minMs: 60, maxMs: 60 } });

    playDeliveries(path, deliveries, { untilMs: 2000 });

    expect(path.stats().targetMs).toBe(60);
  });

  it('is heard again when the network has become slower for good', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(4000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs < 1000 ? atMs : atMs + 300,
      bytes,
    }));
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, deliveries, { untilMs: 4000 });

    expect(path.stats().late).toBeLessThanOrEqual(5);
    expect(toneShare(encoder.heard.slice(8 * 1700), 440, 8000)).toBeGreaterThan(0.99);
  });

  it.each([-2000, 2000])('keeps up with a sender whose clock is off by %i ppm', (ppm) => {
    const sent = new RtpSource({ signal: tone(440) }).take(180_000);
    const deliveries = sent.map(({ atMs, bytes }) => ({ atMs: atMs / (1 + ppm / 1e6), bytes }));
    const { path, encoder } = audioPathWorld();

    playDeliveries(path, deliveries, { untilMs: 179_000 });

    const stats = path.stats();
    const disturbedMs = stats.concealedMs + stats.silenceMs + stats.trimmedMs;
    expect(encoder.heard).toHaveLength(179_000 * 8);
    // 2000 ppm of 179 s are 358 ms; corrections come in steps of a few packets.
    expect(disturbedMs).toBeLessThan(800);
    expect(stats.late).toBeLessThan(30);
    expect(toneShare(encoder.heard.slice(-1600), 440, 8000)).toBeGreaterThan(0.9);
  });
});
