import { LastView } from './last-view.ts';
import { MAX_DURATION_MS } from './packet-window.ts';
import type { FilledPcm } from './pcm.ts';
import { polyphaseFilter } from './polyphase.ts';
import type { PolyphaseFilter } from './polyphase.ts';

interface ResamplerOptions {
  /** Samples per second of what is taken. */
  readonly inputRate: number;
  /** Samples per second of what is given. */
  readonly outputRate: number;
  /** Of what is given; two are interleaved. What is taken is doubled or mixed to fit. */
  readonly channels: 1 | 2;
}

/** Where one channel is laid out for the filter; all paths share it, for none keeps it beyond a call. */
let scratch = new Float64Array(1024);

const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/**
 * Converts sound from one rate to another, at a speed that may change with every piece, without a break between them.
 *
 * @remarks While rates are equal and the speed is exactly 1, samples pass unchanged; the filter takes over without a
 * step, because between no samples it changes nothing. Delays by half a filter either way.
 */
export class Resampler {
  readonly inputRate: number;
  readonly #ratio: number;
  readonly #channels: 1 | 2;
  readonly #filter: PolyphaseFilter;
  readonly #half: number;
  /** The past that the filter still sees, then what is new. */
  readonly #work: Int16Array;
  readonly #passed = new LastView();
  /** Samples in `#work`, per channel. */
  #count: number;
  /** Where in `#work` the next new sample lies, between samples. */
  #position: number;

  constructor({ inputRate, outputRate, channels }: ResamplerOptions) {
    this.inputRate = inputRate;
    this.#ratio = inputRate / outputRate;
    this.#channels = channels;
    this.#filter = polyphaseFilter(inputRate, outputRate);
    this.#half = this.#filter.taps / 2;
    const longest = Math.ceil((inputRate * MAX_DURATION_MS) / 1000);
    this.#work = new Int16Array((2 * this.#filter.taps + longest) * channels);
    this.#count = this.#filter.taps - 1;
    this.#position = this.#half - 1;
  }

  /** Samples per channel that have to be taken before `outputCount` can be given; not above 0 if they can be given now. */
  inputFor(outputCount: number, speed: number): number {
    if (outputCount <= 0) return outputCount;
    const last = this.#position + (outputCount - 1) * this.#ratio * speed;
    return Math.floor(last) + this.#half + 1 - this.#count;
  }

  /**
   * Takes a piece and gives all samples that can be made of it.
   *
   * @param at Where in `out` they go, in samples per channel.
   * @returns How many there are, per channel.
   */
  convert(piece: FilledPcm, speed: number, out: Int16Array, at: number): number {
    this.#take(piece);
    const step = this.#ratio * speed;
    const isWhole = step === 1 && Number.isInteger(this.#position);
    const given = isWhole ? this.#pass(out, at) : this.#make(step, out, at);
    this.#forget();
    return given;
  }

  /** Gives what still lies in the filter, as `convert` does. Nothing may be converted after it. */
  drain(out: Int16Array, at: number): number {
    this.#work.fill(0, this.#count * this.#channels, (this.#count + this.#half) * this.#channels);
    this.#count += this.#half;
    return this.#make(this.#ratio, out, at);
  }

  #take({ samples, channels }: FilledPcm): void {
    const wanted = this.#channels;
    const work = this.#work;
    const start = this.#count * wanted;
    const count = Math.min(samples.length / channels, work.length / wanted - this.#count);
    if (channels === wanted) {
      work.set(
        count * channels < samples.length ? samples.subarray(0, count * channels) : samples,
        start,
      );
    } else if (wanted === 1) {
      for (let i = 0; i < count; i++) {
        work[start + i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) >> 1;
      }
    } else {
      for (let i = 0; i < count; i++) {
        const sample = samples[i] ?? 0;
        work[start + 2 * i] = sample;
        work[start + 2 * i + 1] = sample;
      }
    }
    this.#count += count;
  }

  #pass(out: Int16Array, at: number): number {
    const channels = this.#channels;
    const count = Math.min(this.#count - this.#half - this.#position, out.length / channels - at);
    const start = this.#position * channels;
    out.set(this.#passed.of(this.#work, start, start + count * channels), at * channels);
    this.#position += count;
    return count;
  }

  #make(step: number, out: Int16Array, at: number): number {
    const channels = this.#channels;
    const end = this.#count - this.#half;
    const most = out.length / channels - at;
    const count = Math.max(0, Math.min(most, Math.ceil((end - this.#position) / step)));
    for (let channel = 0; channel < channels; channel++) {
      this.#spread(channel);
      this.#filterTo(out, { step, count, first: at * channels + channel });
    }
    this.#position += count * step;
    return count;
  }

  /** Lays one channel out as the processor wants it: without conversion and gaps. */
  #spread(channel: number): void {
    const channels = this.#channels;
    const work = this.#work;
    if (scratch.length < this.#count) scratch = new Float64Array(this.#count);
    for (let i = 0, from = channel; i < this.#count; i++, from += channels) {
      scratch[i] = work[from] ?? 0;
    }
  }

  #filterTo(out: Int16Array, wanted: { step: number; count: number; first: number }): void {
    const { step, count, first } = wanted;
    const channels = this.#channels;
    const last = count - 3;
    for (let i = 0; i < count;) {
      const base = Math.floor(this.#position + i * step);
      const row = this.#rowAt(i, step, base);
      const at = first + i * channels;
      // Near speed 1 several in a row lie in the same place between samples: each coefficient then serves four of them.
      if (i < last && this.#rowAt(i + 3, step, base + 3) === row) {
        this.#filterFour(out, at, base, row);
        i += 4;
      } else {
        out[at] = toSample(this.#filterOne(base, row));
        i += 1;
      }
    }
  }

  /** Where the coefficients of a new sample begin, if the old one before it is `base`. */
  #rowAt(index: number, step: number, base: number): number {
    const { taps, phases } = this.#filter;
    return Math.floor((this.#position + index * step - base) * phases + 0.5) * taps;
  }

  #filterOne(base: number, firstRow: number): number {
    const { taps, coefficients } = this.#filter;
    const samples = scratch;
    let row = firstRow;
    let sum = 0;
    let other = 0;
    const start = base - this.#half + 1;
    for (let from = start, to = start + taps; from < to; from += 4, row += 4) {
      sum += (samples[from] ?? 0) * (coefficients[row] ?? 0);
      other += (samples[from + 1] ?? 0) * (coefficients[row + 1] ?? 0);
      sum += (samples[from + 2] ?? 0) * (coefficients[row + 2] ?? 0);
      other += (samples[from + 3] ?? 0) * (coefficients[row + 3] ?? 0);
    }
    return sum + other;
  }

  #filterFour(out: Int16Array, at: number, base: number, row: number): void {
    const { taps, coefficients } = this.#filter;
    const channels = this.#channels;
    const samples = scratch;
    const start = base - this.#half + 1;
    let a = samples[start] ?? 0;
    let b = samples[start + 1] ?? 0;
    let c = samples[start + 2] ?? 0;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let tap = 0; tap < taps; tap++) {
      const coefficient = coefficients[row + tap] ?? 0;
      const d = samples[start + 3 + tap] ?? 0;
      sumA += a * coefficient;
      sumB += b * coefficient;
      sumC += c * coefficient;
      sumD += d * coefficient;
      a = b;
      b = c;
      c = d;
    }
    out[at] = toSample(sumA);
    out[at + channels] = toSample(sumB);
    out[at + 2 * channels] = toSample(sumC);
    out[at + 3 * channels] = toSample(sumD);
  }

  /** Keeps only the past that the filter still sees. */
  #forget(): void {
    const channels = this.#channels;
    const passed = Math.min(Math.floor(this.#position) - this.#half + 1, this.#count);
    if (passed <= 0) return;
    this.#work.copyWithin(0, passed * channels, this.#count * channels);
    this.#count -= passed;
    this.#position -= passed;
  }
}

function toSample(value: number): number {
  const rounded = Math.floor(value + 0.5);
  if (rounded > MAX_SAMPLE) return MAX_SAMPLE;
  return rounded < MIN_SAMPLE ? MIN_SAMPLE : rounded;
}
