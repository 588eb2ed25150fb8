import type { Micros } from '#foundation';
import type { CallId } from '../ids.ts';
import { CPU_BUDGET_CORES, OverloadGate } from './overload-gate.ts';
import type { LoadReading, Overload } from './overload-gate.ts';

/** Why no call is taken now: there is no room for one, or there is too much to do already. */
export type Refusal = 'full' | Overload;

/** What a node may carry. */
export interface AdmissionOptions {
  /** In cost units. */
  readonly capacity: number;
  /** Whether the measured load counts too. */
  readonly followsLoad: boolean;
}

/** A call that has been taken so lately that the readings do not show it yet. */
interface Reservation {
  readonly id: CallId;
  readonly units: number;
  readonly untilMicros: number;
  /** What was in use before it. */
  readonly cpuCores: number;
}

/** From here on a call shows in the readings: it is answered and on air, or it is over. */
const RESERVED_MICROS = 15_000_000;
/** Cost of a call of which nothing is known yet: the plainest one. */
const UNKNOWN_UNITS = 1;
/**
 * The most that a call is thought to take of a core. A capacity that was set low is a wish, and says nothing about the cost
 * of a call: without this the last calls up to it would wait for the reservations of the others to pass.
 */
const MAX_CORES_PER_UNIT = 0.02;
/** Sums of fractions. */
const ROUNDING = 1e-6;

/**
 * Whether a node takes another call. It looks at what its calls cost by the table, at what it has measured, and at what
 * the calls of the last 15 s will cost once they are on air. A refusal never touches the calls that are there.
 *
 * @remarks A node without calls takes one however slow its machine is: nobody would be harmed, and where all nodes are slow
 * a call is better served late than not at all. Who takes a call releases it.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #gate = new OverloadGate();
  readonly #units = new Map<CallId, number>();
  /** Oldest first; emptied by time and by the ends of calls. */
  #reservations: Reservation[] = [];
  #usedUnits = 0;
  #reading: LoadReading = { latenessP99Ms: 0, cpuCores: 0 };

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Cost units that the node may hold. */
  get capacity(): number {
    return this.#options.capacity;
  }

  /** Cost units of the calls that are there. */
  get usedUnits(): number {
    return this.#usedUnits;
  }

  /** The last one; zeros before the first. */
  get reading(): LoadReading {
    return this.#reading;
  }

  /** Takes what the node has measured of itself, every few seconds. */
  observe(reading: LoadReading, now: Micros): void {
    this.#reading = reading;
    this.#gate.observe(reading, now);
    this.#forget(now);
  }

  /** A call is there from now on. @param units What it costs. */
  take(id: CallId, units: number, now: Micros): void {
    this.release(id);
    this.#units.set(id, units);
    this.#usedUnits += units;
    const untilMicros = now + RESERVED_MICROS;
    this.#reservations.push({ id, units, untilMicros, cpuCores: this.#reading.cpuCores });
  }

  /** A call that is there costs more or less from now on. Harmless when it is not there. */
  change(id: CallId, units: number): void {
    const before = this.#units.get(id);
    if (before === undefined) return;
    this.#units.set(id, units);
    this.#usedUnits += units - before;
  }

  /** A call is gone. Harmless when it was not there. */
  release(id: CallId): void {
    const units = this.#units.get(id);
    if (units === undefined) return;
    this.#units.delete(id);
    this.#usedUnits = this.#units.size === 0 ? 0 : this.#usedUnits - units;
    this.#reservations = this.#reservations.filter((reservation) => reservation.id !== id);
  }

  /**
   * Why another call would not be taken now; undefined when it would.
   *
   * @param pending Calls about to be taken.
   */
  refusal(pending: number, now: Micros): Refusal | undefined {
    const { capacity, followsLoad } = this.#options;
    const coming = (pending + 1) * UNKNOWN_UNITS;
    const isEmpty = this.#units.size + pending === 0;
    if (isEmpty) return undefined;
    if (this.#usedUnits + coming > capacity + ROUNDING) return 'full';
    if (!followsLoad) return undefined;
    if (this.#gate.overload !== undefined) return this.#gate.overload;
    this.#forget(now);
    return this.#expectedCores(coming) > CPU_BUDGET_CORES + ROUNDING ? 'busy' : undefined;
  }

  /**
   * What will be in use: what is measured, or what was measured before the reserved calls came and what they cost, whichever
   * is more. As their use begins to show it is not counted twice.
   */
  #expectedCores(coming: number): number {
    const coresPerUnit = Math.min(MAX_CORES_PER_UNIT, CPU_BUDGET_CORES / this.#options.capacity);
    const { cpuCores } = this.#reading;
    const before = this.#reservations[0]?.cpuCores ?? cpuCores;
    const reserved = this.#reservations.reduce((sum, { units }) => sum + units, 0);
    return Math.max(cpuCores, before + reserved * coresPerUnit) + coming * coresPerUnit;
  }

  #forget(now: Micros): void {
    const alive = this.#reservations.findIndex(({ untilMicros }) => untilMicros > now);
    this.#reservations.splice(0, alive < 0 ? this.#reservations.length : alive);
  }
}
