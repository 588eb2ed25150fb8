import { describe, expect, it } from 'vitest';
import { PCMA, PCMU } from '#protocol/g711';
import { dominantToneHz, toneShare } from '../goertzel.ts';
import { l16Encoder } from './payload-encoders.ts';
import { RtpSource } from './rtp-source.ts';
import type { Delivery } from './rtp-source.ts';
import { callSign, channelsOf, repeated, tone } from './signals.ts';

/** Read by the offsets of RFC 3550, figure of section 5.1. */
function fieldsOf({ atMs, bytes }: Delivery) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    atMs,
    marker: (view.getUint8(1) & 0x80) !== 0,
    payloadType: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payloadLength: bytes.length - 12,
  };
}

const g711Of = ({ bytes }: Delivery, law: typeof PCMU): Int16Array => {
  const samples = new Int16Array(bytes.length - 12);
  law.decode(bytes.subarray(12), samples);
  return samples;
};

describe('a source of RTP', () => {
  it('counts packets and samples on through both wraps, with the marker on the first', () => {
    const source = new RtpSource({
      signal: tone(440),
      ssrc: 7,
      firstSequence: 65_535,
      firstTimestamp: 2 ** 32 - 160,
    });

    const sent = source.take(60).map(fieldsOf);

    const same = { payloadType: 0, ssrc: 7, payloadLength: 160 };
    expect(sent).toEqual([
      { ...same, atMs: 0, marker: true, sequence: 65_535, timestamp: 2 ** 32 - 160 },
      { ...same, atMs: 20, marker: false, sequence: 0, timestamp: 0 },
      { ...same, atMs: 40, marker: false, sequence: 1, timestamp: 160 },
    ]);
  });

  it('sends packets of any length, one after the other', () => {
    const sent = new RtpSource({ signal: tone(440), ptimeMs: [10, 33.25, 200] }).take(486.5);

    expect(sent.map(({ atMs, bytes }) => [atMs, bytes.length - 12])).toEqual([
      [0, 80],
      [10, 266],
      [43.25, 1600],
      [243.25, 80],
      [253.25, 266],
      [286.5, 1600],
    ]);
  });

  it.each([
    { skewPpm: 2000, lastAtMs: (100 * 20) / 1.002 },
    { skewPpm: -2000, lastAtMs: (100 * 20) / 0.998 },
  ])('has a clock that is off by $skewPpm ppm', ({ skewPpm, lastAtMs }) => {
    const source = new RtpSource({ signal: tone(440), skewPpm });

    for (let sent = 0; sent < 100; sent++) source.next();

    expect(source.nextAtMs).toBeCloseTo(lastAtMs, 9);
    expect(fieldsOf(source.next()).timestamp).toBe(160_000 + 100 * 160);
  });

  it('pauses without a packet, or with comfort noise now and then', () => {
    const source = new RtpSource({ signal: tone(440), marksTalkspurts: true });

    source.take(20);
    source.pause(80);
    const noise = source.comfortNoise(500, { levelDb: 55 });
    const after = source.next();

    const { bytes } = noise[0] ?? after;
    expect([...bytes.subarray(12)]).toEqual([55]);
    expect([...noise, after].map(fieldsOf)).toMatchObject([
      { atMs: 100, sequence: 1001, timestamp: 160_800, payloadType: 13 },
      { atMs: 300, sequence: 1002, timestamp: 162_400, payloadType: 13, marker: true },
      { atMs: 500, sequence: 1003, timestamp: 164_000, payloadType: 13, marker: true },
      { atMs: 600, sequence: 1004, timestamp: 164_800, payloadType: 0, marker: true },
    ]);
  });

  it('jumps and changes its codec and source while its time goes on', () => {
    const source = new RtpSource({ signal: tone(440) });
    source.take(1000);

    source.jump({ timestamp: 3600 * 8000, sequence: 20_000 });
    const jumped = source.next();
    source.change({ codec: 'PCMA', ssrc: 9 });
    const changed = source.next();
    source.change({ codec: l16Encoder({ sampleRate: 16_000 }), signal: tone(440, 8000, 16_000) });
    const wide = source.next();

    expect([jumped, changed, wide].map(fieldsOf)).toMatchObject([
      { atMs: 1000, sequence: 21_050, timestamp: 160_000 + 3601 * 8000, payloadType: 0 },
      { atMs: 1020, sequence: 21_051, payloadType: 8, ssrc: 9, payloadLength: 160 },
      { atMs: 1040, sequence: 21_052, payloadType: 11, ssrc: 9, payloadLength: 640 },
    ]);
    expect(g711Of(changed, PCMA)[1]).toBeCloseTo(tone(440)(1020 * 8 + 1), -3);
  });

  it('sends L16 in network order, channel by channel', () => {
    const signal = channelsOf([repeated(Int16Array.of(1, 2)), repeated(Int16Array.of(-1, -2))]);

    const { bytes } = new RtpSource({ signal, codec: l16Encoder({ channels: 2 }) }).next();

    expect(bytes).toHaveLength(12 + 882 * 4);
    expect([...bytes.subarray(12, 20)]).toEqual([0, 1, 0xff, 0xff, 0, 2, 0xff, 0xfe]);
  });

  it('is known by its two tones and beeps once a second', () => {
    const sent = new RtpSource({ signal: callSign([500, 720]) }).take(2000);
    const heard = Int16Array.from(sent.flatMap((delivery) => [...g711Of(delivery, PCMU)]));

    const beeps = [0, 300, 1000, 1300].map((ms) =>
      Math.round(toneShare(heard.subarray(ms * 8, (ms + 100) * 8), 1000, 8000) * 10),
    );
    const between = heard.subarray(2400, 4000);

    expect(beeps).toEqual([8, 0, 8, 0]);
    expect(toneShare(between, 500, 8000)).toBeCloseTo(0.5, 1);
    expect(toneShare(between, 720, 8000)).toBeCloseTo(0.5, 1);
    expect([500, 720]).toContain(dominantToneHz(between, 8000));
  });
});
