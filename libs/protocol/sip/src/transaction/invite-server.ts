import type { Timer } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { Repetition } from './repetition.ts';
import type {
  ServerTransaction,
  ServerTransactionHandlers,
  ServerTransactionOptions,
} from './server-transaction.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival } from './transport-path.ts';

type State = 'proceeding' | 'completed' | 'accepted' | 'confirmed' | 'terminated';

/**
 * The INVITE server transaction (RFC 3261 section 17.2.1, with the Accepted state of RFC 6026 section 7.1).
 *
 * ```text
 *  proceeding ──300-699──▶ completed ──ACK──▶ confirmed ──timer I──▶ terminated
 *      │                       └──timer H──▶ terminated (never acknowledged)
 *      └──2xx──▶ accepted ──timer L──▶ terminated      (the user repeats the 2xx until its ACK comes)
 * ```
 *
 * Timer G repeats a failure response on UDP, T1 doubling up to T2.
 */
export class InviteServerTransaction implements ServerTransaction {
  readonly #options: ServerTransactionOptions;
  readonly #timerG: Repetition;
  #handlers: ServerTransactionHandlers = {};
  #state: State = 'proceeding';
  #timer: Timer | undefined;
  #last: SipResponse | undefined;

  constructor(options: ServerTransactionOptions) {
    this.#options = options;
    this.#timerG = new Repetition({
      timers: options.timers,
      firstMs: options.config.t1Ms,
      capMs: options.config.t2Ms,
      repeat: () => this.#sendLast(),
    });
  }

  get request(): SipRequest {
    return this.#options.request;
  }

  get arrival(): Arrival {
    return this.#options.arrival;
  }

  get isAnswered(): boolean {
    return this.#state !== 'proceeding';
  }

  listen(handlers: ServerTransactionHandlers): void {
    this.#handlers = handlers;
  }

  respond(response: SipResponse): void {
    if (this.#state === 'accepted' && response.status >= 200 && response.status < 300) {
      this.#options.send(response);
      return;
    }
    if (this.#state !== 'proceeding') return;
    this.#last = response;
    if (response.status >= 300) this.#complete();
    else if (response.status >= 200) this.#accept();
    this.#options.send(response);
  }

  receiveAgain(): void {
    if (this.#state === 'proceeding' || this.#state === 'completed') this.#sendLast();
  }

  /** Takes an ACK with the branch of this INVITE. */
  receiveAck(ack: SipRequest, arrival: Arrival): void {
    if (this.#state === 'accepted') {
      this.#handlers.ack?.(ack, arrival);
      return;
    }
    if (this.#state !== 'completed') return;
    this.#state = 'confirmed';
    this.#timerG.stop();
    // Timer I swallows repeated ACKs; nothing is repeated on a reliable transport.
    const timerIMs = isReliable(this.arrival.path) ? 0 : this.#options.config.t4Ms;
    this.#wait(timerIMs, () => this.#terminate());
  }

  abandon(): void {
    this.#terminate();
  }

  #complete(): void {
    this.#state = 'completed';
    if (!isReliable(this.arrival.path)) this.#timerG.start();
    this.#wait(giveUpMs(this.#options.config), () => {
      this.#handlers.timedOut?.();
      this.#terminate();
    });
  }

  #accept(): void {
    this.#state = 'accepted';
    this.#wait(giveUpMs(this.#options.config), () => this.#terminate());
  }

  #sendLast(): void {
    if (this.#last !== undefined) this.#options.send(this.#last);
  }

  #wait(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(delayMs, run);
  }

  #terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#timerG.stop();
    this.#timer?.cancel();
    this.#handlers.terminated?.();
    this.#options.removed();
  }
}
