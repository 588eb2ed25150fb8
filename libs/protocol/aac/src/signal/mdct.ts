/**
 * The forward MDCT, `X[k] = 2 sum x[n] w[n] cos(pi / N (n + (N + 1) / 2) (k + 1/2))` over the 2 N samples of a window
 * and its N bins, by a DCT-IV of N points that is a complex FFT of N / 2 points between two rotations.
 *
 * @see ISO/IEC 14496-3 section 4.6.11.3.1 (the inverse; this is what it takes back)
 */
export class Mdct {
  readonly bins: number;
  readonly #folded: Float64Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  /** Rotation by `(n + 1/8) pi / N`, before and behind the FFT. */
  readonly #rotateCos: Float64Array;
  readonly #rotateSin: Float64Array;
  readonly #reversed: Uint16Array;

  /** @param bins N: a power of two, 32 to 1024. */
  constructor(bins: number) {
    const half = bins / 2;
    this.bins = bins;
    this.#folded = new Float64Array(bins);
    this.#real = new Float64Array(half);
    this.#imaginary = new Float64Array(half);
    const angles = Float64Array.from({ length: half }, (_, n) => (Math.PI * (n + 0.125)) / bins);
    this.#rotateCos = angles.map((angle) => Math.cos(angle));
    this.#rotateSin = angles.map((angle) => Math.sin(angle));
    this.#reversed = bitReversal(half);
  }

  /**
   * @param window The two halves of the window: `first` and `second` hold N samples from `at` on, `rising` and
   *   `falling` N of the slopes; `falling` is the mirror image of what multiplies the second half.
   * @param scale Multiplies every bin.
   * @param spectrum Gets N bins at `into`.
   */
  forward(window: MdctWindow, scale: number, spectrum: Float32Array, into = 0): void {
    this.#fold(window);
    this.#rotateIn();
    fft(this.#real, this.#imaginary);
    this.#rotateOut(2 * scale, spectrum, into);
  }

  /** The four quarters a, b, c, d of the windowed samples become `(-c' - d, a - b')`, ' meaning mirrored. */
  #fold({ first, firstAt, second, secondAt, rising, falling }: MdctWindow): void {
    const last = this.bins - 1;
    const half = this.bins / 2;
    const at = (samples: Float64Array, index: number): number => samples[index] ?? 0;
    for (let n = 0; n < half; n += 1) {
      const c = at(second, secondAt + half - 1 - n) * at(falling, half + n);
      const d = at(second, secondAt + half + n) * at(falling, half - 1 - n);
      const a = at(first, firstAt + n) * at(rising, n);
      const b = at(first, firstAt + last - n) * at(rising, last - n);
      this.#folded[n] = -c - d;
      this.#folded[half + n] = a - b;
    }
  }

  #rotateIn(): void {
    const last = this.bins - 1;
    for (let n = 0; n < this.bins / 2; n += 1) {
      const even = this.#folded[2 * n] ?? 0;
      const odd = this.#folded[last - 2 * n] ?? 0;
      const cos = this.#rotateCos[n] ?? 0;
      const sin = this.#rotateSin[n] ?? 0;
      const place = this.#reversed[n] ?? 0;
      this.#real[place] = even * cos + odd * sin;
      this.#imaginary[place] = odd * cos - even * sin;
    }
  }

  #rotateOut(scale: number, spectrum: Float32Array, into: number): void {
    const last = this.bins - 1;
    for (let k = 0; k < this.bins / 2; k += 1) {
      const real = this.#real[k] ?? 0;
      const imaginary = this.#imaginary[k] ?? 0;
      const cos = (this.#rotateCos[k] ?? 0) * scale;
      const sin = (this.#rotateSin[k] ?? 0) * scale;
      spectrum[into + 2 * k] = real * cos + imaginary * sin;
      spectrum[into + last - 2 * k] = real * sin - imaginary * cos;
    }
  }
}

/** What one transform sees. */
export interface MdctWindow {
  readonly first: Float64Array;
  readonly firstAt: number;
  readonly second: Float64Array;
  readonly secondAt: number;
  readonly rising: Float64Array;
  readonly falling: Float64Array;
}

function bitReversal(size: number): Uint16Array {
  const places = new Uint16Array(size);
  for (let n = 1; n < size; n += 1) {
    places[n] = ((places[n >> 1] ?? 0) >> 1) | (n & 1 ? size >> 1 : 0);
  }
  return places;
}

/** Decimation in time, radix 2, in place; the values come in bit-reversed order. */
function fft(real: Float64Array, imaginary: Float64Array): void {
  for (let half = 1; half < real.length; half *= 2) {
    for (let k = 0; k < half; k += 1) {
      const cos = Math.cos((-Math.PI * k) / half);
      const sin = Math.sin((-Math.PI * k) / half);
      for (let low = k; low < real.length; low += 2 * half) {
        butterfly(real, imaginary, { low, high: low + half, cos, sin });
      }
    }
  }
}

function butterfly(
  real: Float64Array,
  imaginary: Float64Array,
  { low, high, cos, sin }: { low: number; high: number; cos: number; sin: number },
): void {
  const re = real[high] ?? 0;
  const im = imaginary[high] ?? 0;
  const turnedRe = re * cos - im * sin;
  const turnedIm = re * sin + im * cos;
  const lowRe = real[low] ?? 0;
  const lowIm = imaginary[low] ?? 0;
  real[high] = lowRe - turnedRe;
  imaginary[high] = lowIm - turnedIm;
  real[low] = lowRe + turnedRe;
  imaginary[low] = lowIm + turnedIm;
}
