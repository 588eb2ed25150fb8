import { micros } from '#foundation';
import type { Clock, Micros, Timer, Timers } from '#foundation';
import { TICK_MS } from '../audio/pcm.ts';
import { LatenessMeter } from './lateness-meter.ts';
import type { LatenessFigures } from './lateness-meter.ts';

/** Something that lives by the beat: a media path. */
export interface Ticked {
  /** Called once for every 20 ms. */
  tick(now: Micros): void;
}

interface MetronomeOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told when a member threw; the member has been taken out, the others go on. */
  readonly onFailed: (member: Ticked, error: unknown) => void;
}

const PERIOD_MICROS = TICK_MS * 1000;
/** Beats made up for at one go; more would send a burst to the servers. */
const MAX_BEATS_AT_ONCE = 5;
/** Pause between two goes while beats are owed: the debt is worked off 20 times as fast as it grew. */
const CATCH_UP_PAUSE_MS = 5;
/** A debt beyond this is forgiven: the process was stopped, and listeners have long noticed. */
const MAX_DEBT_MICROS = 5_000_000;

/**
 * Beats every 20 ms for all media paths of a process. One timer for all: what it measures as its own lateness
 * is the load of the process.
 */
export class Metronome {
  readonly #options: MetronomeOptions;
  readonly #members = new Set<Ticked>();
  readonly #lateness = new LatenessMeter();
  /** One for each further reader. */
  readonly #meters: LatenessMeter[] = [this.#lateness];
  #timer: Timer | undefined;
  #dueMicros = 0;
  #forgivenBeats = 0;

  constructor(options: MetronomeOptions) {
    this.#options = options;
  }

  /** How many members there are. */
  get memberCount(): number {
    return this.#members.size;
  }

  /** Beats that were never made up for: their audio was never put out. */
  get forgivenBeats(): number {
    return this.#forgivenBeats;
  }

  /** Takes a member in; the first member starts the beat. */
  add(member: Ticked): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    this.#dueMicros = this.#options.clock.nowMicros() + PERIOD_MICROS;
    this.#schedule();
  }

  /** Lets a member go; without members there is no timer. */
  remove(member: Ticked): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** How late the beats were since the last call. */
  takeLateness(): LatenessFigures {
    return this.#lateness.take();
  }

  /**
   * For another reader, who misses nothing of what `takeLateness` takes: gives how late the beats were since its own last
   * call. Ask for it once; it is measured for as long as the metronome lives.
   */
  meterLateness(): () => LatenessFigures {
    const meter = new LatenessMeter();
    this.#meters.push(meter);
    return () => meter.take();
  }

  #schedule(pauseMs = 0): void {
    const { clock, timers } = this.#options;
    const delayMs = Math.max(pauseMs, (this.#dueMicros - clock.nowMicros()) / 1000);
    this.#timer?.cancel();
    this.#timer = timers.after(Math.ceil(delayMs), () => this.#wake());
  }

  #wake(): void {
    const now = this.#options.clock.nowMicros();
    const latenessMs = (now - this.#dueMicros) / 1000;
    for (const meter of this.#meters) meter.record(latenessMs);
    this.#forgive(now);
    try {
      for (let beats = 0; beats < MAX_BEATS_AT_ONCE && this.#dueMicros <= now; beats++) {
        const due = micros(this.#dueMicros);
        this.#dueMicros += PERIOD_MICROS;
        this.#beat(due);
      }
    } finally {
      // A bug in one outlet must not stop the beat of all.
      if (this.#members.size > 0) this.#schedule(this.#dueMicros <= now ? CATCH_UP_PAUSE_MS : 0);
      else this.#timer = undefined;
    }
  }

  #forgive(now: Micros): void {
    const debt = now - this.#dueMicros;
    if (debt <= MAX_DEBT_MICROS) return;
    const beats = Math.floor(debt / PERIOD_MICROS);
    this.#forgivenBeats += beats;
    this.#dueMicros += beats * PERIOD_MICROS;
  }

  #beat(due: Micros): void {
    for (const member of this.#members) {
      try {
        member.tick(due);
      } catch (error) {
        this.#members.delete(member);
        this.#options.onFailed(member, error);
      }
    }
  }
}
