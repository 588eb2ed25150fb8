import type { RandomSource, Timers } from '#foundation';

/** How bad a network is. Shares are 0 to 1. */
export interface NetworkQuality {
  readonly loss: number;
  readonly duplication: number;
  /** Each datagram takes its own time between these, so that they overtake each other; in milliseconds. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

type Receive = (bytes: Uint8Array, from: string) => void;

/** Datagrams in memory that get lost, come twice, and overtake each other. */
export class LossyNetwork {
  readonly #random: RandomSource;
  readonly #timers: Timers;
  readonly #quality: NetworkQuality;
  readonly #nodes = new Map<string, Receive>();
  #sentCount = 0;
  #lostCount = 0;

  constructor(random: RandomSource, timers: Timers, quality: NetworkQuality) {
    this.#random = random;
    this.#timers = timers;
    this.#quality = quality;
  }

  /** Datagrams that were sent and how many of them were lost. */
  get counts(): { readonly sent: number; readonly lost: number } {
    return { sent: this.#sentCount, lost: this.#lostCount };
  }

  /** Joins a node under its address. */
  join(address: string, receive: Receive): void {
    this.#nodes.set(address, receive);
  }

  /** Sends one datagram, perhaps in vain. */
  send(bytes: Uint8Array, from: string, to: string): void {
    this.#sentCount += 1;
    if (this.#happens(this.#quality.loss)) {
      this.#lostCount += 1;
      return;
    }
    this.#deliver(bytes, from, to);
    if (this.#happens(this.#quality.duplication)) this.#deliver(bytes, from, to);
  }

  #happens(share: number): boolean {
    return this.#random.below(1_000_000) < share * 1_000_000;
  }

  #deliver(bytes: Uint8Array, from: string, to: string): void {
    const { minDelayMs, maxDelayMs } = this.#quality;
    const delayMs = minDelayMs + this.#random.below(Math.max(1, maxDelayMs - minDelayMs));
    this.#timers.after(delayMs, () => this.#nodes.get(to)?.(bytes, from));
  }
}
