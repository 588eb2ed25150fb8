import { InviteClient } from '#protocol/sip';
import type {
  InviteClientHandlers,
  OutgoingRequest,
  RequestContent,
  SipRequest,
} from '#protocol/sip';
import type { ClientLink } from './client-link.ts';
import type { EngineContext } from './context.ts';
import type { LegEndings } from './leg-endings.ts';
import { Leg } from './leg.ts';
import { newDialogId } from './leg-table.ts';
import { cannotCancel, CommandRefused, REFUSAL } from './refusals.ts';

/** A command of a client that is being carried out. */
export interface CommandOf {
  readonly client: ClientLink;
  /** Id of the command. */
  readonly replyTo: string;
}

const CANCEL_RACE = 'ACK-BYE due to cancel race condition';
const ACK_TIMEOUT = 'ACK timeout';
const OWNER_GONE = 'client disconnected';

/** INVITEs of clients: new calls, re-INVITEs, their ACKs and CANCELs. */
export class OutgoingInvites {
  readonly #context: EngineContext;
  readonly #endings: LegEndings;
  /** Requests of the peer that waited for the ACK may go on. */
  readonly #release: (leg: Leg) => void;

  constructor(context: EngineContext, endings: LegEndings, release: (leg: Leg) => void) {
    this.#context = context;
    this.#endings = endings;
    this.#release = release;
  }

  /** Sends the INVITE that begins a leg. */
  place(command: CommandOf, request: SipRequest, nextHop: string): void {
    const { legs, sender } = this.#context;
    const leg = new Leg(newDialogId(request), command.client);
    const outgoing = sender.prepare(request, nextHop);
    const transactionId = this.#announce(command, outgoing);
    const invite = new InviteClient({
      ...this.#context,
      outgoing,
      handlers: this.#placedHandlers(leg, command.client, { transactionId, request }),
    });
    leg.invite = invite;
    legs.add(leg);
    this.#context.outgoing.addInvite(transactionId, { invite, leg });
    invite.start();
  }

  #placedHandlers(
    leg: Leg,
    client: ClientLink,
    sent: { readonly transactionId: string; readonly request: SipRequest },
  ): InviteClientHandlers {
    const { reports, outgoing } = this.#context;
    const { transactionId, request } = sent;
    const ids = { transactionId, dialogId: leg.id };
    return {
      provisional: (response, arrival) => {
        if (response.status > 100) reports.received(client, ids, response, { arrival });
      },
      rejected: (response, arrival) => {
        reports.received(client, ids, response, { arrival });
        this.#endings.remove(leg);
      },
      answered: (dialog, response, arrival) => {
        leg.dialog = dialog;
        this.#context.legs.locate(leg, arrival.path.address);
        this.#context.sessions.confirmed(leg, request, response);
        reports.received(client, ids, response, { arrival });
        // Nobody is left who could use the call or acknowledge it.
        if (!client.isConnected) this.#endings.hangUp(leg, { reason: OWNER_GONE, isTold: false });
      },
      unacknowledged: () => this.#endings.hangUp(leg, { reason: ACK_TIMEOUT, isTold: true }),
      ended: () => {
        outgoing.remove(transactionId);
        leg.invite = undefined;
        if (leg.dialog === undefined) this.#endings.remove(leg);
      },
    };
  }

  /** Sends a re-INVITE; only one of either side may be open at a time (RFC 3261 section 14.1). */
  renegotiate(command: CommandOf, leg: Leg, outgoing: OutgoingRequest): void {
    const transactionId = this.#announce(command, outgoing);
    const { client } = command;
    const handlers = this.#renegotiationHandlers(leg, client, transactionId);
    const { dialog } = leg;
    if (dialog === undefined) return;
    const invite = new InviteClient({
      ...this.#context,
      outgoing,
      within: dialog,
      handlers: {
        ...handlers,
        ended: () => {
          handlers.ended();
          if (leg.reinvite === invite) leg.reinvite = undefined;
        },
      },
    });
    leg.reinvite = invite;
    this.#context.outgoing.addInvite(transactionId, { invite, leg });
    invite.start();
  }

  #renegotiationHandlers(
    leg: Leg,
    client: ClientLink,
    transactionId: string,
  ): InviteClientHandlers {
    const { reports, outgoing } = this.#context;
    const ids = { transactionId, dialogId: leg.id };
    return {
      provisional: (response, arrival) => {
        this.#context.keepAlives.heard(leg);
        if (response.status > 100) reports.received(client, ids, response, { arrival });
      },
      rejected: (response, arrival) => {
        if (arrival !== undefined) this.#context.keepAlives.heard(leg);
        reports.received(client, ids, response, { arrival });
        this.#endings.endIfLost(leg, 'INVITE', response);
      },
      answered: (_dialog, response, arrival) => {
        reports.received(client, ids, response, { arrival });
        if (!client.isConnected) leg.reinvite?.acknowledge();
        if (leg.reinvite !== undefined) {
          this.#context.sessions.confirmed(leg, leg.reinvite.request, response);
        }
      },
      unacknowledged: () => this.#endings.hangUp(leg, { reason: ACK_TIMEOUT, isTold: true }),
      ended: () => outgoing.remove(transactionId),
    };
  }

  /** Tells the client that its request is sent, before anything can be received for it. */
  #announce(command: CommandOf, outgoing: OutgoingRequest): string {
    const transactionId = this.#context.reports.newId();
    const { message: request, path } = outgoing;
    const ids = { replyTo: command.replyTo, transactionId };
    this.#context.reports.requestSent(command.client, ids, { request, path });
    return transactionId;
  }

  /** Acknowledges the 2xx of a leg with what the client put into its ACK. */
  acknowledge(command: CommandOf, leg: Leg, content: Omit<RequestContent, 'method'>): void {
    const { reports } = this.#context;
    const invite = leg.unacknowledged;
    let path: OutgoingRequest['path'];
    const request = invite?.acknowledge(content, (_message, taken) => {
      path = taken;
    });
    if (invite === undefined || request === undefined) {
      throw new CommandRefused(REFUSAL.ackNotNeeded);
    }
    this.#context.sessions.described(leg, content.body);
    const ids = { replyTo: command.replyTo, transactionId: reports.newId() };
    reports.requestSent(command.client, ids, { request, path });
    if (invite.isCancelled && leg.invite === invite) {
      this.#endings.hangUp(leg, { reason: CANCEL_RACE, isTold: true });
    } else if (leg.dialog?.hasTarget === false) {
      // The client cannot make a dialog of a 2xx without Contact, so it does not know the leg.
      this.#endings.hangUp(leg, { reason: 'no Contact in the response', isTold: false });
    } else {
      this.#context.keepAlives.heard(leg);
      this.#release(leg);
    }
  }

  /** Cancels an INVITE; any client may, so that orphans can be ended. */
  cancel(command: CommandOf, transactionId: string, headers: RequestContent['headers']): void {
    const { reports, outgoing } = this.#context;
    const found = outgoing.findInvite(transactionId);
    const isOpen = found?.invite.isPending === true || found?.invite.awaitsAck === true;
    const request = isOpen ? found.invite.cancel([...(headers ?? [])]) : undefined;
    if (request === undefined) throw new CommandRefused(cannotCancel(transactionId));
    const ids = { replyTo: command.replyTo, transactionId: reports.newId() };
    reports.requestSent(command.client, ids, { request, path: found?.invite.path });
  }
}
