import { describe, expect, it } from 'vitest';
import { RtpSource, playDeliveries, tone } from '#testkit';
import { TagList } from '../../../../test/support/audio-path-world.ts';
import { numberedOpus, opusPathWorld } from '../../../../test/support/opus-path-world.ts';

const FRAME_MS = (1024 * 1000) / 48_000;

describe('AAC beside Opus', () => {
  it('is not encoded while nobody listens, and the loudness is known all the same', () => {
    const { path, encoder } = opusPathWorld();
    const sent = new RtpSource({ signal: tone(440), codec: numberedOpus() }).take(2000);

    playDeliveries(path, sent, { untilMs: 2000 });

    expect(encoder.heard).toHaveLength(0);
    expect(path.stats().levelDbfs).toBeGreaterThan(-20);
  });

  it('begins with the sound of the next 40 ms, at its time, when somebody joins', () => {
    const { path, encoder } = opusPathWorld();
    const listener = new TagList();
    playDeliveries(path, [], { untilMs: 2000 });

    path.fanOut.add(listener);
    playDeliveries(path, [], { fromMs: 2000, untilMs: 2040 });

    expect(encoder.heard).toHaveLength(1920);
    expect(listener.tags[0]).toMatchObject({ isSequenceHeader: true, timestampMs: 2000 });
    expect(listener.tags[1]).toMatchObject({ timestampMs: 2000 });
  });

  it('goes on with the time that has passed, and with no sound from before', () => {
    const { path, encoder } = opusPathWorld();
    const [first, second] = [new TagList(), new TagList()];
    const source = new RtpSource({ signal: tone(440), codec: numberedOpus() });
    path.fanOut.add(first);
    playDeliveries(path, source.take(1000), { untilMs: 1000 });
    path.fanOut.remove(first);
    playDeliveries(path, source.take(4000), { fromMs: 1000, untilMs: 5000 });
    const encodedBefore = encoder.heard.length;

    path.fanOut.add(second);
    playDeliveries(path, source.take(1000), { fromMs: 5000, untilMs: 6000 });

    // Four frames of silence come between.
    const fresh = encoder.heard.slice(encodedBefore);
    expect(fresh.slice(0, 4096).every((sample) => sample === 0)).toBe(true);
    expect(fresh).toHaveLength(4096 + 48_000);
    const times = second.tags.slice(1).map((tag) => tag.timestampMs);
    expect(second.tags[0]).toMatchObject({ isSequenceHeader: true });
    expect(second.tags[0]?.timestampMs).toBeLessThanOrEqual(times[0] ?? 0);
    expect(Math.abs((times[0] ?? 0) - 5000)).toBeLessThanOrEqual(2 * FRAME_MS);
    expect(Math.abs((times.at(-1) ?? 0) - 6000)).toBeLessThanOrEqual(2 * FRAME_MS);
    for (const [at, time] of times.entries()) {
      if (at > 0) expect(time - (times[at - 1] ?? 0)).toBeCloseTo(FRAME_MS, -1);
    }
  });

  it('never goes back in time, however often listeners come and go', () => {
    const { path } = opusPathWorld();
    const heard: number[] = [];
    for (let at = 0; at < 3000; at += 60) {
      const listener = new TagList();
      path.fanOut.add(listener);
      playDeliveries(path, [], { fromMs: at, untilMs: at + 40 });
      path.fanOut.remove(listener);
      playDeliveries(path, [], { fromMs: at + 40, untilMs: at + 60 });
      heard.push(...listener.tags.map((tag) => tag.timestampMs));
    }

    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard.length).toBeGreaterThan(50);
    expect(Math.abs((heard.at(-1) ?? 0) - 3000)).toBeLessThan(100);
  });
});
