import type { Timer, Timers } from '#foundation';

/** What the user of a keep-alive is asked to do. */
export interface KeepAliveHandlers {
  /**
   * Ask the peer for a sign of life; then call `answered`, `unanswered` or `undeliverable`, or `postpone` when this is
   * not the moment.
   */
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

/**
 * Asks a peer that has been silent for a while for a sign of life, and says when it has none. Silence says nothing about a
 * peer that has never answered: there are proxies that drop such questions, and their calls are well.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #missedCount = 0;
  #hasAnswered = false;
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

  /** The peer has answered the question: it is one that does. */
  answered(): void {
    this.#hasAnswered = true;
    this.heard();
  }

  /** No answer came in time. */
  unanswered(): void {
    if (this.#hasAnswered) this.#miss();
    else this.postpone();
  }

  /** The question cannot reach the peer: its port is closed, or there is no way to it. */
  undeliverable(): void {
    this.#miss();
  }

  #miss(): void {
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
