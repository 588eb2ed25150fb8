import { newTag, responseTo } from '#protocol/sip';
import type { Arrival, ServerTransaction, SipRequest, TransactionUser } from '#protocol/sip';
import type { ClientRoster } from './client-roster.ts';
import type { EngineContext } from './context.ts';
import type { Deliveries } from './deliveries.ts';
import type { LegEndings } from './leg-endings.ts';
import type { Leg } from './leg.ts';
import { isSpeakable, newDialogId } from './leg-table.ts';
import { answerUnserved } from './unserved-requests.ts';

/** Methods that mean nothing outside a dialog. */
const DIALOG_METHODS = new Set(['BYE', 'PRACK', 'UPDATE', 'INFO']);

/** What incoming requests are handled with. */
export interface IncomingRequestsOptions {
  readonly context: EngineContext;
  readonly endings: LegEndings;
  readonly deliveries: Deliveries;
  readonly clients: ClientRoster;
}

/** Requests from the network: finds their leg or a client that wants them, answers the rest. */
export class IncomingRequests implements TransactionUser {
  readonly #options: IncomingRequestsOptions;

  constructor(options: IncomingRequestsOptions) {
    this.#options = options;
  }

  request(transaction: ServerTransaction, cancelled: ServerTransaction | undefined): void {
    const { request } = transaction;
    if (request.method === 'CANCEL') this.#cancel(transaction, cancelled);
    else if (!isSpeakable(newDialogId(request))) this.#refuse(transaction, 400, 'Bad Request');
    else if (hasToTag(request)) this.#receiveWithin(transaction);
    else this.#receiveNew(transaction);
  }

  #cancel(transaction: ServerTransaction, invite: ServerTransaction | undefined): void {
    if (invite === undefined) {
      this.#refuse(transaction, 481, 'Call/Transaction Does Not Exist');
      return;
    }
    this.#refuse(transaction, 200, 'OK');
    this.#options.deliveries.cancelled(invite, transaction);
  }

  #receiveNew(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (DIALOG_METHODS.has(request.method)) {
      this.#refuse(transaction, 481, 'Call/Transaction Does Not Exist');
      return;
    }
    const client = this.#options.clients.next(request.method);
    if (client === undefined) this.#answerOurselves(transaction);
    else if (request.method !== 'INVITE') this.#options.deliveries.deliverNew(transaction, client);
    else if (!request.headers.has('Contact')) this.#refuse(transaction, 400, 'Missing Contact');
    else if (this.#options.context.legs.get(newDialogId(request)) !== undefined) {
      this.#refuse(transaction, 482, 'Loop Detected');
    } else if (!this.#refusesInterval(transaction)) {
      this.#options.deliveries.deliverNew(transaction, client);
    }
  }

  #answerOurselves(transaction: ServerTransaction): void {
    const toTag = newTag(this.#options.context.random);
    transaction.respond(answerUnserved(transaction.request, toTag));
  }

  #receiveWithin(transaction: ServerTransaction): void {
    const { request } = transaction;
    const leg = this.#options.context.legs.find(request);
    if (leg === undefined) {
      this.#refuse(transaction, 481, 'Call/Transaction Does Not Exist');
    } else if (leg.anyDialog?.acceptSequence(request) === false) {
      this.#refuse(transaction, 500, 'CSeq Out of Order');
    } else if (leg.unacknowledged === undefined) this.#passOn(leg, transaction);
    else if (!leg.hold(transaction)) this.#refuse(transaction, 503, 'Service Unavailable', '2');
  }

  /** Lets requests through that waited for the client's ACK. */
  release(leg: Leg): void {
    for (const transaction of leg.takeHeld()) this.#passOn(leg, transaction);
  }

  #passOn(leg: Leg, transaction: ServerTransaction): void {
    const { method } = transaction.request;
    if (!leg.owner.isConnected) this.#answerForOrphan(leg, transaction);
    else if (method === 'PRACK' && !leg.confirm(transaction.request)) {
      this.#refuse(transaction, 481, 'Call/Transaction Does Not Exist');
    } else if (method === 'BYE') {
      this.#options.deliveries.deliverWithin(transaction, leg);
      this.#options.endings.remove(leg);
    } else if (method === 'INVITE' && leg.isNegotiating) this.#refuseGlare(leg, transaction);
    else if (!this.#refusesInterval(transaction))
      this.#options.deliveries.deliverWithin(transaction, leg);
  }

  /** Answers 422 to a session interval that is too short (RFC 4028 section 9). */
  #refusesInterval(transaction: ServerTransaction): boolean {
    const { sessions, random } = this.#options.context;
    const minimum = sessions.tooShortFor(transaction.request);
    if (minimum === undefined) return false;
    const parts = { status: 422, reason: 'Session Interval Too Small', toTag: newTag(random) };
    const response = responseTo(transaction.request, parts);
    response.headers.append('Min-SE', minimum);
    transaction.respond(response);
    return true;
  }

  #answerForOrphan(leg: Leg, transaction: ServerTransaction): void {
    if (transaction.request.method === 'BYE') {
      this.#refuse(transaction, 200, 'OK');
      this.#options.endings.remove(leg);
    } else this.#refuse(transaction, 503, 'Service Unavailable', '5');
  }

  /** Both sides want to change the session at once (RFC 3261 section 14.2). */
  #refuseGlare(leg: Leg, transaction: ServerTransaction): void {
    if (leg.reinvite?.isPending === true) this.#refuse(transaction, 491, 'Request Pending');
    else this.#refuse(transaction, 500, 'Request Pending', '5');
  }

  #refuse(
    transaction: ServerTransaction,
    status: number,
    reason: string,
    retryAfterSeconds?: string,
  ): void {
    const toTag = newTag(this.#options.context.random);
    const response = responseTo(transaction.request, { status, reason, toTag });
    if (retryAfterSeconds !== undefined) response.headers.append('Retry-After', retryAfterSeconds);
    transaction.respond(response);
  }

  ack(ack: SipRequest, arrival: Arrival): void {
    this.#options.context.legs.find(ack)?.answerOf(ack)?.acknowledge(ack, arrival);
  }
}

const hasToTag = (request: SipRequest): boolean =>
  /;\s*tag\s*=/i.test(request.headers.get('To') ?? '');
