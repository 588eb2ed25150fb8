/** How many sequence numbers back a packet can still be told late from doubled. A power of two. */
const HISTORY_SIZE = 256;

const PLAYED = 1;
const LOST = 2;

/** What became of the sequence numbers whose turn has passed, for the most recent ones. */
export class ArrivalHistory {
  readonly #fates = new Uint8Array(HISTORY_SIZE);

  /** Its turn came and it was there. */
  markPlayed(sequence: number): void {
    this.#fates[sequence & (HISTORY_SIZE - 1)] = PLAYED;
  }

  /** The turns of `from` up to but not including `to` came and they were not there. */
  markLost(from: number, to: number): void {
    for (let sequence = Math.max(from, to - HISTORY_SIZE); sequence < to; sequence++) {
      this.#fates[sequence & (HISTORY_SIZE - 1)] = LOST;
    }
  }

  /** Whether a passed sequence number was given up as lost; if so it counts as come from now on. */
  redeem(sequence: number, played: number): boolean {
    const slot = sequence & (HISTORY_SIZE - 1);
    if (played - sequence >= HISTORY_SIZE || this.#fates[slot] !== LOST) return false;
    this.#fates[slot] = PLAYED;
    return true;
  }

  clear(): void {
    this.#fates.fill(0);
  }
}
