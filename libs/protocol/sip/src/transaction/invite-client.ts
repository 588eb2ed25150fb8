import type { Timer } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { buildFailureAck } from './follow-up-request.ts';
import type { ClientTransaction, ClientTransactionOptions } from './client-transaction.ts';
import { Repetition } from './repetition.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival, TransportPath } from './transport-path.ts';

type State = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

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
  readonly #timerA: Repetition;
  #state: State = 'calling';
  #timer: Timer | undefined;
  #ack: SipRequest | undefined;

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.#timerA = new Repetition({
      timers: options.timers,
      firstMs: options.config.t1Ms,
      capMs: Number.MAX_SAFE_INTEGER,
      repeat: () => options.send(options.request),
    });
  }

  get request(): SipRequest {
    return this.#options.request;
  }

  get path(): TransportPath {
    return this.#options.path;
  }

  start(): void {
    if (!isReliable(this.path)) this.#timerA.start();
    this.#wait(giveUpMs(this.#options.config), () => this.#timeOut());
    this.#options.send(this.request);
  }

  receive(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'terminated') return;
    if (response.status < 200) this.#receiveProvisional(response, arrival);
    else if (response.status < 300) this.#receiveSuccess(response, arrival);
    else this.#receiveFailure(response, arrival);
  }

  #receiveProvisional(response: SipResponse, arrival: Arrival): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
    if (this.#state === 'calling') {
      this.#timerA.stop();
      this.#timer?.cancel();
      this.#state = 'proceeding';
    }
    this.#options.handlers.response(response, arrival);
  }

  #receiveSuccess(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'completed') return;
    if (this.#state !== 'accepted') {
      this.#timerA.stop();
      this.#state = 'accepted';
      this.#wait(giveUpMs(this.#options.config), () => this.#terminate());
    }
    this.#options.handlers.response(response, arrival);
  }

  #receiveFailure(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'accepted') return;
    if (this.#state === 'completed') {
      if (this.#ack !== undefined) this.#options.send(this.#ack);
      return;
    }
    this.#timerA.stop();
    this.#state = 'completed';
    this.#ack = buildFailureAck(this.request, response);
    // Timer D: 0 on a reliable transport, where nothing is repeated.
    const timerDMs = isReliable(this.path) ? 0 : giveUpMs(this.#options.config);
    this.#wait(timerDMs, () => this.#terminate());
    this.#options.send(this.#ack);
    this.#options.handlers.response(response, arrival);
  }

  fail(reason: string): void {
    if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
    this.#options.handlers.transportFailed(reason);
    this.#terminate();
  }

  abandon(): void {
    this.#terminate();
  }

  #timeOut(): void {
    this.#options.handlers.timedOut();
    this.#terminate();
  }

  #wait(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.timers.after(delayMs, run);
  }

  #terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#timerA.stop();
    this.#timer?.cancel();
    this.#options.handlers.terminated();
  }
}
