import type { OutletStats } from './ports.ts';

/** What was dropped because a server is too slow. */
export interface Congestion {
  /** Since it was told last. */
  readonly droppedTags: number;
  /** Media that waits for the network. */
  readonly queuedMs: number;
}

const LOOK_MS = 1_000;
const TOLD_EVERY_MS = 10_000;

/**
 * Notices that a server is too slow for an output. It is told at most every 10 s; it is over when 10 s have passed
 * without a loss.
 */
export class CongestionWatch {
  #nextLookMs = 0;
  #seenDrops = 0;
  #untoldDrops = 0;
  #toldAtMs = -Infinity;
  #droppedAtMs = -Infinity;

  /** Another connection, whose figures begin anew. */
  restart(): void {
    this.#seenDrops = 0;
  }

  /** Whether something was dropped in the last 10 s. */
  isCongested(nowMs: number): boolean {
    return nowMs - this.#droppedAtMs < TOLD_EVERY_MS;
  }

  /**
   * To be asked often; looks once a second.
   * @returns What is to be told, if anything.
   */
  look(nowMs: number, stats: () => OutletStats): Congestion | undefined {
    if (nowMs < this.#nextLookMs) return undefined;
    this.#nextLookMs = nowMs + LOOK_MS;
    const { droppedTags, queuedMs = 0 } = stats();
    const dropped = droppedTags - this.#seenDrops;
    this.#seenDrops = droppedTags;
    this.#untoldDrops += dropped;
    if (dropped > 0) this.#droppedAtMs = nowMs;
    if (this.#untoldDrops === 0 || nowMs - this.#toldAtMs < TOLD_EVERY_MS) return undefined;
    const told = { droppedTags: this.#untoldDrops, queuedMs };
    this.#toldAtMs = nowMs;
    this.#untoldDrops = 0;
    return told;
  }
}
