import { describe, expect, it } from 'vitest';
import { RtpSource, SeededRandom, tone } from '#testkit';
import type { Delivery } from '#testkit';
import { hear, peakOf, sharesOf, stretch } from './support/heard-call.ts';

const SEED = 20_261_124;
const HOUR = 3600 * 8000;
const SECOND_MS = 1000;
const END_MS = 10 * SECOND_MS;

const later = (deliveries: readonly Delivery[], ms: number): Delivery[] =>
  deliveries.map(({ atMs, bytes }) => ({ atMs: atMs + ms, bytes }));

const merged = (...trains: readonly (readonly Delivery[])[]): Delivery[] =>
  trains.flat().sort((left, right) => left.atMs - right.atMs);

/** The tone is whole from then on, 100 ms after the other. */
function expectWhole(samples: Int16Array, toneHz: number, fromMs: number, toMs: number): void {
  expect(Math.min(...sharesOf(stretch(samples, fromMs, toMs), toneHz))).toBeGreaterThan(0.98);
}

describe('sound through changes of its source', () => {
  it('M5: both counters wrap: no gap', () => {
    const sent = new RtpSource({
      signal: tone(440),
      firstSequence: 65_400,
      firstTimestamp: 2 ** 32 - 4 * 8000,
    }).take(END_MS);

    const { samples, stats } = hear(sent, { untilMs: END_MS });

    expect(stats).toMatchObject({ lost: 0, late: 0, restarts: 0, strays: 0, concealedMs: 0 });
    expectWhole(samples, 440, 200, END_MS);
  });

  it.each([HOUR, -HOUR])(
    'M6: the timestamp jumps by %i: heard again within 200 ms',
    (timestamp) => {
      const source = new RtpSource({ signal: tone(440), firstTimestamp: 2 * HOUR });
      const before = source.take(5 * SECOND_MS);
      source.jump({ timestamp });
      const after = source.take(5 * SECOND_MS);

      const { samples, stats, bufferMs } = hear([...before, ...after], { untilMs: END_MS });

      expectWhole(samples, 440, 200, 5 * SECOND_MS);
      expectWhole(samples, 440, 5 * SECOND_MS + 300, END_MS);
      expect(stats.concealedMs + stats.silenceMs + stats.trimmedMs).toBeLessThanOrEqual(240);
      expect(samples).toHaveLength(END_MS * 8);
      expect(Math.max(...bufferMs)).toBeLessThan(300);
    },
  );

  it('M7: another SSRC with numbers of its own: heard within 200 ms', () => {
    const before = new RtpSource({ signal: tone(440), ssrc: 1 }).take(5 * SECOND_MS);
    const next = { signal: tone(880), ssrc: 2, firstSequence: 40_000, firstTimestamp: 7 };
    const after = later(new RtpSource(next).take(5 * SECOND_MS), 5 * SECOND_MS);

    const { samples, stats } = hear([...before, ...after], { untilMs: END_MS });

    expectWhole(samples, 880, 5 * SECOND_MS + 200, END_MS);
    expect(stats).toMatchObject({ restarts: 1, ssrc: 2 });
  });

  it('M8: two senders in turn, packet by packet: one is heard, and only that one', () => {
    const first = new RtpSource({ signal: tone(440), ssrc: 1 }).take(END_MS);
    const second = new RtpSource({ signal: tone(880), ssrc: 2, firstSequence: 9 }).take(END_MS);

    const { samples, stats } = hear(merged(first, later(second, 10)), { untilMs: END_MS });

    expectWhole(samples, 440, 200, END_MS);
    expect(stats).toMatchObject({ restarts: 0, ssrc: 1, lost: 0, concealedMs: 0 });
    expect(stats.foreignSource).toBe(second.length);
  });

  it('M9: PCMU gives way to PCMA and back in mid-call; what was not agreed is counted', () => {
    const source = new RtpSource({ signal: tone(440) });
    const train = source.take(3 * SECOND_MS);
    source.change({ codec: 'PCMA' });
    train.push(...source.take(3 * SECOND_MS));
    source.change({ codec: 'PCMU' });
    train.push(...source.take(4 * SECOND_MS));
    const foreign = new RtpSource({ signal: tone(880), payloadType: 97 }).take(END_MS);

    const { samples, stats } = hear(merged(train, later(foreign, 7)), { untilMs: END_MS });

    expectWhole(samples, 440, 200, END_MS);
    const level = [1000, 4000, 8000].map((ms) => peakOf(stretch(samples, ms, ms + 1000)));
    expect(Math.max(...level) - Math.min(...level)).toBeLessThan(300);
    expect(stats).toMatchObject({ lost: 0, concealedMs: 0, unknownPayload: foreign.length });
  });

  it.each([10, 20, 30, 40, 60, 1, 200, 33.25])(
    'M13: packets of %d ms: right pitch and length',
    (ptimeMs) => {
      // A packet leaves when its last sample has been spoken.
      const sent = later(new RtpSource({ signal: tone(440), ptimeMs }).take(END_MS), ptimeMs);

      const { samples, stats } = hear(sent, { untilMs: END_MS + 500 });

      expect(stats).toMatchObject({ lost: 0, late: 0, duplicates: 0, overflowed: 0, trimmedMs: 0 });
      expectWhole(samples, 440, 700, END_MS - 100);
      expect(Math.abs(stats.playedMs - sent.length * ptimeMs)).toBeLessThan(1);
    },
  );

  it('M13: packets of changing length', () => {
    const source = new RtpSource({ signal: tone(440), ptimeMs: [10, 60, 20, 33.25, 40, 1] });

    const { samples, stats } = hear(later(source.take(END_MS), 60), { untilMs: END_MS });

    expect(stats).toMatchObject({ lost: 0, late: 0, duplicates: 0 });
    expectWhole(samples, 440, 700, END_MS - 100);
  });

  it('M16: what is no RTP, or lies about its length, is counted and not heard', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(END_MS);
    const hostile = hostileDatagrams();
    const bad = sent.flatMap(({ atMs }) => hostile.map((bytes) => ({ atMs: atMs + 3, bytes })));

    const { samples, stats } = hear(merged(sent, bad), { untilMs: END_MS });

    expectWhole(samples, 440, 200, END_MS);
    expect(stats).toMatchObject({ lost: 0, concealedMs: 0, packets: sent.length, restarts: 0 });
    const refused = stats.malformed + stats.unknownPayload + stats.foreignSource;
    expect(refused, `seed ${SEED}`).toBe(bad.length);
  });
});

/** Datagrams that no RTP stack may believe (RFC 3550 section 5.1), of the pinned source where that can be. */
function hostileDatagrams(): Uint8Array[] {
  const [{ bytes: good } = { bytes: new Uint8Array(172) }] = new RtpSource({
    signal: tone(880),
    firstSequence: 5000,
  }).take(20);
  const changed = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Uint8Array.from(good);
    change(bytes);
    return bytes;
  };
  const random = new SeededRandom(SEED);
  return [
    new Uint8Array(0),
    good.subarray(0, 11),
    // Version 0 and 1, as of STUN and old programs.
    changed((bytes) => (bytes[0] = 0x00)),
    changed((bytes) => (bytes[0] = 0x40)),
    // 15 CSRCs in a packet that ends before.
    changed((bytes) => (bytes[0] = 0x8f)).subarray(0, 40),
    // Padding longer than the packet, and of no octet.
    changed((bytes) => {
      bytes[0] = 0xa0;
      bytes[bytes.length - 1] = 255;
    }),
    changed((bytes) => {
      bytes[0] = 0xa0;
      bytes[bytes.length - 1] = 0;
    }),
    // A header extension of 65,535 words.
    changed((bytes) => {
      bytes[0] = 0x90;
      bytes.set([0xbe, 0xde, 0xff, 0xff], 12);
    }),
    // The largest datagram there is, of audio and of noise.
    Uint8Array.from({ length: 65_507 }, (_, index) => good[index] ?? 0xd5),
    random.bytes(65_507).with(0, 0x3f),
    // An RTCP sender report (payload type 200) on this port.
    Uint8Array.of(0x80, 200, 0, 6, ...random.bytes(24)),
  ];
}
