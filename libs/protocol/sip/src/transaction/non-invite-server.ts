import type { Timer } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type {
  ServerTransaction,
  ServerTransactionHandlers,
  ServerTransactionOptions,
} from './server-transaction.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival } from './transport-path.ts';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';

/**
 * The non-INVITE server transaction (RFC 3261 section 17.2.2).
 * Timer J (64*T1, 0 on reliable transports) keeps the final response for repetitions of the request.
 */
export class NonInviteServerTransaction implements ServerTransaction {
  readonly #options: ServerTransactionOptions;
  #handlers: ServerTransactionHandlers = {};
  #state: State = 'trying';
  #timer: Timer | undefined;
  #last: SipResponse | undefined;

  constructor(options: ServerTransactionOptions) {
    this.#options = options;
  }

  get request(): SipRequest {
    return this.#options.request;
  }

  get arrival(): Arrival {
    return this.#options.arrival;
  }

  get isAnswered(): boolean {
    return this.#state === 'completed' || this.#state === 'terminated';
  }

  listen(handlers: ServerTransactionHandlers): void {
    this.#handlers = handlers;
  }

  respond(response: SipResponse): void {
    if (this.isAnswered) return;
    this.#last = response;
    this.#state = response.status < 200 ? 'proceeding' : 'completed';
    if (this.#state === 'completed') {
      const timerJMs = isReliable(this.arrival.path) ? 0 : giveUpMs(this.#options.config);
      this.#timer = this.#options.timers.after(timerJMs, () => this.#terminate());
    }
    this.#options.send(response);
  }

  receiveAgain(): void {
    if (this.#last !== undefined && this.#state !== 'terminated') this.#options.send(this.#last);
  }

  abandon(): void {
    this.#terminate();
  }

  #terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#timer?.cancel();
    this.#handlers.terminated?.();
    this.#options.removed();
  }
}
