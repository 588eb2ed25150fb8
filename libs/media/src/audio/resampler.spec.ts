import { describe, expect, it } from 'vitest';
import { Resampler } from './resampler.ts';

const AMPLITUDE = 12_000;

interface Conversion {
  readonly inputRate: number;
  readonly outputRate: number;
  /** By the time in seconds since the start. */
  readonly speedAt: (seconds: number) => number;
  readonly toneHz: number;
  readonly seconds?: number;
}

/** Plays a tone in pieces of 20 ms and gives what comes out, without its first tenth of a second. */
function convertTone({
  inputRate,
  outputRate,
  speedAt,
  toneHz,
  seconds = 2,
}: Conversion): number[] {
  const resampler = new Resampler({ inputRate, outputRate, channels: 1 });
  const out = new Int16Array(outputRate);
  const heard: number[] = [];
  const length = inputRate / 50;
  for (let piece = 0; piece < seconds * 50; piece++) {
    const samples = Int16Array.from({ length }, (_, i) =>
      Math.round(AMPLITUDE * Math.sin((2 * Math.PI * toneHz * (piece * length + i)) / inputRate)),
    );
    const pcm = { sampleRate: inputRate, channels: 1, samples } as const;
    const count = resampler.convert(pcm, speedAt(piece / 50), out, 0);
    heard.push(...out.subarray(0, count));
  }
  return heard.slice(outputRate / 10);
}

/** What is left of a signal when the best fitting sine of a frequency is taken out, in dB of that sine. */
function residualDb(samples: readonly number[], frequencyHz: number, sampleRate: number): number {
  const { sine, cosine } = fit(samples, frequencyHz, sampleRate);
  let rest = 0;
  for (const [i, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequencyHz * i) / sampleRate;
    rest += (sample - sine * Math.sin(angle) - cosine * Math.cos(angle)) ** 2;
  }
  return 10 * Math.log10(rest / samples.length / ((sine ** 2 + cosine ** 2) / 2));
}

/** Least squares for a sine and a cosine. */
function fit(samples: readonly number[], frequencyHz: number, sampleRate: number) {
  let [ss, cc, sc, sy, cy] = [0, 0, 0, 0, 0];
  for (const [i, sample] of samples.entries()) {
    const s = Math.sin((2 * Math.PI * frequencyHz * i) / sampleRate);
    const c = Math.cos((2 * Math.PI * frequencyHz * i) / sampleRate);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    sy += s * sample;
    cy += c * sample;
  }
  const determinant = ss * cc - sc * sc;
  return { sine: (sy * cc - cy * sc) / determinant, cosine: (cy * ss - sy * sc) / determinant };
}

const levelDb = (samples: readonly number[]): number =>
  10 *
  Math.log10(
    samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length / (AMPLITUDE ** 2 / 2),
  );

const steadily = (speed: number) => () => speed;

describe('a resampler', () => {
  it.each([0.995, 0.9998, 1.0002, 1.002, 1.005])('keeps a tone pure at speed %f', (speed) => {
    const heard = convertTone({
      inputRate: 8000,
      outputRate: 8000,
      speedAt: steadily(speed),
      toneHz: 1000,
    });

    expect(residualDb(heard, 1000 * speed, 8000)).toBeLessThan(-60);
    expect(levelDb(heard)).toBeCloseTo(0, 1);
  });

  it.each([
    [8000, 16_000],
    [8000, 48_000],
    [8000, 44_100],
    [16_000, 8000],
    [48_000, 8000],
    [48_000, 16_000],
    [44_100, 8000],
    [44_100, 48_000],
    [22_050, 8000],
  ])('keeps a tone pure from %i to %i Hz, without images', (inputRate, outputRate) => {
    const heard = convertTone({ inputRate, outputRate, speedAt: steadily(1.0001), toneHz: 1000 });

    expect(residualDb(heard, 1000.1, outputRate)).toBeLessThan(-60);
    expect(levelDb(heard)).toBeCloseTo(0, 1);
  });

  it.each([
    { inputRate: 16_000, toneHz: 4500 },
    { inputRate: 16_000, toneHz: 7000 },
    { inputRate: 44_100, toneHz: 5000 },
    { inputRate: 48_000, toneHz: 4300 },
    { inputRate: 48_000, toneHz: 15_000 },
  ])('lets nothing of $toneHz Hz come from $inputRate to 8000 Hz', ({ inputRate, toneHz }) => {
    const heard = convertTone({ inputRate, outputRate: 8000, speedAt: steadily(1), toneHz });

    expect(levelDb(heard)).toBeLessThan(-50);
  });

  it.each([300, 1000, 2000, 3000])('passes %i Hz whole from 16 to 8 kHz', (toneHz) => {
    const heard = convertTone({
      inputRate: 16_000,
      outputRate: 8000,
      speedAt: steadily(1),
      toneHz,
    });

    expect(levelDb(heard)).toBeCloseTo(0, 0);
  });

  it('passes samples unchanged while the speed is 1', () => {
    const resampler = new Resampler({ inputRate: 8000, outputRate: 8000, channels: 1 });
    const out = new Int16Array(320);
    const samples = Int16Array.from({ length: 160 }, (_, i) => (i * 7919) % 65_536);

    const count = resampler.convert({ sampleRate: 8000, channels: 1, samples }, 1, out, 0);

    expect(count).toBe(160);
    expect(out.subarray(10, 160)).toEqual(samples.subarray(0, 150));
  });

  it('changes between passing and filtering, and between speeds, without a click', () => {
    const heard = convertTone({
      inputRate: 8000,
      outputRate: 8000,
      toneHz: 1000,
      seconds: 4,
      speedAt: (seconds) => (seconds < 1 || seconds > 3 ? 1 : 1 + 0.005 * Math.sin(seconds * 9)),
    });

    // The second difference of a sine is bounded by its amplitude times the square of its step.
    const bound = AMPLITUDE * ((2 * Math.PI * 1000 * 1.005) / 8000) ** 2;
    const bends = heard.slice(2).map((sample, i) => {
      const [before = 0, middle = 0] = [heard[i], heard[i + 1]];
      return Math.abs(sample - 2 * middle + before);
    });
    expect(Math.max(...bends)).toBeLessThan(bound * 1.02);
  });

  it('gives as much as the rates and the speed say', () => {
    for (const speed of [0.995, 1, 1.0002]) {
      const heard = convertTone({
        inputRate: 44_100,
        outputRate: 8000,
        speedAt: steadily(speed),
        toneHz: 500,
        seconds: 10,
      });

      expect(Math.abs(heard.length + 800 - 80_000 / speed)).toBeLessThanOrEqual(2);
    }
  });

  it('says what it needs for a frame, to the sample', () => {
    const resampler = new Resampler({ inputRate: 44_100, outputRate: 8000, channels: 1 });
    const out = new Int16Array(1000);
    for (let frame = 0; frame < 100; frame++) {
      const samples = new Int16Array(resampler.inputFor(160, 1.003));

      const count = resampler.convert({ sampleRate: 44_100, channels: 1, samples }, 1.003, out, 0);

      expect(count).toBe(160);
    }
  });

  it('doubles one channel for two and mixes two into one', () => {
    const out = new Int16Array(400);
    const stereo = new Resampler({ inputRate: 8000, outputRate: 8000, channels: 2 });
    const mono = new Resampler({ inputRate: 8000, outputRate: 8000, channels: 1 });

    const doubled = stereo.convert(
      { sampleRate: 8000, channels: 1, samples: new Int16Array(160).fill(700) },
      1,
      out,
      0,
    );
    expect(doubled).toBe(160);
    expect([...out.subarray(200, 204)]).toEqual([700, 700, 700, 700]);

    const pairs = Int16Array.from({ length: 320 }, (_, i) => (i % 2 === 0 ? 1000 : -400));
    const mixed = mono.convert({ sampleRate: 8000, channels: 2, samples: pairs }, 1.001, out, 0);
    expect(mixed).toBe(160);
    expect([...out.subarray(100, 104)]).toEqual([300, 300, 300, 300]);
  });

  it('keeps two channels apart', () => {
    const resampler = new Resampler({ inputRate: 16_000, outputRate: 8000, channels: 2 });
    const out = new Int16Array(400);
    const samples = Int16Array.from({ length: 640 }, (_, i) => (i % 2 === 0 ? 5000 : -3000));

    resampler.convert({ sampleRate: 16_000, channels: 2, samples }, 1, out, 0);

    expect([...out.subarray(200, 204)]).toEqual([5000, -3000, 5000, -3000]);
  });

  it('cuts off what is too loud instead of wrapping', () => {
    const resampler = new Resampler({ inputRate: 8000, outputRate: 8000, channels: 1 });
    const out = new Int16Array(400);
    const samples = Int16Array.from({ length: 160 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));

    const count = resampler.convert({ sampleRate: 8000, channels: 1, samples }, 1.004, out, 0);

    const steps = [...out.subarray(31, count)].map((sample, i) =>
      Math.abs(sample - (out[i + 30] ?? 0)),
    );
    expect(Math.max(...out)).toBe(32_767);
    expect(steps.filter((step) => step > 60_000)).toHaveLength(0);
  });
});
