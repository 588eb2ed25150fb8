import { aligned } from './alignment.ts';
import { lowPassed } from './band-limit.ts';
import { logSpectralDistance } from './log-spectral-distance.ts';
import type { SpectralBand } from './log-spectral-distance.ts';
import { segmentalSnr } from './segmental-snr.ts';

/** How near a copy of a sound is to the original. */
export interface SoundQuality {
  /** Segmental signal to noise ratio; more is better. */
  readonly segSnrDb: number;
  /** The same, of the worst 5 % of the frames. */
  readonly worstSnrDb: number;
  /** Log-spectral distance; less is better. */
  readonly lsdDb: number;
  readonly levelDb: number;
  /** How much later the copy was; one number for the whole sound. */
  readonly delaySamples: number;
  /** The largest step from one sample to the next; a click makes it larger than the original's. */
  readonly largestJump: number;
}

/** Compares a copy with the original, both at one rate and full scale 1, in the band of the original. */
export function soundQuality(
  original: ArrayLike<number>,
  copy: ArrayLike<number>,
  band: SpectralBand,
): SoundQuality {
  const { samples, delaySamples } = aligned(original, copy);
  const due = lowPassed(original, band.toHz, band.sampleRate);
  const heard = lowPassed(samples, band.toHz, band.sampleRate);
  const { meanDb, worstDb, levelDb } = segmentalSnr(due, heard, band.sampleRate);
  return {
    segSnrDb: meanDb,
    worstSnrDb: worstDb,
    lsdDb: logSpectralDistance(due, heard, band),
    levelDb,
    delaySamples,
    largestJump: largestJump(copy),
  };
}

/** The largest step from one sample to the next. */
export function largestJump(samples: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 1; i < samples.length; i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  }
  return largest;
}
