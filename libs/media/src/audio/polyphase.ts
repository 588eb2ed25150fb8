/** The coefficients of a low-pass filter between samples, for every place where a new sample can be wanted. Shared. */
export interface PolyphaseFilter {
  /** Old samples that make one new sample; even, a multiple of 4. */
  readonly taps: number;
  /** Places between two old samples, a power of two. There is one more row, for the next sample itself. */
  readonly phases: number;
  /** `phases` + 1 rows of `taps`. */
  readonly coefficients: Float64Array;
}

/** Old samples per new one without conversion: at 8 kHz the band up to 3.4 kHz passes whole. */
const TAPS_AT_SAME_RATE = 20;
/** A conversion also has to keep the mirror images out. */
const TAPS_AT_OTHER_RATE = 40;
/** Taking the nearest of so many places errs by -67 dB for a tone at an eighth of the rate. */
const PHASES = 512;
/** Kaiser window for a stop band of 65 dB. */
const KAISER_BETA = 6.2;
/** Middle of the transition of a conversion, as a share of the lower rate: its end lies at half that rate. */
const CONVERSION_CUTOFF = 0.455;
/** Pairs of rates that are remembered; there are few codecs and few rates. */
const MAX_FILTERS = 16;

const filters = new Map<number, PolyphaseFilter>();

/** The filter for a pair of rates. Made once in a process, for that takes milliseconds. */
export function polyphaseFilter(inputRate: number, outputRate: number): PolyphaseFilter {
  const ratio = inputRate / outputRate;
  const known = filters.get(ratio);
  if (known !== undefined) return known;
  const made = ratio === 1 ? design(TAPS_AT_SAME_RATE, PHASES, 0.5) : designConversion(ratio);
  if (filters.size >= MAX_FILTERS) filters.clear();
  filters.set(ratio, made);
  return made;
}

/** For a lower rate the filter is as much longer as the places are fewer. */
function designConversion(ratio: number): PolyphaseFilter {
  const shrink = Math.max(1, ratio);
  const taps = 4 * Math.ceil((TAPS_AT_OTHER_RATE * shrink) / 4);
  const phases = PHASES / 2 ** Math.floor(Math.log2(shrink));
  return design(taps, phases, CONVERSION_CUTOFF / shrink);
}

/** @param cutoff In periods per old sample: half a period is the highest frequency that there is. */
function design(taps: number, phases: number, cutoff: number): PolyphaseFilter {
  const half = taps / 2;
  const coefficients = new Float64Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    const row = coefficients.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - (half - 1) - phase / phases;
      const value = sinc(2 * cutoff * distance) * kaiser(distance / half);
      row[tap] = value;
      sum += value;
    }
    // Each place passes a constant unchanged, so that the places do not sound different.
    for (let tap = 0; tap < taps; tap++) row[tap] = (row[tap] ?? 0) / sum;
  }
  return { taps, phases, coefficients };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param x From the middle, 0, to the ends, -1 and 1. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1
    ? 0
    : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
