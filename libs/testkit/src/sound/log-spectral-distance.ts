import { complexOf, transform } from './fourier.ts';

/** What is compared. */
export interface SpectralBand {
  readonly sampleRate: number;
  /** The source's band; above it nothing is compared. */
  readonly toHz: number;
}

const BLOCK = 1024;
const STEP = 512;
const FIRST_BIN = 5;
/** About -90 dB of a full sine: nobody hears a difference below. */
const FLOOR_POWER = 1e-6;
/** Blocks quieter than the mean by 30 dB are pauses. */
const PAUSE_SHARE = 1e-3;

/**
 * Log-spectral distance in dB: root mean square of the difference of two power spectra (Hann window of 1024
 * samples), mean over the blocks in which there is sound. Less is better. Full scale is 1.
 */
export function logSpectralDistance(
  original: ArrayLike<number>,
  copy: ArrayLike<number>,
  { sampleRate, toHz }: SpectralBand,
): number {
  const end = Math.floor((toHz * BLOCK) / sampleRate);
  const blocks: { power: number; distance: number }[] = [];
  for (let at = 0; at + BLOCK <= Math.min(original.length, copy.length); at += STEP) {
    const due = powers(original, at, end);
    const heard = powers(copy, at, end);
    let [power, squares] = [0, 0];
    for (let i = FIRST_BIN; i < end; i++) {
      power += due[i] ?? 0;
      const ratio = ((due[i] ?? 0) + FLOOR_POWER) / ((heard[i] ?? 0) + FLOOR_POWER);
      squares += (10 * Math.log10(ratio)) ** 2;
    }
    blocks.push({ power, distance: Math.sqrt(squares / (end - FIRST_BIN)) });
  }
  const mean = blocks.reduce((sum, { power }) => sum + power, 0) / blocks.length;
  const loud = blocks.filter(({ power }) => power > mean * PAUSE_SHARE);
  return loud.reduce((sum, { distance }) => sum + distance, 0) / loud.length;
}

function powers(samples: ArrayLike<number>, at: number, end: number): Float64Array {
  const block = Float64Array.from(
    { length: BLOCK },
    (_, i) => (samples[at + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (BLOCK - 1))),
  );
  const spectrum = complexOf(block, BLOCK);
  transform(spectrum);
  return Float64Array.from(
    { length: end },
    (_, i) => (spectrum.real[i] ?? 0) ** 2 + (spectrum.imaginary[i] ?? 0) ** 2,
  );
}
