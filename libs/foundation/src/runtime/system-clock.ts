import { micros } from './clock.ts';
import type { Clock, Timer, Timers } from './clock.ts';

/** The machine's clocks. */
export const systemClock: Clock = {
  nowMicros: () => micros(performance.now() * 1000),
  wallMs: () => Date.now(),
};

/** The event loop's timers, unreferenced. */
export const systemTimers: Timers = {
  after(delayMs, run): Timer {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, run): Timer {
    const handle = setInterval(run, periodMs);
    handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
};
