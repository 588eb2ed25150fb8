import { endsCall, newTag, responseTo, undeliveredStatus, unroutableStatus } from '#protocol/sip';
import type { AwaitedPrack, OutgoingHandlers, OutgoingRequest, SipResponse } from '#protocol/sip';
import type { Arrival } from '#protocol/sip';
import type { EngineContext } from './context.ts';
import type { LegEndings } from './leg-endings.ts';
import type { Leg } from './leg.ts';
import type { CommandOf } from './outgoing-invites.ts';

type FinalHandler = (response: SipResponse) => void;

/** Requests of clients other than INVITE, outside dialogs and within. */
export class OutgoingRequests {
  readonly #context: EngineContext;
  readonly #endings: LegEndings;

  constructor(context: EngineContext, endings: LegEndings) {
    this.#context = context;
    this.#endings = endings;
  }

  /** Sends a request outside any dialog: OPTIONS, REGISTER, MESSAGE ... */
  sendOutside(command: CommandOf, outgoing: OutgoingRequest): void {
    this.#send(command, outgoing, { leg: undefined, final: () => undefined });
  }

  /** Sends a request of a leg. */
  sendWithin(command: CommandOf, leg: Leg, outgoing: OutgoingRequest): void {
    const { method } = outgoing.message;
    if (method === 'BYE') leg.isEnding = true;
    if (method === 'UPDATE' && outgoing.message.body.length > 0) leg.openUpdate = outgoing;
    this.#send(command, outgoing, {
      leg,
      final: (response) => {
        if (leg.openUpdate === outgoing) leg.openUpdate = undefined;
        if (method === 'BYE') this.#afterBye(command, leg, outgoing, response);
        else if (method === 'UPDATE' && response.status < 300) {
          this.#afterUpdate(leg, outgoing, response);
        } else this.#endings.endIfLost(leg, method, response);
      },
    });
  }

  /** Sends the PRACK of a reliable provisional response. */
  confirm(
    command: CommandOf,
    leg: Leg,
    { outgoing, awaited }: { readonly outgoing: OutgoingRequest; readonly awaited: AwaitedPrack },
  ): void {
    const { body } = outgoing.message;
    this.#send(command, outgoing, {
      leg,
      final: ({ status }) => {
        if (status < 300) this.#context.sessions.described(leg, body);
        else awaited.reopen();
      },
    });
  }

  #afterUpdate(leg: Leg, { message }: OutgoingRequest, response: SipResponse): void {
    leg.anyDialog?.refreshTarget(response);
    this.#context.sessions.confirmed(leg, message, response);
  }

  /** Any answer to a BYE ends the leg, but for the question who we are. */
  #afterBye(command: CommandOf, leg: Leg, bye: OutgoingRequest, response: SipResponse): void {
    if (!endsCall('BYE', response.status)) {
      leg.isEnding = false;
      return;
    }
    if (leg.owner !== command.client) {
      const { message: request, path } = bye;
      this.#context.reports.unsolicited(leg.owner, leg.id, { request, path });
    }
    this.#endings.remove(leg);
  }

  /** Answers a client's request in the place of the peer. */
  answerOurselves(
    command: CommandOf,
    refused: { readonly leg: Leg; readonly outgoing: OutgoingRequest },
    status: readonly [number, string],
  ): void {
    const transactionId = this.#announce(command, refused.outgoing);
    const ids = { transactionId, dialogId: refused.leg.id };
    const response = this.#makeUp(refused.outgoing, status);
    this.#context.reports.received(command.client, ids, response);
  }

  #announce(command: CommandOf, outgoing: OutgoingRequest): string {
    const transactionId = this.#context.reports.newId();
    const { message: request, path } = outgoing;
    const ids = { replyTo: command.replyTo, transactionId };
    this.#context.reports.requestSent(command.client, ids, { request, path });
    return transactionId;
  }

  #send(
    command: CommandOf,
    outgoing: OutgoingRequest,
    purpose: { readonly leg: Leg | undefined; readonly final: FinalHandler },
  ): void {
    const transactionId = this.#announce(command, outgoing);
    const { leg } = purpose;
    const ids = { transactionId, dialogId: leg?.id ?? '' };
    this.#context.outgoing.add(transactionId);
    const received = (response: SipResponse, arrival?: Arrival): void => {
      if (leg !== undefined && arrival !== undefined) this.#context.keepAlives.heard(leg);
      if (response.status > 100) {
        this.#context.reports.received(command.client, ids, response, { arrival });
      }
      if (response.status < 200) return;
      this.#context.outgoing.remove(transactionId);
      purpose.final(response);
    };
    outgoing.start(this.#handlers(outgoing, received, transactionId));
  }

  #handlers(
    outgoing: OutgoingRequest,
    received: (response: SipResponse, arrival?: Arrival) => void,
    transactionId: string,
  ): OutgoingHandlers {
    const makeUp = (...status: readonly [number, string]): void =>
      received(this.#makeUp(outgoing, status));
    return {
      response: received,
      timedOut: () => makeUp(408, 'Request Timeout'),
      transportFailed: (failure) => makeUp(...undeliveredStatus(failure)),
      unroutable: (problem) => makeUp(...unroutableStatus(problem)),
      terminated: () => this.#context.outgoing.remove(transactionId),
    };
  }

  #makeUp(outgoing: OutgoingRequest, [status, reason]: readonly [number, string]): SipResponse {
    const toTag = newTag(this.#context.random);
    return responseTo(outgoing.message, { status, reason, toTag });
  }
}
