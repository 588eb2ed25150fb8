/** Complex numbers, as many of each; a power of two. */
export interface Spectrum {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** The least power of two that is not less. */
export function nextPowerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, least)));
}

/** Samples as the real part of `size` complex numbers, the rest zero. */
export function complexOf(samples: ArrayLike<number>, size: number): Spectrum {
  const real = new Float64Array(size);
  for (let i = 0; i < Math.min(size, samples.length); i++) real[i] = samples[i] ?? 0;
  return { real, imaginary: new Float64Array(size) };
}

/** By size: cosine and negative sine of the first half of the circle. */
const circles = new Map<number, Spectrum>();

function circleOf(size: number): Spectrum {
  const angle = (k: number): number => (2 * Math.PI * k) / size;
  const made = circles.get(size) ?? {
    real: Float64Array.from({ length: size / 2 }, (_, k) => Math.cos(angle(k))),
    imaginary: Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin(angle(k))),
  };
  circles.set(size, made);
  return made;
}

/** Fourier transform in place, not scaled: radix 2, decimation in time. */
export function transform({ real, imaginary }: Spectrum): void {
  const size = real.length;
  const circle = circleOf(size);
  reorder(real);
  reorder(imaginary);
  for (let half = 1; half < size; half *= 2) {
    const step = size / (2 * half);
    for (let first = 0; first < size; first += 2 * half) {
      for (let k = 0; k < half; k++) {
        const at = first + k;
        const [cosine, sine] = [circle.real[k * step] ?? 0, circle.imaginary[k * step] ?? 0];
        const [a, b] = [real[at + half] ?? 0, imaginary[at + half] ?? 0];
        const [c, d] = [a * cosine - b * sine, a * sine + b * cosine];
        const [e, f] = [real[at] ?? 0, imaginary[at] ?? 0];
        real[at + half] = e - c;
        imaginary[at + half] = f - d;
        real[at] = e + c;
        imaginary[at] = f + d;
      }
    }
  }
}

/** The inverse of {@link transform}, scaled. */
export function transformBack(spectrum: Spectrum): void {
  const { real, imaginary } = spectrum;
  transform({ real: imaginary, imaginary: real });
  for (let i = 0; i < real.length; i++) {
    real[i] = (real[i] ?? 0) / real.length;
    imaginary[i] = (imaginary[i] ?? 0) / real.length;
  }
}

/** Puts what is at an index where the index with its bits reversed is. */
function reorder(values: Float64Array): void {
  const size = values.length;
  let reversed = 0;
  for (let i = 1; i < size; i++) {
    let bit = size >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (i >= reversed) continue;
    const kept = values[i] ?? 0;
    values[i] = values[reversed] ?? 0;
    values[reversed] = kept;
  }
}
