import { CallcastError } from '#sdk';
import type { Call, Callcast } from '#sdk';

/** Requests at the same time. */
const AT_ONCE = 8;

/**
 * Ends calls, several at a time. A call that has ended by itself meanwhile is none that failed.
 * @returns What was refused, or could not be said.
 */
export async function hangUpAll(
  callcast: Pick<Callcast, 'calls'>,
  calls: readonly Pick<Call, 'id'>[],
  onProgress: (done: number) => void,
): Promise<unknown[]> {
  const waiting = calls.map(({ id }) => id).reverse();
  const failures: unknown[] = [];
  let done = 0;
  const takeOne = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      try {
        await callcast.calls.hangUp(id);
      } catch (error) {
        if (!(error instanceof CallcastError) || error.code !== 'CALL_ALREADY_ENDED')
          failures.push(error);
      }
      done += 1;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, calls.length) }, takeOne));
  return failures;
}
