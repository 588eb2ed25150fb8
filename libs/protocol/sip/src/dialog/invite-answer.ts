import type { RandomSource, Timers } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { Repetition } from '../transaction/repetition.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import type { Arrival } from '../transaction/transport-path.ts';
import { isReliableProvisional, ReliableProvisionals } from './reliable-provisionals.ts';

/** What the user of an incoming INVITE hears. Nothing is called after `ended`. */
export interface InviteAnswerHandlers {
  /** The ACK of our 2xx, once. */
  acknowledged(ack: SipRequest, arrival: Arrival): void;
  /** A reliable provisional response was never acknowledged: refuse the INVITE. */
  unconfirmed(): void;
  /** Our 2xx was never acknowledged: the peer is gone, hang up. */
  unacknowledged(): void;
  /** Nothing more will come; always the last call, and made exactly once. */
  ended(): void;
}

/** What an incoming INVITE works with. */
export interface InviteAnswerOptions {
  readonly transaction: ServerTransaction;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly random: RandomSource;
  readonly handlers: InviteAnswerHandlers;
}

/**
 * The callee's side of one INVITE (RFC 3261 section 13.3): repeats a 2xx, on every transport, T1 doubling up to T2,
 * until its ACK comes or 64*T1 have passed. Provisional responses that require 100rel wait for their PRACK.
 */
export class InviteAnswer {
  readonly #options: InviteAnswerOptions;
  readonly #provisionals: ReliableProvisionals;
  #repetition: Repetition | undefined;
  #isOver = false;
  #isAgreedEarly = false;

  constructor(options: InviteAnswerOptions) {
    this.#options = options;
    this.#provisionals = new ReliableProvisionals({
      ...options,
      send: (response) => options.transaction.respond(response),
      unacknowledged: () => options.handlers.unconfirmed(),
    });
    options.transaction.listen({
      ack: (ack, arrival) => this.acknowledge(ack, arrival),
      terminated: () => this.#end(),
    });
  }

  get transaction(): ServerTransaction {
    return this.#options.transaction;
  }

  /** Whether a 2xx waits for its ACK. */
  get awaitsAck(): boolean {
    return this.#repetition !== undefined;
  }

  /** Whether the offer and answer of the INVITE are still being exchanged, as far as our responses tell. */
  get isOfferOpen(): boolean {
    return !this.transaction.isAnswered && !this.#isAgreedEarly;
  }

  respond(response: SipResponse): void {
    const { transaction, timers, config } = this.#options;
    if (transaction.isAnswered) return;
    if (isReliableProvisional(response)) {
      this.#isAgreedEarly ||= response.body.length > 0;
      this.#provisionals.send(response);
      return;
    }
    if (response.status >= 200) this.#provisionals.stop();
    transaction.respond(response);
    if (response.status < 200 || response.status > 299) return;
    this.#repetition = new Repetition({
      timers,
      firstMs: config.t1Ms,
      capMs: config.t2Ms,
      repeat: () => transaction.respond(response),
    });
    this.#repetition.start();
  }

  /** Takes the ACK of the 2xx; repetitions are swallowed. */
  acknowledge(ack: SipRequest, arrival: Arrival): void {
    if (!this.awaitsAck) return;
    this.#stopRepeating();
    this.#options.handlers.acknowledged(ack, arrival);
  }

  /** Takes the PRACK of a provisional response; false when it acknowledges nothing that was sent. */
  confirm(prack: SipRequest): boolean {
    return this.#provisionals.acknowledge(prack);
  }

  /** Ends at once, without a word to the network; only `ended` is reported. */
  abandon(): void {
    this.#provisionals.stop();
    this.#stopRepeating();
    this.#options.transaction.abandon();
  }

  #stopRepeating(): void {
    this.#repetition?.stop();
    this.#repetition = undefined;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#provisionals.stop();
    // Timer L of the transaction is the end of waiting.
    const wasAwaitingAck = this.awaitsAck;
    this.#stopRepeating();
    if (wasAwaitingAck) this.#options.handlers.unacknowledged();
    this.#options.handlers.ended();
  }
}
