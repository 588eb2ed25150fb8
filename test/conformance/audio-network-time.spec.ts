import { describe, expect, it } from 'vitest';
import { RtpSource, SeededRandom, callSign, repeated, trouble } from '#testkit';
import { RATE, beepsIn, hear, quantile } from './support/heard-call.ts';

const SEED = 20_261_123;
const MINUTE_MS = 60_000;
/** Tones that no window of 5 ms takes for a beep; the same every second. */
const SIGN = repeated(
  Int16Array.from({ length: RATE }, (_, index) => callSign([400, 2200])(index)),
);

/** How long each beep took from the sender to the encoder. */
const delaysOf = (beeps: readonly number[]): number[] =>
  beeps.map((atMs) => atMs - Math.floor(atMs / 1000) * 1000);

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
});
