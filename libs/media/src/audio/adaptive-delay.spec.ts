import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { buildRtpHeader } from '#protocol/rtp';
import { RtpSource, SeededRandom, tone, trouble } from '#testkit';
import type { Delivery } from '#testkit';
import { INAUDIBLE, createAudioPath } from '../index.ts';
import type {
  AacEncoder,
  AudioFormat,
  AudioPath,
  AudioPathOptions,
  AudioPathStats,
} from '../index.ts';

const PCMU: AudioFormat = { codec: 'PCMU', clockRate: 8000, channels: 1 };
const SEED = 41_2026;

/** Counts samples and gives nothing: an hour must not fill the memory. */
class CountingEncoder implements AacEncoder {
  readonly audioSpecificConfig = Uint8Array.of(0x15, 0x88);
  readonly sampleRate = 8000;
  readonly sourceRate = 8000;
  readonly channels = 1;
  readonly frameSamples = 1024;
  readonly primingSamples = 0;
  sampleCount = 0;
  encode(pcm: Int16Array) {
    this.sampleCount += pcm.length;
  }
  flush() {
    // Nothing is held back.
  }
  close() {
    // Nothing is held.
  }
  describe() {
    return 'count';
  }
}

function setup(options: Pick<AudioPathOptions, 'jitter'> = {}) {
  const encoder = new CountingEncoder();
  const path = createAudioPath({ payloadTypes: new Map([[0, PCMU]]), ...options, encoder });
  path.start();
  return { path, encoder };
}

interface Play {
  readonly untilMs: number;
  readonly fromMs?: number;
  /** Called at every tick. */
  readonly look?: (stats: AudioPathStats, atMs: number) => void;
}

function play(
  path: AudioPath,
  deliveries: Iterable<Delivery>,
  { fromMs = 0, untilMs, look }: Play,
) {
  const arriving = deliveries[Symbol.iterator]();
  let next = arriving.next();
  for (let tickMs = fromMs + 20; tickMs <= untilMs; tickMs += 20) {
    for (; next.done !== true && next.value.atMs <= tickMs; next = arriving.next()) {
      path.receive(next.value.bytes, microsFromMs(next.value.atMs));
    }
    path.tick(microsFromMs(tickMs));
    if (tickMs % 1000 === 0) look?.(path.stats(), tickMs);
  }
}

const inOrder = (deliveries: readonly Delivery[]) => deliveries.toSorted((a, b) => a.atMs - b.atMs);

const source = () => new RtpSource({ signal: tone(440) });

/** A sender whose clock is off; its packets all sound the same, and are one buffer. */
function* skewed(ppm: number, minutes: number): Generator<Delivery> {
  const { bytes } = source().next();
  for (let packet = 0; packet < minutes * 3000 * (1 + ppm / 1e6); packet++) {
    const timestamp = packet * 160;
    const sequence = packet & 0xffff;
    buildRtpHeader({ payloadType: 0, marker: false, sequence, timestamp, ssrc: 7 }, bytes);
    yield { atMs: 3 + (packet * 20) / (1 + ppm / 1e6), bytes };
  }
}

describe('the delay of an audio path', () => {
  it.each([
    { ppm: 100, minutes: 60 },
    { ppm: -200, minutes: 60 },
    { ppm: 2000, minutes: 3 },
    { ppm: -2000, minutes: 3 },
  ])(
    'follows a clock that is off by $ppm ppm for $minutes minutes (M14)',
    ({ ppm, minutes }) => {
      const { path, encoder } = setup();
      let [worstMs, worstStepMs, lastMs] = [0, 0, 60];

      play(path, skewed(ppm, minutes), {
        untilMs: minutes * 60_000,
        look: ({ bufferMs, targetMs }, atMs) => {
          if (atMs < 500) return;
          worstMs = Math.max(worstMs, Math.abs(bufferMs - targetMs));
          worstStepMs = Math.max(worstStepMs, Math.abs(bufferMs - lastMs));
          lastMs = bufferMs;
        },
      });

      const stats = path.stats();
      expect(stats).toMatchObject({
        concealedMs: 0,
        trimmedMs: 0,
        late: 0,
        lost: 0,
        overflowed: 0,
      });
      expect(stats.silenceMs).toBeLessThan(80);
      expect(worstMs).toBeLessThan(40);
      expect(worstStepMs).toBeLessThan(6);
      expect(Math.abs(stats.driftPpm - ppm)).toBeLessThan(5);
      expect(encoder.sampleCount).toBe(minutes * 60 * 8000);
      // All that was sent has been heard, but for what waits.
      const sentMs = minutes * 60_000 * (1 + ppm / 1e6);
      expect(Math.abs(sentMs - stats.playedMs - stats.bufferMs)).toBeLessThan(40);
    },
    60_000,
  );

  it('waits for packets that are 0 to 120 ms late, not much longer (M3)', () => {
    const sent = source().take(600_000);
    const { deliveries } = trouble(sent, {
      random: new SeededRandom(SEED),
      jitterMs: 120,
      mayOvertake: true,
    });
    const { path } = setup();
    const waits: number[] = [];

    play(
      path,
      deliveries.toSorted((a, b) => a.atMs - b.atMs),
      { untilMs: 601_000, look: ({ targetMs }) => void waits.push(targetMs) },
    );

    const stats = path.stats();
    expect(stats.late / sent.length, `seed ${SEED}`).toBeLessThan(0.005);
    expect(stats.lost).toBe(0);
    expect(stats.played + stats.late).toBe(sent.length);
    expect(Math.max(...waits)).toBeLessThan(200);
  });

  it('rises at once when packets come late, and falls slowly when they no longer do', () => {
    const sent = source().take(120_000);
    const random = new SeededRandom(SEED);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs >= 20_000 && atMs < 30_000 ? atMs + random.below(150) : atMs,
      bytes,
    }));
    const { path } = setup();
    const targets = new Map<number, number>();
    const waits: number[] = [];

    play(path, inOrder(deliveries), {
      untilMs: 120_000,
      look: ({ targetMs, bufferMs }, atMs) => {
        targets.set(atMs, targetMs);
        if (atMs > 35_000) waits.push(bufferMs);
      },
    });

    const at = (ms: number) => targets.get(ms) ?? NaN;
    expect(at(20_000)).toBe(60);
    expect(at(22_000)).toBeGreaterThan(140);
    expect(at(35_000)).toBeGreaterThan(140);
    expect(at(119_000)).toBeLessThan(100);
    // By no more than half a percent of a second in each second.
    const falls = waits.slice(1).map((wait, i) => (waits[i] ?? NaN) - wait);
    expect(waits.at(-1)).toBeLessThan(110);
    expect(Math.max(...falls)).toBeLessThan(5.1);
    const { late, trimmedMs } = path.stats();
    expect(late).toBeLessThan(20);
    expect(trimmedMs).toBe(0);
  });

  it('stays within its cap', () => {
    const sent = source().take(30_000);
    const random = new SeededRandom(SEED);
    const deliveries = sent.map(({ atMs, bytes }) => ({ atMs: atMs + random.below(400), bytes }));
    const { path } = setup({ jitter: { minMs: 40, maxMs: 120 } });
    let highest = 0;

    play(path, inOrder(deliveries), {
      untilMs: 30_000,
      look: ({ targetMs }) => void (highest = Math.max(highest, targetMs)),
    });

    expect(highest).toBe(120);
    expect(path.stats().bufferMs).toBeLessThan(160);
    expect(path.describe()).toContain('jitter(40-120ms)');
  });

  it.each([200, 300, 900])('goes on from the target after a stall of %i ms and its burst', (ms) => {
    const sent = source().take(60_000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs >= 10_000 && atMs < 10_000 + ms ? 10_000 + ms : atMs,
      bytes,
    }));
    const { path, encoder } = setup();

    play(path, deliveries, { untilMs: 60_000 });

    const stats = path.stats();
    // What has been filled is either played later or given up; nothing of it twice.
    expect(stats.concealedMs + stats.silenceMs).toBeLessThan(ms + 150);
    expect(stats.late + stats.overflowed).toBeLessThanOrEqual(ms / 20);
    expect(stats.lost).toBe(0);
    expect(stats.bufferMs).toBeLessThan(ms + 70);
    expect(encoder.sampleCount).toBe(60_000 * 8);
  });

  it('follows a network that becomes slower, and faster again, for good', () => {
    const sent = source().take(180_000);
    const deliveries = sent.map(({ atMs, bytes }) => ({
      atMs: atMs >= 10_000 && atMs < 60_000 ? atMs + 150 : atMs,
      bytes,
    }));
    const { path } = setup();
    let slowMs = NaN;

    play(path, inOrder(deliveries), {
      untilMs: 180_000,
      look: ({ bufferMs }, atMs) => {
        if (atMs === 59_000) slowMs = bufferMs;
      },
    });

    const stats = path.stats();
    expect(stats.late).toBe(0);
    expect(slowMs).toBeLessThan(140);
    expect(stats.bufferMs).toBeLessThan(85);
    expect(Math.abs(stats.driftPpm)).toBeLessThan(5);
  });

  it('loses nothing of a talk that begins late after a pause', () => {
    const sender = source();
    const before = sender.take(5000);
    sender.pause(5000);
    const after = sender
      .take(5000)
      .map(({ atMs, bytes }, i) => ({ atMs: atMs + (i < 5 ? 150 - 20 * i : 0), bytes }));
    const { path } = setup();

    play(path, [...before, ...after], { untilMs: 16_000 });

    expect(path.stats()).toMatchObject({ played: 500, late: 0, lost: 0, overflowed: 0 });
  });

  it('keeps events out of the jitter that is reported', () => {
    const path = createAudioPath({
      payloadTypes: new Map([
        [0, PCMU],
        [101, INAUDIBLE],
      ]),
      encoder: new CountingEncoder(),
    });
    path.start();
    const sent = source().take(2000);
    const events = new RtpSource({ signal: tone(440), payloadType: 101 }).take(2000);
    for (const { bytes } of events) new DataView(bytes.buffer).setUint32(4, 160_000);

    play(path, [...sent.slice(0, 50), ...events.slice(50, 60), ...sent.slice(60)], {
      untilMs: 2000,
    });

    expect(path.stats()).toMatchObject({ jitterMs: 0, targetMs: 60, late: 0 });
  });

  it.each(Array.from({ length: 20 }, (_, i) => SEED + i))(
    'accounts for every packet, whatever happens to it (seed %i)',
    (seed) => {
      const random = new SeededRandom(seed);
      const sender = new RtpSource({ signal: tone(440), firstSequence: random.below(65_536) });
      const sent: Delivery[] = [];
      for (let part = 0; part < 10; part++) {
        sent.push(...sender.take(2000));
        if (random.below(3) === 0) sender.pause(20 * (1 + random.below(100)));
      }
      const { deliveries, ledger } = trouble(sent, {
        random,
        lossShare: random.below(10) / 100,
        bursts: { beginShare: 0.01, meanPackets: 1 + random.below(10) },
        duplicateShare: random.below(5) / 100,
        reorderShare: random.below(10) / 100,
        reorderDepth: 5,
        jitterMs: random.below(200),
        mayOvertake: random.below(2) === 0,
      });
      const { path } = setup();

      play(path, inOrder(deliveries), { untilMs: 60_000 });

      const { played, lost, late, overflowed, duplicates, strays, packets } = path.stats();
      expect(packets).toBe(deliveries.length);
      expect(strays).toBe(0);
      expect(played + late + overflowed + duplicates).toBe(packets);
      expect(duplicates).toBe(ledger.duplicateCount);
      expect(lost).toBe(ledger.lostCount);
    },
  );
});
