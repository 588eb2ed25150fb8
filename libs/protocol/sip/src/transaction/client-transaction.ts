import type { Timers } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipTimerConfig } from './timer-values.ts';
import type { Arrival, TransportPath } from './transport-path.ts';

/** What the user of a client transaction hears. Nothing is called after `terminated`. */
export interface ClientTransactionHandlers {
  /** A response. For an INVITE every repetition of a 2xx is reported, of other finals only the first. */
  response(response: SipResponse, arrival: Arrival): void;
  /** No final response within 64*T1 (timer B or F). */
  timedOut(): void;
  /** The request could not be delivered, or the connection broke before the final response. */
  transportFailed(reason: string): void;
  /** The transaction is over; always the last call, and made exactly once. */
  terminated?(): void;
}

/** A request of ours that waits for its responses. */
export interface ClientTransaction {
  readonly request: SipRequest;
  readonly path: TransportPath;
  /** Sends the request and starts the timers. */
  start(): void;
  /** Takes a response that belongs to this transaction. */
  receive(response: SipResponse, arrival: Arrival): void;
  /** The path failed. */
  fail(reason: string): void;
  /** Nobody waits for it any more. An INVITE only stops being repeated: its late responses must find somebody. */
  forsake(): void;
  /** Ends the transaction at once; only `terminated` is reported. */
  abandon(): void;
}

/** What a client transaction works with. */
export interface ClientTransactionOptions {
  readonly request: SipRequest;
  readonly path: TransportPath;
  readonly send: (message: SipRequest) => void;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly handlers: Required<ClientTransactionHandlers>;
}
