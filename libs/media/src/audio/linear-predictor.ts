/** Good for the formants of a voice at 8 kHz, and for the coarse shape of sound at higher rates. */
const ORDER = 16;
/** Keeps the filter stable: a floor of noise 40 dB below the sound. */
const WHITENING = 1.0001;

/** Says how a sound would go on by itself, from its own spectrum (linear prediction by autocorrelation). */
export class LinearPredictor {
  readonly #windowed: Float32Array;
  readonly #likeness = new Float64Array(ORDER + 1);
  readonly #weights = new Float64Array(ORDER);
  readonly #scratch = new Float64Array(ORDER);
  readonly #recent = new Float64Array(ORDER);

  /** @param longest Samples of sound that a prediction is made of, at most. */
  constructor(longest: number) {
    this.#windowed = new Float32Array(longest);
  }

  /** Writes the continuation of `signal` behind `end` into all of `out`. It dies away. */
  continue(signal: Float32Array, end: number, out: Float32Array): void {
    this.#fit(signal, end);
    const recent = this.#recent;
    for (let i = 0; i < ORDER; i++) recent[i] = signal[end - 1 - i] ?? 0;
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < ORDER; k++) sum += (this.#weights[k] ?? 0) * (recent[k] ?? 0);
      recent.copyWithin(1, 0);
      recent[0] = sum;
      out[i] = sum;
    }
  }

  /** The weights of the last samples that foretell the next one best (Levinson and Durbin). */
  #fit(signal: Float32Array, end: number): void {
    this.#correlate(signal, end, Math.min(end, this.#windowed.length));
    const likeness = this.#likeness;
    const weights = this.#weights.fill(0);
    let error = (likeness[0] ?? 0) * WHITENING + 1;
    for (let i = 0; i < ORDER; i++) {
      let reflection = likeness[i + 1] ?? 0;
      for (let k = 0; k < i; k++) reflection -= (weights[k] ?? 0) * (likeness[i - k] ?? 0);
      reflection /= error;
      for (let k = 0; k < i; k++) {
        this.#scratch[k] = (weights[k] ?? 0) - reflection * (weights[i - 1 - k] ?? 0);
      }
      for (let k = 0; k < i; k++) weights[k] = this.#scratch[k] ?? 0;
      weights[i] = reflection;
      error *= 1 - reflection * reflection;
    }
  }

  #correlate(signal: Float32Array, end: number, count: number): void {
    const windowed = this.#windowed;
    for (let i = 0; i < count; i++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / count);
      windowed[i] = (signal[end - count + i] ?? 0) * hann;
    }
    for (let lag = 0; lag <= ORDER; lag++) {
      let sum = 0;
      for (let i = lag; i < count; i++) sum += (windowed[i] ?? 0) * (windowed[i - lag] ?? 0);
      this.#likeness[lag] = sum;
    }
  }
}
