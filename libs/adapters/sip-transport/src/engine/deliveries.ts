import {
  Dialog,
  giveUpMs,
  InviteAnswer,
  isReliableProvisional,
  newTag,
  parseCommandMessage,
  responseTo,
  supportsReliableProvisionals,
} from '#protocol/sip';
import type { ServerTransaction, SipResponse } from '#protocol/sip';
import type { RespondCommand } from '#protocol/drachtio';
import type { ClientLink } from './client-link.ts';
import type { EngineContext } from './context.ts';
import { IncomingTable } from './incoming-table.ts';
import type { IncomingEntry } from './incoming-table.ts';
import type { LegEndings } from './leg-endings.ts';
import { Leg } from './leg.ts';
import { newDialogId } from './leg-table.ts';
import { CommandRefused, REFUSAL } from './refusals.ts';
import { completeResponse } from './response-policy.ts';

/** How long a call may ring at a client, in milliseconds; each provisional response starts it anew. */
const RING_LIMIT_MS = 200_000;
const ACK_TIMEOUT = 'ACK timeout';

/** Requests of peers on their way to clients, and the clients' responses on their way back. */
export class Deliveries {
  readonly #context: EngineContext;
  readonly #endings: LegEndings;
  readonly #incoming = new IncomingTable();

  constructor(context: EngineContext, endings: LegEndings) {
    this.#context = context;
    this.#endings = endings;
  }

  /** Requests that wait for a client's final response. */
  get count(): number {
    return this.#incoming.size;
  }

  /** How many responses one client still owes. */
  owedBy(client: ClientLink): number {
    return this.#incoming.of(client).length;
  }

  /** Hands a request outside dialogs to a client. */
  deliverNew(transaction: ServerTransaction, client: ClientLink): void {
    this.#deliver(transaction, client, undefined);
  }

  /** Hands a request of a leg to its owner. */
  deliverWithin(transaction: ServerTransaction, leg: Leg): void {
    this.#deliver(transaction, leg.owner, leg);
  }

  #deliver(transaction: ServerTransaction, client: ClientLink, leg: Leg | undefined): void {
    const { request, arrival } = transaction;
    const transactionId = this.#context.reports.newId();
    const isInvite = request.method === 'INVITE';
    const entry: IncomingEntry = {
      transaction,
      client,
      leg,
      toTag: newTag(this.#context.random),
      answer: isInvite ? this.#createAnswer(transaction, () => entry.leg) : undefined,
      timer: undefined,
    };
    if (leg !== undefined && request.method === 'UPDATE') leg.peerUpdate = transaction;
    if (!isInvite) transaction.listen({ terminated: () => this.#incoming.remove(transactionId) });
    if (entry.answer !== undefined) {
      leg?.addAnswer(entry.answer);
      transaction.respond(responseTo(request, { status: 100, reason: 'Trying' }));
    }
    this.#incoming.add(transactionId, entry);
    this.#limit(transactionId, entry, giveUpMs(this.#context.config));
    const ids = { transactionId, dialogId: leg?.id ?? '' };
    const isOutsideDialog = leg === undefined;
    this.#context.reports.received(client, ids, request, { arrival, isOutsideDialog });
  }

  #createAnswer(transaction: ServerTransaction, leg: () => Leg | undefined): InviteAnswer {
    const answer: InviteAnswer = new InviteAnswer({
      ...this.#context,
      transaction,
      handlers: {
        acknowledged: (ack, arrival) => {
          const owned = leg();
          owned?.removeAnswer(answer);
          if (owned !== undefined) this.#context.keepAlives.heard(owned);
          const ids = { transactionId: this.#context.reports.newId(), dialogId: owned?.id ?? '' };
          this.#context.reports.received(owned?.owner, ids, ack, { arrival });
        },
        unconfirmed: () => this.#refuseUnconfirmed(transaction),
        unacknowledged: () => {
          const unheard = leg();
          if (unheard !== undefined) {
            this.#endings.hangUp(unheard, { reason: ACK_TIMEOUT, isTold: true });
          }
        },
        ended: () => {
          leg()?.removeAnswer(answer);
          const found = this.#incoming.find(transaction);
          if (found !== undefined) this.#incoming.remove(found[0]);
        },
      },
    });
    return answer;
  }

  /** Nobody acknowledged a reliable provisional response (RFC 3262 section 3). */
  #refuseUnconfirmed(transaction: ServerTransaction): void {
    const found = this.#incoming.find(transaction);
    if (found === undefined) return;
    const [transactionId, entry] = found;
    const parts = { status: 504, reason: 'No PRACK', toTag: entry.toTag };
    this.#send(transactionId, entry, responseTo(transaction.request, parts));
  }

  /** Gives the client so long for its next response. */
  #limit(transactionId: string, entry: IncomingEntry, limitMs: number): void {
    entry.timer?.cancel();
    entry.timer = this.#context.timers.after(limitMs, () => {
      const parts = { status: 500, reason: 'No Answer', toTag: entry.toTag };
      this.#send(transactionId, entry, responseTo(entry.transaction.request, parts));
    });
  }

  /** Sends the response of a client. */
  respond(client: ClientLink, { id, sip, transactionId }: RespondCommand): void {
    const { reports } = this.#context;
    const entry = this.#incoming.get(transactionId);
    const sketch = parseCommandMessage(sip);
    if (entry === undefined || sketch.kind === 'request') {
      throw new CommandRefused(REFUSAL.responseNotSent);
    }
    const { request, arrival } = entry.transaction;
    if (isReliableProvisional(sketch) && !supportsReliableProvisionals(request)) {
      throw new CommandRefused(REFUSAL.reliabilityUnsupported);
    }
    const response = completeResponse(request, sketch, {
      ...this.#context.ownAddress(arrival.path),
      toTag: entry.toTag,
    });
    this.#send(transactionId, entry, response);
    const dialogId = request.method === 'BYE' ? '' : (entry.leg?.id ?? '');
    reports.responseSent(client, { replyTo: id, transactionId, dialogId }, { response, arrival });
  }

  #send(transactionId: string, entry: IncomingEntry, response: SipResponse): void {
    const { transaction, answer } = entry;
    if (response.status >= 200) this.#incoming.remove(transactionId);
    else this.#limit(transactionId, entry, RING_LIMIT_MS);
    if (answer === undefined) {
      if (transaction.request.method === 'UPDATE' && isSuccess(response)) {
        entry.leg?.dialogOf(transaction.request)?.refreshTarget(transaction.request);
      }
      this.#agreeSession(entry, response);
      transaction.respond(response);
      return;
    }
    this.#noteDialog(entry, response);
    this.#agreeSession(entry, response);
    answer.respond(response);
  }

  #agreeSession({ leg, transaction }: IncomingEntry, response: SipResponse): void {
    if (leg !== undefined) this.#context.sessions.accepting(leg, transaction.request, response);
  }

  /** A response to INVITE begins, confirms, refreshes or ends a dialog. */
  #noteDialog(entry: IncomingEntry, response: SipResponse): void {
    const { request } = entry.transaction;
    if (entry.leg?.dialog !== undefined) {
      if (isSuccess(response)) entry.leg.dialog.refreshTarget(request);
    } else if (response.status >= 300) {
      this.#dropEarlyLeg(entry);
    } else if (response.status > 100) {
      entry.leg ??= this.#beginLeg(entry);
      entry.leg.early ??= Dialog.asCallee(request, response);
      if (isSuccess(response)) this.#confirmLeg(entry.leg, entry.transaction);
    }
  }

  #confirmLeg(leg: Leg, { arrival }: ServerTransaction): void {
    leg.dialog = leg.early;
    this.#context.legs.locate(leg, arrival.path.address);
  }

  #dropEarlyLeg({ leg, answer }: IncomingEntry): void {
    if (leg === undefined) return;
    // Its response is on the way: no 487 in its place.
    if (answer !== undefined) leg.removeAnswer(answer);
    this.#endings.remove(leg);
  }

  #beginLeg({ transaction, client, answer }: IncomingEntry): Leg {
    const leg = new Leg(newDialogId(transaction.request), client);
    this.#context.legs.add(leg);
    if (answer !== undefined) leg.addAnswer(answer);
    return leg;
  }

  /** The peer takes an INVITE back: it gets its 487, the client hears of it. */
  cancelled(invite: ServerTransaction, cancel: ServerTransaction): void {
    if (invite.isAnswered) return;
    const found = this.#incoming.find(invite);
    if (found === undefined) return;
    const [transactionId, entry] = found;
    const ids = { transactionId, dialogId: '' };
    this.#context.reports.received(entry.client, ids, cancel.request, { arrival: cancel.arrival });
    const parts = { status: 487, reason: 'Request Terminated', toTag: entry.toTag };
    this.#send(transactionId, entry, responseTo(invite.request, parts));
  }

  /** Answers in the place of a client that will not come back. */
  giveUp(client: ClientLink): void {
    for (const { transaction } of this.#incoming.of(client)) {
      const found = this.#incoming.find(transaction);
      if (found === undefined) continue;
      const [transactionId, entry] = found;
      const parts = { status: 480, reason: 'Temporarily Unavailable', toTag: entry.toTag };
      this.#send(transactionId, entry, responseTo(transaction.request, parts));
    }
  }
}

const isSuccess = (response: SipResponse): boolean =>
  response.status >= 200 && response.status < 300;
