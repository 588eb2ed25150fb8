declare const microsBrand: unique symbol;

/** Microseconds on a monotonic clock. Only differences mean anything. */
export type Micros = number & { readonly [microsBrand]: true };

/** Marks a plain number as microseconds. */
export const micros = (value: number): Micros => value as Micros;

/** Milliseconds to microseconds. */
export const microsFromMs = (ms: number): Micros => (ms * 1000) as Micros;

/** Where time comes from. Pure code takes a time as an argument; services take a clock. */
export interface Clock {
  /** Monotonic microseconds; never goes back, unaffected by changes of the wall clock. */
  nowMicros(): Micros;
  /** Milliseconds since the Unix epoch, for display and records only. */
  wallMs(): number;
}

/** A timer that has been set. */
export interface Timer {
  /** Stops the timer; harmless when it has already fired. */
  cancel(): void;
}

/** Where delays come from, so that tests can run them in virtual time. */
export interface Timers {
  /** Runs `run` once after `delayMs` milliseconds. A timer never keeps the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs `run` every `periodMs` milliseconds until cancelled. */
  every(periodMs: number, run: () => void): Timer;
}
