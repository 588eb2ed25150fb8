import { AacError } from '../audio-specific-config.ts';
import { FRAME_BINS } from '../frame/channel-frame.ts';

/**
 * How sound of one rate becomes the samples that the transform of a stream of another rate needs.
 *
 * A source without anything above `R / (2 d)` needs only every d-th sample of the stream of rate R: on the grid
 * `n = d m + (d - 1) / 2` the phase `n + 512.5` of the 1024-bin MDCT is `d (m + (1024 / d + 1) / 2)`, the phase of
 * the MDCT of `1024 / d` bins, and the sine window at `n + 1/2 = d (m + 1/2)` is the sine window of `2048 / d`
 * samples. The short windows begin at `448 + 128 j`, also whole multiples of d. So the small transform, times d,
 * gives the lower bins of the large one, and the decoder's synthesis does the rest of the upsampling.
 *
 * @see ISO/IEC 14496-3 section 4.6.11 (filterbank and block switching)
 */
export interface ResamplingPlan {
  /** Samples per second and channel of the source, S. */
  readonly sourceRate: number;
  /** Samples per second and channel of the stream, R. */
  readonly sampleRate: number;
  /** d: the transform works at `R / d` samples per second: 1, 2 or 4. */
  readonly decimation: 1 | 2 | 4;
  /** `R / d / S` in lowest terms is `up / down`; the bank has `up` phases. */
  readonly up: number;
  /** Steps of 1/`up` source samples from one sample of the grid to the next. */
  readonly down: number;
  /** Source samples that make one of the grid, a multiple of 8; 0: the source's samples are those of the grid. */
  readonly taps: number;
  /** Row `phase` of `taps` coefficients, in the order of the samples they multiply. Every row adds up to 1. */
  readonly bank: Float32Array;
  /** The phase of the first sample of the grid, 0 to `up - 1`. */
  readonly firstPhase: number;
  /** The number of the newest source sample that the first sample of the grid is made of; not above 0. */
  readonly firstNewest: number;
  /** How much later than in the source a sound is on the grid, in samples of the stream; .5 and 1.5 occur. */
  readonly delaySamples: number;
  /** Bins of a long window that can hold something of the source; those from here on stay 0. */
  readonly usableBins: number;
}

/** Rates that streams of Callcast have. */
const STREAM_RATES = [16_000, 32_000, 44_100, 48_000];
/** Rates of telephone codecs and of L16. */
const SOURCE_RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** Of the images and of what is cut off, in dB. */
const STOPBAND_DB = 80;
/** Of the source rate: up to here nothing is lost while the rate goes up. */
const PASS_RISING = 0.46;
/** Of the source rate: images from here on are gone. Between half the rate and here they are bins that stay 0. */
const STOP_RISING = 0.8;
/** Of the stream rate: up to here nothing is lost while the rate goes down; what folds comes to lie above. */
const PASS_FALLING = 0.41;

const plans = new Map<number, ResamplingPlan>();

/**
 * The plan from one rate to another. Plans are made once and shared by all calls: there are at most as many as pairs
 * of rates in use.
 *
 * @param sourceRate Samples per second of the source: 8000, 11 025, 16 000, 22 050, 24 000, 32 000, 44 100 or
 *   48 000.
 * @param sampleRate Samples per second of the stream: 16 000, 32 000, 44 100 or 48 000.
 * @throws AacError for other rates.
 */
export function planResampling(sourceRate: number, sampleRate: number): ResamplingPlan {
  const key = sourceRate * 1e6 + sampleRate;
  const known = plans.get(key);
  if (known !== undefined) return known;
  const plan = makePlan(sourceRate, sampleRate);
  plans.set(key, plan);
  return plan;
}

function makePlan(sourceRate: number, sampleRate: number): ResamplingPlan {
  if (!SOURCE_RATES.includes(sourceRate)) {
    throw new AacError(`audio of ${sourceRate} Hz is not resampled`);
  }
  if (!STREAM_RATES.includes(sampleRate)) {
    throw new AacError(`streams of ${sampleRate} Hz are not made`);
  }
  const decimation = decimationOf(sourceRate, sampleRate);
  const gridRate = sampleRate / decimation;
  const divisor = greatestCommonDivisor(gridRate, sourceRate);
  const shape = { sourceRate, sampleRate, decimation };
  const common = { ...shape, up: gridRate / divisor, down: sourceRate / divisor };
  const usableBins = usableBinsOf(sourceRate, sampleRate);
  if (gridRate === sourceRate) {
    return { ...common, usableBins, ...NO_FILTER, delaySamples: (decimation - 1) / 2 };
  }
  const filter = designFilter(sourceRate, gridRate);
  const start = startOf(common, filter.taps);
  return {
    ...common,
    usableBins,
    taps: filter.taps,
    bank: makeBank(filter, common.up, start.fraction),
    firstPhase: start.phase,
    firstNewest: start.newest,
    delaySamples: start.delay,
  };
}

const NO_FILTER = { taps: 0, bank: new Float32Array(0), firstPhase: 0, firstNewest: 0 };

function decimationOf(sourceRate: number, sampleRate: number): 1 | 2 | 4 {
  if (sampleRate / 4 >= sourceRate) return 4;
  return sampleRate / 2 >= sourceRate ? 2 : 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function usableBinsOf(sourceRate: number, sampleRate: number): number {
  const limitHz = sourceRate > sampleRate ? PASS_FALLING * sampleRate : sourceRate / 2;
  return Math.min(FRAME_BINS, Math.floor((FRAME_BINS * limitHz * 2) / sampleRate));
}

interface Filter {
  readonly taps: number;
  /** Half of its height is lost here, in cycles per source sample. */
  readonly cutoff: number;
  readonly beta: number;
}

/** Edges in cycles per source sample; the length and the window by Kaiser's formulas. */
function designFilter(sourceRate: number, gridRate: number): Filter {
  const ratio = gridRate / sourceRate;
  const pass = ratio >= 1 ? PASS_RISING : PASS_FALLING * ratio;
  const stop = ratio >= 1 ? Math.min(STOP_RISING, ratio - 0.5) : (1 - PASS_FALLING) * ratio;
  const perTap = 2.285 * 2 * Math.PI * (stop - pass);
  const taps = 8 * Math.ceil(((STOPBAND_DB - 8) / perTap + 1) / 8);
  const attenuation = (taps - 1) * perTap + 8;
  return { taps, cutoff: (pass + stop) / 2, beta: 0.1102 * (attenuation - 8.7) };
}

/**
 * Where the grid begins. Sample m of the grid is the source at `((d m + (d - 1) / 2 - delay) S / R`, a number of whole
 * source samples, of phases and a rest that is the same for all m. The delay is the smallest whole number of stream
 * samples with which no sample of the grid waits for source samples that come after its own time.
 */
function startOf(
  { sourceRate, sampleRate, decimation, up, down }: GridRates,
  taps: number,
): { delay: number; phase: number; newest: number; fraction: number } {
  const latest = -taps / 2 + 1;
  let delay = Math.floor((decimation - 1) / 2 - (latest * sampleRate) / sourceRate);
  while (firstTime(delay, sourceRate, sampleRate, decimation) >= latest) delay += 1;
  const inPhases = ((decimation - 1 - 2 * delay) * down) / (2 * decimation);
  const whole = Math.floor(inPhases);
  const sample = Math.floor(whole / up);
  return {
    delay,
    phase: whole - sample * up,
    newest: sample + taps / 2,
    fraction: (inPhases - whole) / up,
  };
}

type GridRates = Pick<ResamplingPlan, 'sourceRate' | 'sampleRate' | 'decimation' | 'up' | 'down'>;

function firstTime(delay: number, source: number, stream: number, decimation: number): number {
  return ((decimation - 1 - 2 * delay) * source) / (2 * stream);
}

/** A sinc under Kaiser's window, a row for every phase; each row divided by its sum, so that no phase is louder. */
function makeBank(filter: Filter, up: number, fraction: number): Float32Array {
  const { taps } = filter;
  const bank = new Float32Array(up * taps);
  const row = new Float64Array(taps);
  for (let phase = 0; phase < up; phase += 1) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      row[tap] = lowPass(filter, phase / up + fraction + taps / 2 - 1 - tap);
      sum += row[tap] ?? 0;
    }
    for (let tap = 0; tap < taps; tap += 1) bank[phase * taps + tap] = (row[tap] ?? 0) / sum;
  }
  return bank;
}

function lowPass({ taps, cutoff, beta }: Filter, time: number): number {
  const place = time / (taps / 2);
  if (Math.abs(place) >= 1) return 0;
  const angle = 2 * Math.PI * cutoff * time;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  return (sinc * besselI0(beta * Math.sqrt(1 - place * place))) / besselI0(beta);
}

/** The modified Bessel function of order zero, by its series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
