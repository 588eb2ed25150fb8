import { describe, expect, it } from 'vitest';
import { RtpSource, SeededRandom, callSign, repeated, trouble } from '#testkit';
import type { Signal } from '#testkit';
import {
  RATE,
  beepsIn,
  correlation,
  hear,
  quantile,
  stretch,
  ticksOf,
} from './support/heard-call.ts';

const SEED = 20_261_123;
const MINUTE_MS = 60_000;
/** Tones that no window of 5 ms takes for a beep; the same every second. */
const SIGN = repeated(
  Int16Array.from({ length: RATE }, (_, index) => callSign([400, 2200])(index)),
);
/** Two tones whose pitch wanders, so that no stretch is like another; also between samples. */
const WANDERING: Signal = (index) => {
  const phase = (2 * Math.PI * index) / RATE;
  const low = Math.sin(500 * phase + 667 * Math.sin(0.3 * phase));
  const high = Math.sin(1300 * phase + 600 * Math.sin(0.5 * phase));
  return 6000 * low + 4000 * high;
};
/** By then the buffer has learnt the network. */
const SETTLED_MS = 15_000;
/** So short that it sounds at one speed. */
const WINDOW_MS = 100;

/** How long each beep took from the sender to the encoder. */
function delaysOf(beeps: readonly number[], skewPpm = 0): number[] {
  return beeps.map((atMs) => {
    const second = Math.round(((atMs - 100) * (1 + skewPpm / 1e6)) / 1000);
    return atMs - (second * 1000) / (1 + skewPpm / 1e6);
  });
}

describe('sound through a network that keeps no time', () => {
  it.each([
    { name: 'as in a queue', mayOvertake: false },
    { name: 'overtaking each other', mayOvertake: true },
  ])(
    'M3: jitter of 0 to 120 ms, packets $name: few are late, the delay stays',
    ({ mayOvertake }) => {
      const sent = new RtpSource({ signal: SIGN }).take(10 * MINUTE_MS);
      const random = new SeededRandom(SEED);
      const { deliveries } = trouble(sent, { random, jitterMs: 120, mayOvertake });

      const { samples, stats } = hear(deliveries, { untilMs: 10 * MINUTE_MS });

      const delays = delaysOf(beepsIn(samples));
      expect(stats.late / sent.length, `seed ${SEED}`).toBeLessThanOrEqual(0.005);
      expect(delays.length).toBeGreaterThan(590);
      expect(quantile(delays, 0.99)).toBeLessThanOrEqual(250);
    },
  );

  it('M4: 5 % overtaken by up to five and 2 % doubled: nothing is heard of it', () => {
    const sent = new RtpSource({ signal: WANDERING }).take(MINUTE_MS);
    const { deliveries, ledger } = trouble(sent, {
      random: new SeededRandom(SEED),
      reorderShare: 0.05,
      reorderDepth: 5,
      duplicateShare: 0.02,
    });

    const { samples, stats } = hear(deliveries, { untilMs: MINUTE_MS });

    expect(stats.duplicates, `seed ${SEED}`).toBe(ledger.duplicateCount);
    expect(stats.lost).toBe(0);
    const likeness: number[] = [];
    // Anywhere in 400 ms at first, then near where it was.
    const beginning = stretch(samples, SETTLED_MS, SETTLED_MS + 3 * WINDOW_MS);
    let lag = bestLag(beginning, SETTLED_MS * 8, around(200 * 8, { count: 200 * 8, step: 1 }));
    for (let atMs = SETTLED_MS; atMs < MINUTE_MS; atMs += WINDOW_MS) {
      const heard = stretch(samples, atMs, atMs + WINDOW_MS);
      lag = bestLag(heard, atMs * 8, around(lag, { count: 5, step: 1 / 8 }));
      likeness.push(likenessAt(heard, atMs * 8 - lag));
    }
    expect(Math.min(...likeness), `seed ${SEED}`).toBeGreaterThan(0.99);
  });

  it.each([
    { skewPpm: 2000, durationMs: 3 * MINUTE_MS },
    { skewPpm: -2000, durationMs: 3 * MINUTE_MS },
  ])('M14: a clock off by $skewPpm ppm: in step after $durationMs ms, without a step', (each) => {
    const { skewPpm, durationMs } = each;
    const sent = new RtpSource({ signal: SIGN, skewPpm }).take(durationMs);

    const { samples, stats, bufferMs, lastTagBehindMs } = hear(sent, { untilMs: durationMs });

    const delays = delaysOf(beepsIn(samples), skewPpm);
    expect(delays.length).toBeGreaterThanOrEqual(durationMs / 1000 - 2);
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThanOrEqual(40);
    expect(lastTagBehindMs).toBeLessThanOrEqual(100);
    expect(stats).toMatchObject({ lost: 0, late: 0, concealedMs: 0, trimmedMs: 0 });
    const settled = bufferMs.slice(ticksOf(SETTLED_MS));
    expect(quantile(settled, 1) - quantile(settled, 0)).toBeLessThanOrEqual(80);
  });
});

/** How alike a sound is to what was sent from a sample on, 1 at most; the start may lie between samples. */
const likenessAt = (heard: Int16Array, start: number): number =>
  correlation(
    heard,
    Float64Array.from({ length: heard.length }, (_, i) => WANDERING(start + i)),
  );

/** By how many samples a sound is behind: parts of a sample as well, when a path changes its speed. */
function bestLag(heard: Int16Array, at: number, lags: readonly number[]): number {
  const worths = lags.map((lag) => likenessAt(heard, at - lag));
  return lags[worths.indexOf(Math.max(...worths))] ?? 0;
}

function around(middle: number, { count, step }: { count: number; step: number }): number[] {
  return Array.from({ length: 2 * count + 1 }, (_, index) => middle + (index - count) * step);
}
