import type { Timer, Timers } from './clock.ts';

/** Runs that come round together, in the order in which they were set. */
class Round {
  readonly #runs = new Map<Timer, () => void>();
  readonly #timer: Timer;

  constructor(timers: Timers, periodMs: number) {
    this.#timer = timers.every(periodMs, () => this.#goRound());
  }

  add(run: () => void, onEmpty: () => void): Timer {
    const timer: Timer = {
      cancel: () => {
        if (!this.#runs.delete(timer) || this.#runs.size > 0) return;
        this.#timer.cancel();
        onEmpty();
      },
    };
    this.#runs.set(timer, run);
    return timer;
  }

  #goRound(): void {
    // A copy: what one of them sets has its first turn a period later.
    for (const [timer, run] of [...this.#runs]) if (this.#runs.has(timer)) run();
  }
}

/**
 * Timers of which all repeated ones of the same period share one: hundreds of calls that look after themselves once a second
 * wake the process once a second.
 *
 * @remarks The first turn of a repeated timer comes within a period, not after exactly one. Delays (`after`) are those of
 * `timers`. A run that throws keeps those behind it from this turn: as with any timer, that is a bug and ends the process.
 */
export function sharedTimers(timers: Timers): Timers {
  const rounds = new Map<number, Round>();
  return {
    after: (delayMs, run) => timers.after(delayMs, run),
    every: (periodMs, run) => {
      const round = rounds.get(periodMs) ?? new Round(timers, periodMs);
      rounds.set(periodMs, round);
      return round.add(run, () => rounds.delete(periodMs));
    },
  };
}
