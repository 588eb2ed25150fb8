/** Samples per second at which sounds are compared: fine enough to align what two resamplers have shifted. */
export const SCORE_RATE = 48_000;

/** How near a sound is to what was said. */
export interface Score {
  /** Segmental signal to noise ratio, of each 20 ms -10 to 35 dB; more is better. */
  readonly segSnrDb: number;
  /** Log-spectral distance up to 4 kHz; less is better. */
  readonly lsdDb: number;
  /** Holes heard: 10 ms and more of silence inside speech. */
  readonly gaps: number;
  /** How much longer the sound is than what was said; negative: shorter. */
  readonly stretchMs: number;
}

const FRAME = SCORE_RATE / 50;
const BLOCK = SCORE_RATE / 2;
const COARSE = 6;
/** How far a sound may slip from one block to the next, and at the start. */
const SLIP = SCORE_RATE * 0.08;
const START_SLIP = SCORE_RATE * 1.5;
/** Speech is what is louder than this, a hole what is 25 dB below it; in RMS of 16-bit samples. */
const SPEECH_RMS = 300;
const HOLE_SHARE = 10 ** (-25 / 20);

/** Compares what was heard with what was said, both at {@link SCORE_RATE}; aligns each half second anew. */
export function score(said: Int16Array, heard: Int16Array): Score {
  const coarseSaid = reduced(said);
  const coarseHeard = reduced(heard);
  const sums = { snr: 0, distance: 0, frames: 0, gaps: 0 };
  const lags: number[] = [];
  let lag = 0;
  for (let at = 0; at + BLOCK <= said.length; at += BLOCK) {
    const block = said.subarray(at, at + BLOCK);
    if (rms(block) < SPEECH_RMS) continue;
    const reach = lags.length === 0 ? START_SLIP : SLIP;
    const coarse = { said: coarseSaid, heard: coarseHeard, at: at / COARSE, count: BLOCK / COARSE };
    const rough = COARSE * bestLag(coarse, lag / COARSE, reach / COARSE);
    lag = bestLag({ said, heard, at, count: BLOCK }, rough, COARSE);
    lags.push(lag);
    compareBlock(block, heard.subarray(Math.max(0, at + lag), at + lag + BLOCK), sums);
  }
  const first = lags[0] ?? 0;
  return {
    segSnrDb: rounded(sums.snr / sums.frames),
    lsdDb: rounded(sums.distance / sums.frames),
    gaps: sums.gaps,
    stretchMs: Math.round((((lags.at(-1) ?? first) - first) * 1000) / SCORE_RATE),
  };
}

interface Pair {
  readonly said: Int16Array;
  readonly heard: Int16Array;
  readonly at: number;
  readonly count: number;
}

/** How many samples later it is heard than said. */
function bestLag({ said, heard, at, count }: Pair, around: number, reach: number): number {
  const from = Math.round(around - reach);
  let best = from;
  let bestLikeness = -Infinity;
  for (let lag = from; lag <= around + reach; lag++) {
    let product = 0;
    let energy = 1;
    for (let i = at; i < at + count; i++) {
      const sample = heard[i + lag] ?? 0;
      product += (said[i] ?? 0) * sample;
      energy += sample * sample;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return best;
}

function compareBlock(
  said: Int16Array,
  heard: Int16Array,
  sums: { snr: number; distance: number; frames: number; gaps: number },
): void {
  let isInGap = false;
  for (let at = 0; at + FRAME <= said.length; at += FRAME) {
    const [original, copy] = [
      said.subarray(at, at + FRAME),
      padded(heard.subarray(at, at + FRAME)),
    ];
    if (rms(original) < SPEECH_RMS) continue;
    sums.snr += frameSnr(original, copy);
    sums.distance += spectralDistance(original, copy);
    sums.frames += 1;
    const isGap = hasHole(original, copy);
    if (isGap && !isInGap) sums.gaps += 1;
    isInGap = isGap;
  }
}

function padded(frame: Int16Array): Int16Array {
  if (frame.length === FRAME) return frame;
  const whole = new Int16Array(FRAME);
  whole.set(frame);
  return whole;
}

function frameSnr(original: Int16Array, copy: Int16Array): number {
  let signal = 1;
  let noise = 1;
  for (const [i, sample] of original.entries()) {
    signal += sample ** 2;
    noise += (sample - (copy[i] ?? 0)) ** 2;
  }
  return Math.max(-10, Math.min(35, 10 * Math.log10(signal / noise)));
}

/** Either half of the frame is silent where there should be speech. */
function hasHole(original: Int16Array, copy: Int16Array): boolean {
  const half = FRAME / 2;
  return [0, half].some((from) => {
    const due = rms(original.subarray(from, from + half));
    return due >= SPEECH_RMS && rms(copy.subarray(from, from + half)) < due * HOLE_SHARE;
  });
}

/** Power in bands of 100 Hz up to 4 kHz, not less than 40 dB below the loudest of the original. */
function spectralDistance(original: Int16Array, copy: Int16Array): number {
  const [left, right] = [bandPowers(original), bandPowers(copy)];
  const floor = Math.max(...left) * 1e-4 + 1;
  let sum = 0;
  for (const [band, power] of left.entries()) {
    const [due, there] = [Math.max(floor, power), Math.max(floor, right[band] ?? 0)];
    sum += (10 * Math.log10(due / there)) ** 2;
  }
  return Math.sqrt(sum / left.length);
}

const BANDS = 39;

function bandPowers(frame: Int16Array): number[] {
  const small = reduced(frame);
  return Array.from({ length: BANDS }, (_, band) => {
    const step = (2 * Math.PI * 100 * (band + 1)) / (SCORE_RATE / COARSE);
    let real = 0;
    let imaginary = 0;
    for (const [i, sample] of small.entries()) {
      const windowed = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / small.length));
      real += windowed * Math.cos(step * i);
      imaginary += windowed * Math.sin(step * i);
    }
    return real ** 2 + imaginary ** 2;
  });
}

function reduced(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: Math.floor(samples.length / COARSE) }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < COARSE; k++) sum += samples[i * COARSE + k] ?? 0;
    return sum / COARSE;
  });
}

function rms(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample ** 2;
  return Math.sqrt(energy / Math.max(1, samples.length));
}

const rounded = (value: number): number => Number(value.toFixed(2));
