import type { Micros } from '#foundation';

/** What a node has measured of itself over some seconds. */
export interface LoadReading {
  /** 99th percentile of how late its beats were. */
  readonly latenessP99Ms: number;
  /** Processor time used: 1 is a whole core. */
  readonly cpuCores: number;
}

/** In which way a node has too much to do: its beats come late, or it uses more than its share of the processor. */
export type Overload = 'late' | 'busy';

/** Beats later than this are near what listeners notice. */
const MAX_LATENESS_MS = 50;
/** Of one core, which is all that a process with one thread for its calls can use. */
export const CPU_BUDGET_CORES = 0.8;
/** How far below its limit a load must be before it counts as calm. */
const CALM_SHARE = 0.9;
const CALM_MICROS = 6_000_000;
/** One pause of the machine makes one reading late, and harms nobody any more when it is read. */
const CONVINCING_READINGS = 2;

/**
 * Whether a node has too much to do. It is so at the second reading in a row over a limit, and until all readings of six
 * seconds have been a tenth below: a load near the limit neither opens nor closes anything again and again.
 */
export class OverloadGate {
  #overload: Overload | undefined;
  #calmSince: Micros | undefined;
  /** Readings in a row over a limit. */
  #tooHigh = 0;

  /** Undefined while there is none. */
  get overload(): Overload | undefined {
    return this.#overload;
  }

  /** Takes the next reading. */
  observe(reading: LoadReading, now: Micros): void {
    const overload = overloadIn(reading, 1);
    this.#tooHigh = overload === undefined ? 0 : this.#tooHigh + 1;
    if (this.#tooHigh >= CONVINCING_READINGS) this.#overload = overload;
    if (overloadIn(reading, CALM_SHARE) !== undefined) this.#calmSince = undefined;
    else this.#calmSince ??= now;
    const calmMicros = this.#calmSince === undefined ? 0 : now - this.#calmSince;
    if (calmMicros >= CALM_MICROS) this.#overload = undefined;
  }
}

function overloadIn({ latenessP99Ms, cpuCores }: LoadReading, share: number): Overload | undefined {
  if (latenessP99Ms >= MAX_LATENESS_MS * share) return 'late';
  if (cpuCores >= CPU_BUDGET_CORES * share) return 'busy';
  return undefined;
}
