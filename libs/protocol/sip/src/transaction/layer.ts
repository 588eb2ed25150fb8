import { CountedSet } from '#foundation';
import type { Timers } from '#foundation';
import { SipParseError } from '../message/sip-parse-error.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransaction, ClientTransactionHandlers } from './client-transaction.ts';
import { GivenUpInvites } from './given-up-invites.ts';
import { InviteClientTransaction } from './invite-client.ts';
import { InviteServerTransaction } from './invite-server.ts';
import { NonInviteClientTransaction } from './non-invite-client.ts';
import { NonInviteServerTransaction } from './non-invite-server.ts';
import { responseTo } from './response-to.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SipTimerConfig } from './timer-values.ts';
import { answersOurs, clientKey, serverKey, tagOf } from './transaction-key.ts';
import type { Arrival, MessageOutlet, TransportPath } from './transport-path.ts';

/**
 * What becomes of a request that belongs to no transaction: it gets one and goes to the user, it is not heard of
 * again, or it is answered by that response without a transaction (RFC 3261 section 8.2.7).
 */
export type Admission = 'serve' | 'drop' | SipResponse;

/** What the layer hands to the transaction user. */
export interface TransactionUser {
  /** Decides about a request before it costs a transaction. Default: everything is served. */
  admit?(request: SipRequest, arrival: Arrival): Admission;
  /** A new request. A CANCEL comes with the INVITE it means, when that is known. */
  request(transaction: ServerTransaction, cancelled: ServerTransaction | undefined): void;
  /** An ACK that belongs to no failure response: the ACK of a 2xx, or a stray one. */
  ack(ack: SipRequest, arrival: Arrival): void;
}

/** What the transaction layer works with. */
export interface TransactionLayerOptions {
  readonly outlet: MessageOutlet;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly user: TransactionUser;
  /** The most transactions of each direction at a time; requests beyond are not served. */
  readonly maxTransactions: number;
}

/** Messages that were dropped, by reason. */
export interface DroppedMessages {
  strayResponses: number;
  malformed: number;
  overload: number;
  /** Requests that came by a second way: answered by 482. */
  merged: number;
}

/**
 * Owns all transactions: finds the one a message belongs to, makes new ones, forgets the finished
 * (RFC 3261 section 17). Dialogs and the application are above it, transports below.
 */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #givenUp: GivenUpInvites;
  /** Of the requests outside dialogs that are being served. */
  readonly #identities = new Set<string>();
  readonly #asked = new CountedSet<string>();
  readonly #dropped: DroppedMessages = { strayResponses: 0, malformed: 0, overload: 0, merged: 0 };

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#givenUp = new GivenUpInvites(options);
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  get dropped(): Readonly<DroppedMessages> {
    return this.#dropped;
  }

  /** Whether a request of ours to that address has a transaction. */
  isAsking(address: string): boolean {
    return this.#asked.has(address);
  }

  /** Whether a new client transaction would be one too many. */
  get isFull(): boolean {
    return this.#clients.size >= this.#options.maxTransactions;
  }

  /**
   * Makes the client transaction of a request that has its final form, top Via with a new branch included.
   * Nothing is sent before its `start()`.
   */
  createClient(
    request: SipRequest,
    path: TransportPath,
    handlers: ClientTransactionHandlers,
  ): ClientTransaction {
    const key = clientKey(request);
    const fail = (reason: string): void => transaction.fail(reason);
    const options = {
      request,
      path,
      timers: this.#options.timers,
      config: this.#options.config,
      send: (message: SipRequest) => this.#options.outlet.send(message, path, fail),
      handlers: {
        response: handlers.response.bind(handlers),
        timedOut: handlers.timedOut.bind(handlers),
        transportFailed: handlers.transportFailed.bind(handlers),
        terminated: () => {
          this.#clients.delete(key);
          this.#asked.remove(path.address);
          this.#options.outlet.release(path, fail);
          handlers.terminated?.();
        },
      },
    };
    const transaction: ClientTransaction =
      request.method === 'INVITE'
        ? new InviteClientTransaction(options)
        : new NonInviteClientTransaction(options);
    this.#clients.set(key, transaction);
    this.#asked.add(path.address);
    return transaction;
  }

  /** How many INVITEs were given up a moment ago and may still be answered. */
  get givenUpCount(): number {
    return this.#givenUp.size;
  }

  /** An INVITE of ours was given up without a final response: a 2xx that comes in spite of that is reported. */
  watch(invite: SipRequest, answered: (response: SipResponse) => void): void {
    this.#givenUp.watch(invite, answered);
  }

  /** Sends a message that belongs to no transaction: the ACK of a 2xx. */
  sendDirect(message: SipMessage, path: TransportPath): void {
    this.#options.outlet.send(message, path);
  }

  /** Takes a message from the network. Never throws for what a peer sent. */
  receive(message: SipMessage, arrival: Arrival): void {
    try {
      if (message.kind === 'response') this.#receiveResponse(message, arrival);
      else if (message.method === 'ACK') this.#receiveAck(message, arrival);
      else this.#receiveRequest(message, arrival);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#dropped.malformed += 1;
    }
  }

  #receiveResponse(response: SipResponse, arrival: Arrival): void {
    const transaction = this.#clients.get(clientKey(response));
    if (transaction !== undefined && answersOurs(transaction.request, response)) {
      transaction.receive(response, arrival);
    } else if (this.#givenUp.take(response) === 'stray') this.#dropped.strayResponses += 1;
  }

  #receiveAck(ack: SipRequest, arrival: Arrival): void {
    const invite = this.#servers.get(serverKey(ack, 'INVITE'));
    if (invite instanceof InviteServerTransaction) invite.receiveAck(ack, arrival);
    else this.#options.user.ack(ack, arrival);
  }

  #receiveRequest(request: SipRequest, arrival: Arrival): void {
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      known.receiveAgain();
      return;
    }
    const cancelled =
      request.method === 'CANCEL' ? this.#servers.get(serverKey(request, 'INVITE')) : undefined;
    const admission = cancelled === undefined ? this.#admit(request, arrival) : 'serve';
    if (admission === 'drop') return;
    if (admission !== 'serve') this.#options.outlet.send(admission, arrival.path);
    else if (this.#isMerged(request)) this.#refuseMerged(request, arrival);
    else if (this.#servers.size >= this.#options.maxTransactions) this.#dropped.overload += 1;
    else this.#options.user.request(this.#createServer(key, request, arrival), cancelled);
  }

  /** Whether the same request has come another way, and is being served (RFC 3261 section 8.2.2.2). */
  #isMerged(request: SipRequest): boolean {
    return request.method !== 'CANCEL' && this.#identities.has(identityOf(request) ?? '');
  }

  #refuseMerged(request: SipRequest, arrival: Arrival): void {
    this.#dropped.merged += 1;
    // The tag need not be one that nobody can foretell: no dialog begins.
    const parts = { status: 482, reason: 'Loop Detected', toTag: 'merged' };
    this.#options.outlet.send(responseTo(request, parts), arrival.path);
  }

  #admit(request: SipRequest, arrival: Arrival): Admission {
    return this.#options.user.admit?.(request, arrival) ?? 'serve';
  }

  #createServer(key: string, request: SipRequest, arrival: Arrival): ServerTransaction {
    const identity = request.method === 'CANCEL' ? undefined : identityOf(request);
    if (identity !== undefined) this.#identities.add(identity);
    const options = {
      request,
      arrival,
      timers: this.#options.timers,
      config: this.#options.config,
      // A response that cannot be delivered is repeated by its timer or asked for again by the peer.
      send: (message: SipResponse) => this.#options.outlet.send(message, arrival.path),
      removed: () => {
        this.#servers.delete(key);
        if (identity !== undefined) this.#identities.delete(identity);
      },
    };
    const transaction =
      request.method === 'INVITE'
        ? new InviteServerTransaction(options)
        : new NonInviteServerTransaction(options);
    this.#servers.set(key, transaction);
    return transaction;
  }

  /** Ends all transactions without a word to the network. */
  abandonAll(): void {
    this.#givenUp.clear();
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
    for (const transaction of [...this.#servers.values()]) transaction.abandon();
  }
}

/** What all copies of a request outside dialogs have in common, whatever way they came; undefined within dialogs. */
function identityOf({ headers, method }: SipRequest): string | undefined {
  if (tagOf(headers.get('To')) !== undefined) return undefined;
  const fromTag = tagOf(headers.get('From')) ?? '';
  return [method, headers.get('CSeq'), fromTag, headers.get('Call-ID')].join('|');
}
