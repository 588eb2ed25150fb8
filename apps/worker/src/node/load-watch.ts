import type { Clock, Micros, Service, Timer, Timers } from '#foundation';
import type { Admission } from '#domain';
import type { Metronome, Ticked } from '#media';

/** What a watch works with. */
export interface LoadWatchOptions {
  readonly admission: Admission;
  readonly metronome: Pick<Metronome, 'add' | 'remove' | 'takeLateness'>;
  /** Processor time that the process has used so far, of all its threads. */
  readonly cpuMicros: () => number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** There may be room now, or none any more. */
  readonly onMeasured: () => void;
}

/** Two of these and a tick lie within the five seconds in which a node must notice that it has too much to do. */
const PERIOD_MS = 2_000;

/** Measures the load of the process every two seconds: how late its beats are, and what it uses of the processor. */
export class LoadWatch implements Service {
  readonly #options: LoadWatchOptions;
  /** Keeps the beat going without calls, so that an idle node too knows how its machine fares. */
  readonly #listener: Ticked = { tick: () => undefined };
  #timer: Timer | undefined;
  #fromMicros: Micros;
  #cpuMicros: number;

  constructor(options: LoadWatchOptions) {
    this.#options = options;
    this.#fromMicros = options.clock.nowMicros();
    this.#cpuMicros = options.cpuMicros();
  }

  start(): Promise<void> {
    const { metronome, timers, clock, cpuMicros } = this.#options;
    this.#fromMicros = clock.nowMicros();
    this.#cpuMicros = cpuMicros();
    metronome.takeLateness();
    metronome.add(this.#listener);
    this.#timer = timers.every(PERIOD_MS, () => this.#measure());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#options.metronome.remove(this.#listener);
    return Promise.resolve();
  }

  #measure(): void {
    const { metronome, admission, clock, cpuMicros, onMeasured } = this.#options;
    const now = clock.nowMicros();
    const used = cpuMicros();
    const cpuCores = (used - this.#cpuMicros) / (now - this.#fromMicros);
    this.#fromMicros = now;
    this.#cpuMicros = used;
    admission.observe({ latenessP99Ms: metronome.takeLateness().p99Ms, cpuCores }, now);
    onMeasured();
  }
}
