import { describe, expect, it } from 'vitest';
import { PcmAacEncoder, RtpSource, playDeliveries, tone } from '#testkit';
import { createAudioPath } from '../index.ts';

const setup = () => {
  const path = createAudioPath({
    payloadTypes: new Map([[0, { codec: 'PCMU', clockRate: 8000, channels: 1 }]]),
    jitter: { minMs: 60, maxMs: 60 },
    encoder: new PcmAacEncoder(),
  });
  path.start();
  return { path, sent: new RtpSource({ signal: tone(440) }).take(2000) };
};

describe('the figures of an audio path', () => {
  it('show what is in store: nothing, about the target, nothing again', () => {
    const { path, sent } = setup();

    expect(path.stats().bufferMs).toBe(0);
    playDeliveries(path, sent, { untilMs: 2000 });
    const steadyMs = path.stats().bufferMs;
    playDeliveries(path, [], { untilMs: 1000 });

    expect(steadyMs).toBeGreaterThanOrEqual(40);
    expect(steadyMs).toBeLessThanOrEqual(80);
    expect(path.stats().bufferMs).toBe(0);
  });

  it('count runs of missing packets, whether they are lost or late', () => {
    const { path, sent } = setup();
    const missing = [20, 21, 22, 40, 60];
    const late = sent.slice(60, 61).map(({ atMs, bytes }) => ({ atMs: atMs + 200, bytes }));
    const deliveries = [...sent.filter((_, index) => !missing.includes(index)), ...late];

    playDeliveries(
      path,
      deliveries.toSorted((a, b) => a.atMs - b.atMs),
      { untilMs: 2000 },
    );

    expect(path.stats()).toMatchObject({ lost: 4, late: 1, lossBursts: 3 });
  });
});
