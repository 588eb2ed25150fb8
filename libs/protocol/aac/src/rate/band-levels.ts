import { FRAME_BINS, MAX_CHANNEL_BANDS } from '../frame/channel-frame.ts';
import type { BandList } from './band-list.ts';
import { f32, laneTotal, log2, nearest } from './lanes.ts';
import { TUNING } from './tuning.ts';

/** Scalefactor steps by which a value must grow to be quantised to twice as much: it is raised to 3/4 before. */
const STEPS_PER_DOUBLING = f32(16 / 3);
const LEAST_MEAN = f32(0.001);
const LEAST_ENERGY = f32(1e-9);
/** Logarithm of 8191, the largest quantised value, less the error of `log2`. */
const LARGEST_LOG2 = f32(12.99);
/** The scalefactor of a step of one, and a margin for the error of `log2`. */
const SCALEFACTOR_OF_ONE = f32(100.1);
const MOST_ENERGY = 155;

/** How loud the bands of one channel are, in steps of scalefactors. */
export class BandLevels {
  /** `|x| ^ (3/4)` of every bin, f32: what is quantised. */
  readonly companded = new Float32Array(FRAME_BINS);
  /** Of each band: the scalefactor, less 100, with which its bins are quantised to one in the mean. */
  readonly levels = new Int32Array(MAX_CHANNEL_BANDS);
  /** Of each band: how much larger its scalefactor is than that of the faintest. */
  readonly shapes = new Int32Array(MAX_CHANNEL_BANDS);
  /** Of each band and window: energy as noise substitution says it, `2 log2` of it. */
  readonly noiseEnergies = new Int32Array(MAX_CHANNEL_BANDS);
  /** The least scalefactor with which no value is beyond 8191. */
  leastScalefactor = 1;
  readonly #sums = new Float32Array(4);
  readonly #energies = new Float32Array(4);

  /** @param shape Of the plan. */
  measure(spectrum: Float32Array, bands: BandList, shape: number): void {
    let peak = 0;
    for (let band = 0; band < bands.count; band += 1) {
      const start = bands.starts[band] ?? 0;
      const end = bands.ends[band] ?? 0;
      peak = Math.max(peak, this.#compand(spectrum, start, end));
      const level = log2(f32(f32(laneTotal(this.#sums) / (end - start)) + LEAST_MEAN));
      this.levels[band] = nearest(f32(level * STEPS_PER_DOUBLING));
      this.shapes[band] = nearest(f32(level * shape));
      this.noiseEnergies[band] = this.#noiseEnergy(bands.windows[band] ?? 1);
    }
    const excess = f32(log2(f32(peak + LEAST_ENERGY)) - LARGEST_LOG2);
    const least = f32(SCALEFACTOR_OF_ONE + f32(excess * STEPS_PER_DOUBLING));
    this.leastScalefactor = Math.max(1, Math.ceil(least));
  }

  #compand(spectrum: Float32Array, start: number, end: number): number {
    this.#sums.fill(0);
    this.#energies.fill(0);
    let peak = 0;
    for (let bin = start; bin < end; bin += 1) {
      const size = Math.abs(spectrum[bin] ?? 0);
      const value = f32(Math.sqrt(f32(size * f32(Math.sqrt(size)))));
      this.companded[bin] = value;
      this.#sums[bin & 3] = (this.#sums[bin & 3] ?? 0) + value;
      this.#energies[bin & 3] = (this.#energies[bin & 3] ?? 0) + f32(size * size);
      peak = Math.max(peak, value);
    }
    return peak;
  }

  #noiseEnergy(windows: number): number {
    const energy = f32(f32(laneTotal(this.#energies) * TUNING.noise.gain) / windows);
    return Math.min(MOST_ENERGY, nearest(f32(2 * log2(f32(energy + LEAST_ENERGY)))));
  }
}
