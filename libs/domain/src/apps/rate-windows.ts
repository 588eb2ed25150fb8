/** Counts how often something is done in windows of time, over all processes. */
export interface RateWindows {
  /**
   * Adds to the count of a window.
   *
   * @param ttlMs After this time the window is forgotten.
   * @returns The count with it.
   * @throws When it is not known soon.
   */
  add(window: string, count: number, ttlMs: number): Promise<number>;
}
