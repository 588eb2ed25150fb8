import { describe, expect, it } from 'vitest';
import { ComfortNoise } from './comfort-noise.ts';

const RATE = 8000;

function play(noise: ComfortNoise, ms: number, isHeard = true): Int16Array {
  const heard = new Int16Array((ms * RATE) / 1000);
  noise.mixInto(heard, { sampleRate: RATE, channels: 1, isHeard });
  return heard;
}

const levelOf = (samples: Int16Array): number => {
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
  return 20 * Math.log10(Math.sqrt(power) / 32_768);
};

/** Power below 1 kHz against power above 3 kHz, in dB. */
function tilt(samples: Int16Array): number {
  const power = (hz: number): number => {
    let [real, imaginary] = [0, 0];
    for (const [i, sample] of samples.entries()) {
      real += sample * Math.cos((2 * Math.PI * hz * i) / RATE);
      imaginary += sample * Math.sin((2 * Math.PI * hz * i) / RATE);
    }
    return real ** 2 + imaginary ** 2;
  };
  const sum = (fromHz: number): number =>
    Array.from({ length: 40 }, (_, i) => power(fromHz + i * 25)).reduce((a, b) => a + b);
  return 10 * Math.log10(sum(10) / sum(3010));
}

describe('comfort noise', () => {
  it.each([30, 45, 60, 70])('is as loud as asked: -%i dB', (levelDb) => {
    const noise = new ComfortNoise();
    noise.follow(Uint8Array.of(levelDb));
    play(noise, 100);

    expect(Math.abs(levelOf(play(noise, 1000)) + levelDb)).toBeLessThan(2);
  });

  it.each([
    { shape: 'white', bytes: [], fromDb: -2, toDb: 2 },
    { shape: 'low', bytes: [10], fromDb: 10, toDb: 40 },
    { shape: 'high', bytes: [244], fromDb: -40, toDb: -10 },
  ])('has the spectrum asked for: $shape', ({ bytes, fromDb, toDb }) => {
    const noise = new ComfortNoise();
    noise.follow(Uint8Array.of(40, ...bytes));
    play(noise, 100);

    const heard = play(noise, 1000);

    expect(tilt(heard)).toBeGreaterThan(fromDb);
    expect(tilt(heard)).toBeLessThan(toDb);
    expect(Math.abs(levelOf(heard) + 40)).toBeLessThan(2);
  });

  it('follows a new level within 20 ms', () => {
    const noise = new ComfortNoise();
    noise.follow(Uint8Array.of(30));
    play(noise, 100);
    noise.follow(Uint8Array.of(60));
    play(noise, 40);

    expect(Math.abs(levelOf(play(noise, 1000)) + 60)).toBeLessThan(2);
  });

  it('fades in and out', () => {
    const noise = new ComfortNoise();
    noise.follow(Uint8Array.of(30));

    const beginning = play(noise, 1);
    play(noise, 100);
    const ending = play(noise, 60, false);

    expect(levelOf(beginning)).toBeLessThan(-40);
    expect(levelOf(ending.subarray(0, 8))).toBeGreaterThan(-40);
    expect(levelOf(ending.subarray(-80))).toBeLessThan(-70);
  });

  it('is mixed into both channels', () => {
    const noise = new ComfortNoise();
    noise.follow(Uint8Array.of(30));
    const heard = new Int16Array(1600);

    noise.mixInto(heard, { sampleRate: RATE, channels: 2, isHeard: true });

    expect(heard.some((sample) => sample !== 0)).toBe(true);
    expect(heard.filter((_, i) => i % 2 === 0)).toEqual(heard.filter((_, i) => i % 2 === 1));
  });

  it('survives any payload', () => {
    const noise = new ComfortNoise();
    noise.follow(new Uint8Array(0));
    expect(noise.isAnnounced).toBe(false);

    for (const fill of [0, 255]) {
      noise.follow(new Uint8Array(1400).fill(fill));
      play(noise, 1000);
    }
    noise.follow(Uint8Array.of(60));
    play(noise, 100);

    expect(Math.abs(levelOf(play(noise, 1000)) + 60)).toBeLessThan(2);
  });
});
