/** Does `work` until it succeeds, giving way to the event loop between tries. The test's own timeout ends it. */
export async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await new Promise((next) => setImmediate(next));
    }
  }
}
