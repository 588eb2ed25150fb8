import type { Timer } from '#foundation';
import type { ClientTransactionOptions } from './client-transaction.ts';
import { Repetition } from './repetition.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';

/**
 * What both kinds of client transactions live by: the request that is repeated on UDP (timers A and E), one deadline
 * at a time (B, F; then D, K, M), and one end.
 */
export class ClientLife {
  readonly #options: ClientTransactionOptions;
  readonly #repetition: Repetition;
  #deadline: Timer | undefined;
  #isOver = false;

  /** @param capMs The longest interval between two repetitions, in milliseconds. */
  constructor(options: ClientTransactionOptions, capMs: number) {
    this.#options = options;
    this.#repetition = new Repetition({
      timers: options.timers,
      firstMs: options.config.t1Ms,
      capMs,
      repeat: () => options.send(options.request),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends the request; without an answer it is repeated, and given up after 64*T1. */
  begin(): void {
    const { request, path, config, handlers, send } = this.#options;
    if (!isReliable(path)) this.#repetition.start();
    this.#wait(giveUpMs(config), () => {
      handlers.timedOut();
      this.end();
    });
    send(request);
  }

  /** A provisional response came: from now on the request is repeated at the longest interval only. */
  slowDown(): void {
    this.#repetition.slowDown();
  }

  /** The request is sent no more; the deadline runs on. */
  stopRepeating(): void {
    this.#repetition.stop();
  }

  /** The peer rings: nothing is repeated and no deadline runs. */
  waitWithoutLimit(): void {
    this.#repetition.stop();
    this.#deadline?.cancel();
  }

  /** The final response is here: the transaction only stays to take its repetitions, for so long. */
  endAfter(delayMs: number): void {
    this.#repetition.stop();
    this.#wait(delayMs, () => this.end());
  }

  #wait(delayMs: number, run: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = this.#options.timers.after(delayMs, run);
  }

  /** The path does not work, and there is no final response yet. */
  fail(reason: string): void {
    this.#options.handlers.transportFailed(reason);
    this.end();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.waitWithoutLimit();
    this.#options.handlers.terminated();
  }
}
