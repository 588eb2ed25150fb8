import type { Timer, Timers } from '#foundation';

/** What the user of a keep-alive is asked to do. */
export interface KeepAliveHandlers {
  /** Ask the peer for a sign of life; then call `heard`, `missed`, or `postpone` when this is not the moment. */
  ask(): void;
  /** The peer has missed too many questions in a row. Nothing more is called. */
  lost(): void;
}

/** What a keep-alive works with. */
export interface KeepAliveOptions {
  readonly timers: Timers;
  /** How long the peer may be silent before it is asked, in milliseconds. */
  readonly intervalMs: number;
  readonly handlers: KeepAliveHandlers;
}

/** Questions without an answer, one after the other, that mean that the peer is gone. */
const MAX_MISSED = 3;

/** Asks a peer that has been silent for a while for a sign of life, and says when it has none. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #missedCount = 0;
  #timer: Timer | undefined;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  /** The peer has said something: the silence begins anew. */
  heard(): void {
    this.#missedCount = 0;
    this.postpone();
  }

  /** Asks again after another interval. */
  postpone(): void {
    this.stop();
    this.#timer = this.#options.timers.after(this.#options.intervalMs, () =>
      this.#options.handlers.ask(),
    );
  }

  /** The peer did not answer the question. */
  missed(): void {
    this.#missedCount += 1;
    if (this.#missedCount < MAX_MISSED) {
      this.postpone();
      return;
    }
    this.stop();
    this.#options.handlers.lost();
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
