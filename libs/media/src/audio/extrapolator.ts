import { LinearPredictor } from './linear-predictor.ts';
import { LONGEST_PERIOD_MS, PeriodFinder } from './period-finder.ts';

/** What the spectrum is taken of. */
const SPECTRUM_MS = 20;
/** Part of a period in which one stretch glides into the next. */
const JOINT_SHARE = 0.25;
/** After each of these one period more is repeated: a single one, repeated for long, buzzes. */
const PERIOD_STEP_MS = 10;
const MOST_PERIODS = 3;
/** The past that can be used, in milliseconds. */
export const PAST_MS = LONGEST_PERIOD_MS * (MOST_PERIODS + JOINT_SHARE);

/**
 * Goes on with a sound where it ends: first as its spectrum rings on, gliding within a quarter of a period into the
 * repetition of its last period, and of the last two and three when it takes long.
 *
 * @see ITU-T G.711 Appendix I. There the glide is at the end of what was heard, which delays all sound by 3.75 ms so
 * that it can still be changed; the ringing stands in for it without delay.
 */
export class Extrapolator {
  readonly #finder: PeriodFinder;
  readonly #predictor: LinearPredictor;
  readonly #ringing: Float32Array;
  readonly #stepSamples: number;
  #signal: Float32Array = new Float32Array(0);
  #end = 0;
  #period = 1;
  #joint = 0;
  /** Samples given since the begin. */
  #given = 0;
  /** The stretch that is repeated, in samples, and where in it we are. */
  #stretch = 1;
  #position = 0;
  #nextStretch = 1;

  constructor(sampleRate: number) {
    const samples = (ms: number): number => Math.ceil((ms * sampleRate) / 1000);
    this.#finder = new PeriodFinder(sampleRate);
    this.#predictor = new LinearPredictor(samples(SPECTRUM_MS));
    this.#ringing = new Float32Array(samples(LONGEST_PERIOD_MS * JOINT_SHARE));
    this.#stepSamples = samples(PERIOD_STEP_MS);
  }

  /** @param signal What is gone on with behind its first `end` samples; it stays as it is until the next begin. */
  begin(signal: Float32Array, end: number): void {
    this.#signal = signal;
    this.#end = end;
    this.#given = 0;
    this.#period = this.#finder.find(signal, end);
    this.#joint = Math.max(1, Math.floor(this.#period * JOINT_SHARE));
    this.#stretch = this.#period;
    this.#position = 0;
    this.#predictor.continue(signal, end, this.#ringing.subarray(0, this.#joint));
  }

  /** The next sample of the continuation. */
  next(): number {
    const repeated = this.#repeat();
    const given = this.#given;
    this.#given += 1;
    if (given >= this.#joint) return repeated;
    const share = (given + 1) / (this.#joint + 1);
    return repeated * share + (this.#ringing[given] ?? 0) * (1 - share);
  }

  #repeat(): number {
    const left = this.#stretch - this.#position;
    let sample = this.#signal[this.#end - left] ?? 0;
    if (left <= this.#joint) {
      if (left === this.#joint) this.#nextStretch = this.#period * this.#periodsDue();
      const share = (this.#joint - left + 1) / (this.#joint + 1);
      const coming = this.#signal[this.#end - this.#nextStretch - left] ?? 0;
      sample = sample * (1 - share) + coming * share;
    }
    this.#position += 1;
    if (left === 1) {
      this.#stretch = this.#nextStretch;
      this.#position = 0;
    }
    return sample;
  }

  #periodsDue(): number {
    const wanted = 1 + Math.floor(this.#given / this.#stepSamples);
    const there = Math.floor((this.#end - this.#joint) / this.#period);
    return Math.max(1, Math.min(wanted, there, MOST_PERIODS));
  }
}
