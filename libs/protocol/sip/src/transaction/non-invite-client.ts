import type { SipRequest, SipResponse } from '../message/message.ts';
import { ClientLife } from './client-life.ts';
import type { ClientTransaction, ClientTransactionOptions } from './client-transaction.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival, TransportPath } from './transport-path.ts';

/**
 * The non-INVITE client transaction (RFC 3261 section 17.1.2).
 *
 * Timer E repeats the request on UDP: T1 doubling up to T2, and every T2 once a provisional response came.
 * Timer F gives up after 64*T1, provisional responses or not. Timer K (T4, 0 on reliable transports)
 * swallows repetitions of the final response.
 */
export class NonInviteClientTransaction implements ClientTransaction {
  readonly #options: ClientTransactionOptions;
  readonly #life: ClientLife;
  #isAnswered = false;

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.#life = new ClientLife(options, options.config.t2Ms);
  }

  get request(): SipRequest {
    return this.#options.request;
  }

  get path(): TransportPath {
    return this.#options.path;
  }

  start(): void {
    this.#life.begin();
  }

  receive(response: SipResponse, arrival: Arrival): void {
    if (this.#isAnswered || this.#life.isOver) return;
    if (response.status < 200) this.#life.slowDown();
    else {
      this.#isAnswered = true;
      this.#life.endAfter(isReliable(this.path) ? 0 : this.#options.config.t4Ms);
    }
    this.#options.handlers.response(response, arrival);
  }

  fail(reason: string): void {
    if (!this.#isAnswered && !this.#life.isOver) this.#life.fail(reason);
  }

  forsake(): void {
    this.#life.end();
  }

  abandon(): void {
    this.#life.end();
  }
}
