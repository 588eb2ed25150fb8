import { complexOf, nextPowerOfTwo, transform, transformBack } from './fourier.ts';
import type { Spectrum } from './fourier.ts';

/** A copy of a sound, laid over the original. */
export interface Aligned {
  /** As long as the original, in its time. */
  readonly samples: Float64Array;
  /** How much later the copy was, in samples and parts of them. */
  readonly delaySamples: number;
}

/** Of the band, what is weaker than the mean by 30 dB says nothing about the delay. */
const WEAK_SHARE = 1e-3;
const REFINEMENTS = 3;

/**
 * Shifts a copy of a sound to where it fits best, to a hundredth of a sample and better: the peak of the
 * correlation, then the slope of the phase.
 */
export function aligned(original: ArrayLike<number>, copy: ArrayLike<number>): Aligned {
  const size = nextPowerOfTwo(original.length + copy.length);
  const due = complexOf(original, size);
  const heard = complexOf(copy, size);
  transform(due);
  transform(heard);
  const cross = crossSpectrum(due, heard);
  let delaySamples = correlationPeak(cross);
  for (let i = 0; i < REFINEMENTS; i++) delaySamples += phaseSlope(cross, delaySamples);
  advance(heard, delaySamples);
  transformBack(heard);
  return { samples: heard.real.slice(0, original.length), delaySamples };
}

function crossSpectrum(due: Spectrum, heard: Spectrum): Spectrum {
  const size = due.real.length;
  const cross = complexOf([], size);
  for (let i = 0; i < size; i++) {
    const [a, b] = [due.real[i] ?? 0, due.imaginary[i] ?? 0];
    const [c, d] = [heard.real[i] ?? 0, heard.imaginary[i] ?? 0];
    cross.real[i] = a * c + b * d;
    cross.imaginary[i] = a * d - b * c;
  }
  return cross;
}

function correlationPeak(cross: Spectrum): number {
  const size = cross.real.length;
  const correlation = { real: cross.real.slice(), imaginary: cross.imaginary.slice() };
  transformBack(correlation);
  let best = 0;
  for (let i = 1; i < size; i++) {
    if ((correlation.real[i] ?? 0) > (correlation.real[best] ?? 0)) best = i;
  }
  return best > size / 2 ? best - size : best;
}

/** What is left of the delay, from the phase of the strong part of the band. */
function phaseSlope({ real, imaginary }: Spectrum, delaySamples: number): number {
  const size = real.length;
  const power = (i: number): number => Math.hypot(real[i] ?? 0, imaginary[i] ?? 0);
  let sum = 0;
  for (let i = 1; i < size / 2; i++) sum += power(i);
  const weak = (sum / size) * WEAK_SHARE;
  let moment = 0;
  let weight = 0;
  for (let i = 1; i < size / 2; i++) {
    const strength = power(i);
    if (strength < weak) continue;
    const angle = (2 * Math.PI * i) / size;
    const turned = Math.atan2(imaginary[i] ?? 0, real[i] ?? 0) + angle * delaySamples;
    const phase = turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI));
    moment -= strength * phase * angle;
    weight += strength * angle * angle;
  }
  return weight === 0 ? 0 : moment / weight;
}

function advance({ real, imaginary }: Spectrum, samples: number): void {
  const size = real.length;
  for (let i = 0; i < size; i++) {
    const angle = (2 * Math.PI * (i < size / 2 ? i : i - size) * samples) / size;
    const [a, b] = [real[i] ?? 0, imaginary[i] ?? 0];
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    real[i] = a * cosine - b * sine;
    imaginary[i] = a * sine + b * cosine;
  }
}
