import type { Micros } from '#foundation';
import { DriftEstimate } from './drift-estimate.ts';
import { TICK_MS } from './pcm.ts';

/** Lateness is sorted into steps of this; what is later than all of them is as late as the last. */
const STEP_MS = 5;
const STEPS = 80;
/** Share of the sound that may come later than the delay allows. */
const TOLERATED_SHARE = 0.003;
/** Lateness is remembered for this long at least, and twice as long at most. */
const MEMORY_SECONDS = 15;
/** Seconds in which the fastest packet is looked for: clocks move apart by 8 ms meanwhile at 2,000 ppm. */
const BASE_SECONDS = 4;

/**
 * What the network does to packets: how late they come, beside the fastest of the last seconds, and how the clock of
 * the sender drifts. Times of transit are in milliseconds, from the first packet's on.
 */
export class DelayEstimate {
  readonly #drift = new DriftEstimate();
  /** The fastest transit of each of the last seconds. */
  readonly #fastest = new Float64Array(BASE_SECONDS).fill(Infinity);
  /** How much sound was how late, in milliseconds: now, and before that. */
  #lateness = new Float64Array(STEPS);
  #latenessBefore = new Float64Array(STEPS);
  #heardMs = 0;
  #heardBeforeMs = 0;
  #rememberedSince = 0;
  #second = 0;
  /** What `#lateness` is measured from. */
  #base = Infinity;
  #meanTransitMs = NaN;

  /** Transit of the fastest packet of the last seconds; Infinity before the first. */
  get baseMs(): number {
    return this.#base;
  }

  /** Transit of the latest packets on average. */
  get meanMs(): number {
    return this.#meanTransitMs;
  }

  get drift(): Pick<DriftEstimate, 'share' | 'surePpm'> {
    return this.#drift;
  }

  /**
   * Takes a packet, late ones included.
   *
   * @param timestampMs The sender's time of its first sample.
   * @param durationMs How much sound it holds: long packets count for more.
   * @returns How much later than the fastest it came.
   */
  add(arrivalMicros: Micros, timestampMs: number, durationMs: number): number {
    const transitMs = arrivalMicros / 1000 - timestampMs;
    if (Number.isNaN(this.#meanTransitMs)) this.#start(arrivalMicros, transitMs);
    this.#passSeconds(Math.floor(arrivalMicros / 1e6));
    const slot = this.#second % BASE_SECONDS;
    this.#fastest[slot] = Math.min(this.#fastest[slot] ?? Infinity, transitMs);
    this.#moveBase();
    this.#meanTransitMs += (transitMs - this.#meanTransitMs) / 16;
    const lateMs = transitMs - this.#base;
    this.#remember(lateMs, durationMs);
    return lateMs;
  }

  /** How long the fastest packet has to wait so that nearly all others come in time: each has to be there a tick before. */
  neededMs(): number {
    let tail = (this.#heardMs + this.#heardBeforeMs) * TOLERATED_SHARE;
    let step = STEPS - 1;
    for (; step > 0; step--) {
      tail -= (this.#lateness[step] ?? 0) + (this.#latenessBefore[step] ?? 0);
      if (tail < 0) break;
    }
    return (step + 1) * STEP_MS + TICK_MS;
  }

  /** Another sender, or another way through the network. */
  reset(): void {
    this.#drift.reset();
    this.#fastest.fill(Infinity);
    this.#beginMemory();
    this.#beginMemory();
    this.#base = Infinity;
    this.#meanTransitMs = NaN;
  }

  #start(arrivalMicros: Micros, transitMs: number): void {
    this.#second = Math.floor(arrivalMicros / 1e6);
    this.#rememberedSince = this.#second;
    this.#meanTransitMs = transitMs;
    this.#base = transitMs;
  }

  #passSeconds(second: number): void {
    if (second <= this.#second) return;
    const fastest = this.#fastest[this.#second % BASE_SECONDS] ?? Infinity;
    if (fastest < Infinity) this.#drift.add(this.#second, fastest);
    const passed = Math.min(BASE_SECONDS, second - this.#second);
    for (let i = 0; i < passed; i++) this.#fastest[(second - i) % BASE_SECONDS] = Infinity;
    this.#second = second;
    if (second - this.#rememberedSince < MEMORY_SECONDS) return;
    this.#rememberedSince = second;
    this.#beginMemory();
  }

  /** What was late beside the old base is more or less late beside the new one. */
  #moveBase(): void {
    let base = Infinity;
    for (let i = 0; i < BASE_SECONDS; i++) base = Math.min(base, this.#fastest[i] ?? Infinity);
    const steps = Math.trunc((base - this.#base) / STEP_MS);
    this.#base = base;
    if (steps === 0) return;
    shift(this.#lateness, steps);
    shift(this.#latenessBefore, steps);
  }

  #remember(lateMs: number, durationMs: number): void {
    const step = Math.min(STEPS - 1, Math.floor(lateMs / STEP_MS));
    this.#lateness[step] = (this.#lateness[step] ?? 0) + durationMs;
    this.#heardMs += durationMs;
  }

  #beginMemory(): void {
    const oldest = this.#latenessBefore;
    this.#latenessBefore = this.#lateness;
    this.#heardBeforeMs = this.#heardMs;
    this.#lateness = oldest.fill(0);
    this.#heardMs = 0;
  }
}

/** Moves all by `steps` towards the front, or towards the end if negative; what leaves an end stays there. */
function shift(lateness: Float64Array, steps: number): void {
  const distance = Math.min(STEPS, Math.abs(steps));
  const from = steps > 0 ? 0 : STEPS - distance;
  let edge = 0;
  for (let i = from; i < from + distance; i++) edge += lateness[i] ?? 0;
  if (steps > 0) {
    lateness.copyWithin(0, distance);
    lateness.fill(0, STEPS - distance);
    lateness[0] = (lateness[0] ?? 0) + edge;
  } else {
    lateness.copyWithin(distance, 0, STEPS - distance);
    lateness.fill(0, 0, distance);
    lateness[STEPS - 1] = (lateness[STEPS - 1] ?? 0) + edge;
  }
}
