/** Between two looks, in milliseconds. */
const POLL_MS = 5;

/**
 * Waits until a condition holds. For figures that have no event of their own; what has one is awaited directly.
 *
 * @param what Names the condition in the error.
 * @throws Error when it does not hold within `timeoutMs`.
 */
export async function until(
  predicate: () => boolean,
  what: string,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!predicate()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
