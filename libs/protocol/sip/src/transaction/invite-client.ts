import type { SipRequest, SipResponse } from '../message/message.ts';
import { ClientLife } from './client-life.ts';
import type { ClientTransaction, ClientTransactionOptions } from './client-transaction.ts';
import { buildFailureAck } from './follow-up-request.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival, TransportPath } from './transport-path.ts';

type State = 'calling' | 'proceeding' | 'completed' | 'accepted';

/**
 * The INVITE client transaction (RFC 3261 section 17.1.1, with the Accepted state of RFC 6026 section 7.2).
 *
 * ```text
 *  calling ──1xx──▶ proceeding ──300-699──▶ completed ──timer D──▶ terminated
 *     │  └──2xx──▶ accepted ◀──2xx──┘           └ acknowledges each repetition itself
 *     └─timer B─▶ terminated    └──timer M──▶ terminated
 * ```
 *
 * Timer A repeats the INVITE on UDP, doubling without limit, and stops at any response.
 */
export class InviteClientTransaction implements ClientTransaction {
  readonly #options: ClientTransactionOptions;
  readonly #life: ClientLife;
  #state: State = 'calling';
  #ack: SipRequest | undefined;

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.#life = new ClientLife(options, Number.MAX_SAFE_INTEGER);
  }

  get request(): SipRequest {
    return this.#options.request;
  }

  get path(): TransportPath {
    return this.#options.path;
  }

  get #isUnanswered(): boolean {
    return this.#state === 'calling' || this.#state === 'proceeding';
  }

  start(): void {
    this.#life.begin();
  }

  receive(response: SipResponse, arrival: Arrival): void {
    if (this.#life.isOver) return;
    if (response.status < 200) this.#receiveProvisional(response, arrival);
    else if (response.status < 300) this.#receiveSuccess(response, arrival);
    else this.#receiveFailure(response, arrival);
  }

  #receiveProvisional(response: SipResponse, arrival: Arrival): void {
    if (!this.#isUnanswered) return;
    this.#state = 'proceeding';
    this.#life.waitWithoutLimit();
    this.#options.handlers.response(response, arrival);
  }

  #receiveSuccess(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'completed') return;
    if (this.#state !== 'accepted') {
      this.#state = 'accepted';
      this.#life.endAfter(giveUpMs(this.#options.config));
    }
    this.#options.handlers.response(response, arrival);
  }

  #receiveFailure(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'accepted') return;
    if (this.#state === 'completed') {
      if (this.#ack !== undefined) this.#options.send(this.#ack);
      return;
    }
    this.#state = 'completed';
    this.#ack = buildFailureAck(this.request, response);
    // Timer D: 0 on a reliable transport, where nothing is repeated.
    this.#life.endAfter(isReliable(this.path) ? 0 : giveUpMs(this.#options.config));
    this.#options.send(this.#ack);
    this.#options.handlers.response(response, arrival);
  }

  fail(reason: string): void {
    if (this.#isUnanswered && !this.#life.isOver) this.#life.fail(reason);
  }

  forsake(): void {
    this.#life.stopRepeating();
  }

  abandon(): void {
    this.#life.end();
  }
}
