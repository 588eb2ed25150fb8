import type { Timers } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipTimerConfig } from './timer-values.ts';
import type { Arrival } from './transport-path.ts';

/** What the user of a server transaction hears. Nothing is called after `terminated`. */
export interface ServerTransactionHandlers {
  /** INVITE only: an ACK with the branch of an accepted INVITE. Properly made ACKs of a 2xx come in outside. */
  ack?(ack: SipRequest, arrival: Arrival): void;
  /** INVITE only: the final failure response was never acknowledged (timer H). */
  timedOut?(): void;
  /** The transaction is over; always the last call, and made exactly once. */
  terminated?(): void;
}

/** A request of a peer that waits for our responses. */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly arrival: Arrival;
  /** Whether a final response has been given. */
  readonly isAnswered: boolean;
  /** Sets who hears of later events; replaces earlier handlers. */
  listen(handlers: ServerTransactionHandlers): void;
  /** Sends a response; ignored when the transaction has already had its final one (a 2xx may be sent again). */
  respond(response: SipResponse): void;
  /** The request came again. */
  receiveAgain(): void;
  /** Ends the transaction at once; only `terminated` is reported. */
  abandon(): void;
}

/** What a server transaction works with. */
export interface ServerTransactionOptions {
  readonly request: SipRequest;
  readonly arrival: Arrival;
  readonly send: (message: SipResponse) => void;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  /** Called when the transaction is over, after the handlers. */
  readonly removed: () => void;
}
