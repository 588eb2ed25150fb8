import type { RateWindows } from '#domain';

/** Counts inside one process; those who share it are as many processes. */
export class FakeRateWindows implements RateWindows {
  readonly #counts = new Map<string, number>();
  /** How often it was asked. */
  asked = 0;
  /** Whether it cannot be reached. */
  isAway = false;

  async add(window: string, count: number): Promise<number> {
    this.asked += 1;
    await Promise.resolve();
    if (this.isAway) throw new Error('the counts are away');
    const total = (this.#counts.get(window) ?? 0) + count;
    this.#counts.set(window, total);
    return total;
  }
}
