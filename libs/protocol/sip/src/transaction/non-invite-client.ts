import type { Timer } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransaction, ClientTransactionOptions } from './client-transaction.ts';
import { Repetition } from './repetition.ts';
import { giveUpMs } from './timer-values.ts';
import { isReliable } from './transport-path.ts';
import type { Arrival, TransportPath } from './transport-path.ts';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';

/**
 * The non-INVITE client transaction (RFC 3261 section 17.1.2).
 *
 * Timer E repeats the request on UDP: T1 doubling up to T2, and every T2 once a provisional response came.
 * Timer F gives up after 64*T1, provisional responses or not. Timer K (T4, 0 on reliable transports)
 * swallows repetitions of the final response.
 */
export class NonInviteClientTransaction implements ClientTransaction {
  readonly #options: ClientTransactionOptions;
  readonly #timerE: Repetition;
  #state: State = 'trying';
  #timer: Timer | undefined;

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.#timerE = new Repetition({
      timers: options.timers,
      firstMs: options.config.t1Ms,
      capMs: options.config.t2Ms,
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
    if (!isReliable(this.path)) this.#timerE.start();
    this.#wait(giveUpMs(this.#options.config), () => this.#timeOut());
    this.#options.send(this.request);
  }

  receive(response: SipResponse, arrival: Arrival): void {
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
    if (response.status < 200) {
      this.#state = 'proceeding';
      this.#timerE.slowDown();
    } else {
      this.#state = 'completed';
      this.#timerE.stop();
      this.#wait(isReliable(this.path) ? 0 : this.#options.config.t4Ms, () => this.#terminate());
    }
    this.#options.handlers.response(response, arrival);
  }

  fail(reason: string): void {
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
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
    this.#timerE.stop();
    this.#timer?.cancel();
    this.#options.handlers.terminated();
  }
}
