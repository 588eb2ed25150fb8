import { newTag, responseTo } from '#protocol/sip';
import type {
  Admission,
  Arrival,
  ServerTransaction,
  SipRequest,
  TransactionUser,
} from '#protocol/sip';
import type { ClientRoster } from './client-roster.ts';
import type { EngineContext } from './context.ts';
import type { Deliveries } from './deliveries.ts';
import type { LegEndings } from './leg-endings.ts';
import type { Leg } from './leg.ts';
import { hasToTag } from './reception.ts';
import type { Reception } from './reception.ts';

/** RFC 3261 section 14.2: between 0 and 10 seconds. */
const MAX_RETRY_SECONDS = 10;

/** What incoming requests are handled with. */
export interface IncomingRequestsOptions {
  readonly context: EngineContext;
  readonly endings: LegEndings;
  readonly deliveries: Deliveries;
  readonly clients: ClientRoster;
  readonly reception: Reception;
}

/** Requests from the network: finds their leg or the client that gets them. */
export class IncomingRequests implements TransactionUser {
  readonly #options: IncomingRequestsOptions;

  constructor(options: IncomingRequestsOptions) {
    this.#options = options;
  }

  admit(request: SipRequest, arrival: Arrival): Admission {
    return this.#options.reception.admit(request, arrival);
  }

  request(transaction: ServerTransaction, cancelled: ServerTransaction | undefined): void {
    const { request } = transaction;
    if (cancelled !== undefined) {
      this.#refuse(transaction, 200, 'OK');
      this.#options.deliveries.cancelled(cancelled, transaction);
      return;
    }
    const leg = hasToTag(request) ? this.#options.context.legs.find(request) : undefined;
    if (leg !== undefined) this.#receiveWithin(leg, transaction);
    else if (!this.#refusesInterval(transaction)) this.#deliverNew(transaction);
  }

  #deliverNew(transaction: ServerTransaction): void {
    const client = this.#options.clients.next(transaction.request.method);
    if (client !== undefined) this.#options.deliveries.deliverNew(transaction, client);
  }

  #receiveWithin(leg: Leg, transaction: ServerTransaction): void {
    const { request } = transaction;
    this.#options.context.keepAlives.heard(leg);
    if (leg.dialogOf(request)?.acceptSequence(request) === false) {
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
    } else if (mustWait(leg, transaction)) this.#refuseGlare(leg, transaction);
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

  /** Both sides want to change the session at once (RFC 3261 section 14.2, RFC 3311 section 5.2). */
  #refuseGlare(leg: Leg, transaction: ServerTransaction): void {
    if (leg.isOurOfferOpen && !leg.hasUnansweredUpdate) {
      this.#refuse(transaction, 491, 'Request Pending');
      return;
    }
    const retrySeconds = this.#options.context.random.below(MAX_RETRY_SECONDS + 1);
    this.#refuse(transaction, 500, 'Request Pending', String(retrySeconds));
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
    const leg = this.#options.context.legs.find(ack);
    if (leg === undefined) this.#options.reception.noteStrayAck();
    leg?.answerOf(ack)?.acknowledge(ack, arrival);
  }
}

/** Whether an INVITE or UPDATE collides with another one that is still to be answered. */
function mustWait(leg: Leg, { request }: ServerTransaction): boolean {
  if (request.method === 'INVITE') return leg.isNegotiating;
  if (request.method !== 'UPDATE') return false;
  return leg.hasUnansweredUpdate || (request.body.length > 0 && leg.isOfferOpen);
}
