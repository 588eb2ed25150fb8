import { describe, expect, it } from 'vitest';
import { RtpSource, SeededRandom, callSign, tone, trouble } from '#testkit';
import type { AudioFormat } from '#media';
import { G711, hear, peakOf, sharesOf, steepestStep, stretch } from './support/heard-call.ts';

const SEED = 20_261_122;
const MINUTE_MS = 60_000;
const COMFORT_NOISE: AudioFormat = { codec: 'CN', clockRate: 8000, channels: 1 };
/** From the first packet to the first tick that plays it, at the target of 60 ms. */
const START_SILENCE_MS = 40;
/** The last packet leaves 20 ms before the end and is played with the target's delay: when everything has been played. */
const untilPlayed = (sentMs: number): number => sentMs + START_SILENCE_MS;

describe('sound through loss', () => {
  it('M1: 5 % random loss for 10 minutes: exact time, exact counts, no click', () => {
    const sent = new RtpSource({ signal: tone(440) }).take(10 * MINUTE_MS);
    const network = { random: new SeededRandom(SEED), lossShare: 0.05 };
    const { deliveries, ledger } = trouble(sent, network);
    const untilMs = untilPlayed(10 * MINUTE_MS);

    const { samples, stats } = hear(deliveries, { untilMs });

    expect(samples).toHaveLength(untilMs * 8);
    expect(stats.lost, `seed ${SEED}`).toBe(ledger.lostCount);
    expect(stats.lossBursts).toBe(ledger.lostRuns.length);
    const filledMs = stats.concealedMs + stats.silenceMs - START_SILENCE_MS;
    expect(filledMs).toBe(ledger.lostCount * 20);
    // 30 dB below full scale, above the steepest the tone itself gets.
    const ownSteepest = steepestStep(Int16Array.from({ length: 8000 }, (_, i) => tone(440)(i)));
    expect(steepestStep(samples) - ownSteepest, `seed ${SEED}`).toBeLessThan(32_768 * 10 ** -1.5);
    const shares = sharesOf(samples, 440, 200).slice(1);
    expect(shares.filter((share) => share < 0.9).length / shares.length).toBeLessThan(0.02);
  });

  it('M2: bursts of 300 ms for 5 minutes: the timeline goes on, counts are exact', () => {
    const sent = new RtpSource({ signal: callSign([440, 2300]) }).take(5 * MINUTE_MS);
    const bursts = { beginShare: 0.004, meanPackets: 15 };
    const { deliveries, ledger } = trouble(sent, { random: new SeededRandom(SEED), bursts });
    const untilMs = untilPlayed(5 * MINUTE_MS);

    const { samples, stats, longestStallMs } = hear(deliveries, { untilMs });

    expect(samples).toHaveLength(untilMs * 8);
    expect(longestStallMs).toBeLessThanOrEqual(100);
    expect(stats.lost, `seed ${SEED}`).toBe(ledger.lostCount);
    expect(stats.lossBursts).toBe(ledger.lostRuns.length);
    expect(stats).toMatchObject({ late: 0, duplicates: 0, restarts: 0 });
    expect(stats.playedMs).toBe((sent.length - ledger.lostCount) * 20);
  });

  it('M11: 30 s of pause with comfort noise and 30 s without: never a stall, and back in time', () => {
    const source = new RtpSource({ signal: tone(440), marksTalkspurts: true });
    const before = source.take(2000);
    const noise = source.comfortNoise(30_000, { levelDb: 50 });
    const between = source.take(2000);
    source.pause(30_000);
    const after = source.take(2000);
    const payloadTypes = new Map([...G711, [13, COMFORT_NOISE] as const]);

    const { samples, stats, longestStallMs, lastTagBehindMs } = hear(
      [...before, ...noise, ...between, ...after],
      { untilMs: untilPlayed(66_000), payloadTypes },
    );

    expect(longestStallMs).toBeLessThanOrEqual(100);
    expect(lastTagBehindMs).toBeLessThanOrEqual(100);
    expect(stats).toMatchObject({ lost: 0, late: 0, playedMs: 6000, trimmedMs: 0 });
    // Uniform noise of 50 dB below full scale peaks at 180; it is heard in every 100 ms.
    expect(peakOf(stretch(samples, 2200, 31_900))).toBeLessThan(250);
    for (let fromMs = 2200; fromMs < 31_900; fromMs += 100) {
      expect(peakOf(stretch(samples, fromMs, fromMs + 100))).toBeGreaterThan(100);
    }
    expect(peakOf(stretch(samples, 34_200, 63_900))).toBe(0);
    for (const fromMs of [200, 32_100, 64_100]) {
      const shares = sharesOf(stretch(samples, fromMs, fromMs + 1800), 440);
      expect(Math.min(...shares)).toBeGreaterThan(0.98);
    }
  });
});
