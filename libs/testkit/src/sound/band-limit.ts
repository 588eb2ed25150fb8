import { complexOf, nextPowerOfTwo, transform, transformBack } from './fourier.ts';

/** What of a sound lies below a frequency. */
export function lowPassed(
  samples: ArrayLike<number>,
  cutHz: number,
  sampleRate: number,
): Float64Array {
  const size = nextPowerOfTwo(samples.length);
  const spectrum = complexOf(samples, size);
  transform(spectrum);
  const cut = Math.ceil((cutHz / sampleRate) * size);
  spectrum.real.fill(0, cut, size - cut + 1);
  spectrum.imaginary.fill(0, cut, size - cut + 1);
  transformBack(spectrum);
  return spectrum.real.slice(0, samples.length);
}

const HALF_TAPS = 96;
const BETA = 12;

/** The same sound at another rate: a windowed sinc of 192 taps, flat to 97 % of the lower band, images below -110 dB. */
export function resampled(
  samples: ArrayLike<number>,
  fromRate: number,
  toRate: number,
): Float64Array {
  const half = Math.ceil(HALF_TAPS * Math.max(1, fromRate / toRate));
  const rows = new Map<number, Float64Array>();
  const output = new Float64Array(Math.floor((samples.length * toRate) / fromRate));
  for (let n = 0; n < output.length; n++) {
    const phase = (n * fromRate) % toRate;
    const row = rows.get(phase) ?? sincRow(phase / toRate, half, Math.min(1, toRate / fromRate));
    rows.set(phase, row);
    const first = Math.floor((n * fromRate) / toRate) - half + 1;
    let sum = 0;
    for (let tap = 0; tap < row.length; tap++) sum += (row[tap] ?? 0) * (samples[first + tap] ?? 0);
    output[n] = sum;
  }
  return output;
}

function sincRow(offset: number, half: number, cut: number): Float64Array {
  return Float64Array.from({ length: 2 * half }, (_, tap) =>
    windowedSinc(offset + half - 1 - tap, half, cut),
  );
}

function windowedSinc(offset: number, half: number, cut: number): number {
  const place = offset / half;
  if (place <= -1 || place >= 1) return 0;
  const angle = Math.PI * cut * offset;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  return (cut * sinc * bessel(BETA * Math.sqrt(1 - place * place))) / bessel(BETA);
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
