import { describe, expect, it } from 'vitest';
import { microsFromMs } from '#foundation';
import { buildRtpHeader } from '#protocol/rtp';
import { RtpSource, SeededRandom, tone, trouble } from '#testkit';
import type { Delivery } from '#testkit';
import { createAudioPath } from '../index.ts';
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
});
