import { describe, expect, it } from 'vitest';
import { bandOffsetsOf } from '../tables/band-offsets.ts';
import type { AnalysedFrame } from './analysis.ts';
import { Analysis } from './analysis.ts';
import type { ResamplingPlan } from './resampling-plan.ts';
import { planResampling } from './resampling-plan.ts';
import { windowSlopes } from './window.ts';

const SOURCES = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
const STREAMS = [16_000, 32_000, 44_100, 48_000];

/** cos(pi / 4096 * n) for the direct inverse transforms. */
const COSINES = Float64Array.from({ length: 8192 }, (_, n) => Math.cos((Math.PI * n) / 4096));

/** The inverse transform as it is written down in section 4.6.11.3.1, without any fast algorithm. */
function inverse(bins: Float64Array, usable = bins.length): Float64Array {
  const size = bins.length;
  const step = 1024 / size;
  return Float64Array.from({ length: 2 * size }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < usable; k += 1) {
      const angle = (2 * n + 1 + size) * (2 * k + 1) * step;
      sum += (bins[k] ?? 0) * (COSINES[angle & 8191] ?? 0);
    }
    return sum / size;
  });
}

/** A decoder's second half, after section 4.6.11.3: from frames to samples at the rate of the stream. */
class Synthesis {
  readonly samples: number[] = [];
  readonly #slopes = windowSlopes(1024);
  readonly #shortBands: Uint16Array;
  readonly #usable: number;
  #overlap: Float64Array = new Float64Array(1024);

  constructor(sampleRate: number, usable = 1024) {
    this.#shortBands = bandOffsetsOf(sampleRate).short;
    this.#usable = usable;
  }

  add(frame: AnalysedFrame, channel = 0): void {
    const spectrum = frame.spectra[channel] ?? new Float32Array(1024);
    const window =
      frame.windowSequence === 2 ? this.#short(frame, spectrum) : this.#long(frame, spectrum);
    for (let n = 0; n < 1024; n += 1) {
      this.samples.push((this.#overlap[n] ?? 0) + (window[n] ?? 0));
    }
    this.#overlap = window.subarray(1024);
  }

  #long(frame: AnalysedFrame, spectrum: Float32Array): Float64Array {
    const { long, edge } = this.#slopes;
    const rising = frame.windowSequence === 3 ? edge : long;
    const falling = frame.windowSequence === 1 ? edge : long;
    return inverse(Float64Array.from(spectrum), this.#usable).map(
      (sample, n) => sample * ((n < 1024 ? rising[n] : falling[2047 - n]) ?? 0),
    );
  }

  #short(frame: AnalysedFrame, spectrum: Float32Array): Float64Array {
    const result = new Float64Array(2048);
    const slope = this.#slopes.short;
    this.#windows(frame, spectrum).forEach((bins, window) => {
      inverse(bins).forEach((sample, n) => {
        const at = 448 + 128 * window + n;
        result[at] = (result[at] ?? 0) + sample * ((n < 128 ? slope[n] : slope[255 - n]) ?? 0);
      });
    });
    return result;
  }

  #windows(frame: AnalysedFrame, spectrum: Float32Array): Float64Array[] {
    const windows = Array.from({ length: 8 }, () => new Float64Array(128));
    let at = 0;
    let first = 0;
    for (const length of frame.groupLengths.subarray(0, frame.groupCount)) {
      for (let sfb = 0; sfb + 1 < this.#shortBands.length; sfb += 1) {
        for (let window = 0; window < length; window += 1) {
          for (
            let bin = this.#shortBands[sfb] ?? 0;
            bin < (this.#shortBands[sfb + 1] ?? 0);
            bin++
          ) {
            (windows[first + window] ?? new Float64Array(0))[bin] = spectrum[at] ?? 0;
            at += 1;
          }
        }
      }
      first += length;
    }
    expect([at, first]).toEqual([1024, 8]);
    return windows;
  }
}

function tone(rate: number, frequency: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, n) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * frequency * n) / rate)),
  );
}

/** What is left of a copy when the tone that must be there is taken away, and the tone's level, both in dB. */
function compare(samples: number[], rate: number, frequency: number, delay: number) {
  let error = 0;
  let power = 0;
  let product = 0;
  for (let n = 2048; n < samples.length - 1024; n += 1) {
    const wanted = 16_000 * Math.sin((2 * Math.PI * frequency * (n - delay)) / rate);
    error += ((samples[n] ?? 0) - wanted) ** 2;
    power += wanted ** 2;
    product += wanted * (samples[n] ?? 0);
  }
  return { errorDb: 10 * Math.log10(error / power), levelDb: 20 * Math.log10(product / power) };
}

/** A tone that is struck now and then and dies away; the attack is smooth enough to have no end at the band's edge. */
function bursts(rate: number): Int16Array {
  return Int16Array.from({ length: 0.25 * rate }, (_, n) => {
    const age = ((n % Math.round(rate / 7)) / rate - 0.06) * 1000;
    const loudness = age < 0 ? Math.exp(-(age ** 2)) : Math.exp(-age / 15);
    return 20_000 * loudness * Math.sin((2 * Math.PI * 900 * n) / rate);
  });
}

function framesOf(analysis: Analysis, pcm: Int16Array, cut = pcm.length): AnalysedFrame[] {
  const frames: AnalysedFrame[] = [];
  const keep = (frame: AnalysedFrame) => frames.push(structuredClone(frame));
  for (let at = 0; at < pcm.length; at += cut) analysis.push(pcm.subarray(at, at + cut), keep);
  analysis.flush(keep);
  return frames;
}

function decoded(frames: AnalysedFrame[], plan: ResamplingPlan, channel = 0): number[] {
  const synthesis = new Synthesis(plan.sampleRate, plan.usableBins);
  for (const frame of frames) synthesis.add(frame, channel);
  return synthesis.samples;
}

function distanceDb(a: number[], b: number[]): number {
  expect(a).toHaveLength(b.length);
  const energy = (samples: number[]) => samples.reduce((sum, sample) => sum + sample ** 2, 0);
  return 10 * Math.log10(energy(a.map((sample, n) => sample - (b[n] ?? 0))) / energy(a));
}

describe('Analysis', () => {
  for (const sampleRate of STREAMS) {
    for (const sourceRate of SOURCES) {
      it(`keeps a tone of ${sourceRate} Hz in a stream of ${sampleRate} Hz: delay, pitch, level, nothing else`, () => {
        const plan = planResampling(sourceRate, sampleRate);
        const synthesis = new Synthesis(sampleRate, plan.usableBins);
        const analysis = new Analysis(plan, { channels: 1, shortBlocks: false });
        analysis.push(tone(sourceRate, 1000, 0.3), (frame) => synthesis.add(frame));
        const delay = 1024 + plan.delaySamples;
        const result = compare(synthesis.samples, sampleRate, 1000, delay);
        expect(result.errorDb).toBeLessThan(-75);
        expect(Math.abs(result.levelDb)).toBeLessThan(0.02);
      });
    }
  }

  for (const [sourceRate, sampleRate] of [
    [8_000, 44_100],
    [16_000, 32_000],
    [48_000, 44_100],
  ] as const) {
    it(`gives bursts back through short windows, ${sourceRate} Hz in ${sampleRate} Hz, both channels alike`, () => {
      const plan = planResampling(sourceRate, sampleRate);
      const pcm = bursts(sourceRate);
      const sequences: number[] = [];
      const long = framesOf(new Analysis(plan, { channels: 1, shortBlocks: false }), pcm);
      const pair = Int16Array.from({ length: 2 * pcm.length }, (_, n) => pcm[n >> 1] ?? 0);
      const short = framesOf(new Analysis(plan, { channels: 2, shortBlocks: true }), pair);
      for (const frame of short) sequences.push(frame.windowSequence);
      expect(long.every((frame) => frame.windowSequence === 0)).toBe(true);
      expect(long.some((frame) => frame.attack > 0)).toBe(true);
      expect(sequences).toContain(2);
      const order = sequences.join('');
      expect(order).toMatch(/^(0|12+3|2+3)*(12*)?$/);
      expect(decoded(short, plan, 1)).toEqual(decoded(short, plan, 0));
      expect(distanceDb(decoded(long, plan), decoded(short, plan))).toBeLessThan(-55);
    });
  }

  it('gives as many frames as hold all that came, however it is cut', () => {
    const plan = planResampling(8_000, 44_100);
    const pcm = bursts(8_000);
    for (const shortBlocks of [false, true]) {
      const whole = framesOf(new Analysis(plan, { channels: 1, shortBlocks }), pcm);
      const cut = framesOf(new Analysis(plan, { channels: 1, shortBlocks }), pcm, 37);
      expect(cut).toEqual(whole);
      const last = (pcm.length * 441) / 80 + plan.delaySamples + 1024;
      expect(whole).toHaveLength(Math.ceil(last / 1024));
    }
    expect(
      framesOf(new Analysis(plan, { channels: 1, shortBlocks: true }), pcm.subarray(0, 0)),
    ).toEqual([]);
  });
});
