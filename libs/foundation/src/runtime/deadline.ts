import type { Timers } from './clock.ts';

/** A promise did not settle in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Settles like `work`, or rejects with a DeadlineError after `timeoutMs`.
 * @param what Names the work in the error text.
 */
export function withDeadline<T>(
  timers: Timers,
  timeoutMs: number,
  what: string,
  work: Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = timers.after(timeoutMs, () => {
      reject(new DeadlineError(`${what} took longer than ${timeoutMs} ms`));
    });
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
