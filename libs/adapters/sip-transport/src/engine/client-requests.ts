import { parseCommandMessage } from '#protocol/sip';
import type { FoundRoute, SipMessage, SipRequest } from '#protocol/sip';
import type { CancelCommand, DialogRequestCommand, NewRequestCommand } from '#protocol/drachtio';
import type { ClientLink } from './client-link.ts';
import type { EngineContext } from './context.ts';
import { completeNewRequest, dialogHeaders } from './header-policy.ts';
import type { OwnAddress } from './header-policy.ts';
import type { Leg } from './leg.ts';
import { isSpeakable, newDialogId } from './leg-table.ts';
import type { CommandOf, OutgoingInvites } from './outgoing-invites.ts';
import type { OutgoingRequests } from './outgoing-requests.ts';
import { CommandRefused, REFUSAL, unroutable } from './refusals.ts';

/** What client requests are handed on to. */
export interface ClientRequestsOptions {
  readonly context: EngineContext;
  readonly invites: OutgoingInvites;
  readonly requests: OutgoingRequests;
}

/** Reads the SIP commands of clients, completes them, and refuses what cannot be sent. */
export class ClientRequests {
  readonly #context: EngineContext;
  readonly #invites: OutgoingInvites;
  readonly #requests: OutgoingRequests;

  constructor(options: ClientRequestsOptions) {
    this.#context = options.context;
    this.#invites = options.invites;
    this.#requests = options.requests;
  }

  /** A request outside any dialog. */
  sendNew(client: ClientLink, { id, sip, proxy }: NewRequestCommand): void {
    const command = { client, replyTo: id };
    const sketch = parseCommandMessage(sip);
    if (sketch.kind === 'response') throw new CommandRefused(REFUSAL.transactionIdMissing);
    if (this.#context.isFull()) throw new CommandRefused(REFUSAL.tooBusy);
    const nextHop = proxy === undefined ? sketch.uri : asUri(proxy);
    const found = this.#context.sender.find(nextHop);
    if (found.kind === 'unusable' && found.problem !== 'unsupportedScheme') {
      throw new CommandRefused(unroutable(found.problem, startLineOf(sketch)));
    }
    if (sketch.method === 'ACK') throw new CommandRefused(REFUSAL.ackNotNeeded);
    const own = this.#ownAddress(found);
    const request = completeNewRequest(sketch, own, this.#context.random);
    if (sketch.method === 'INVITE') this.#place(command, request, nextHop);
    else this.#requests.sendOutside(command, this.#context.sender.prepare(request, nextHop));
  }

  #place(command: CommandOf, request: SipRequest, nextHop: string): void {
    const dialogId = newDialogId(request);
    if (this.#context.legs.get(dialogId) !== undefined || !isSpeakable(dialogId)) {
      throw new CommandRefused(REFUSAL.cannotCreateTransaction);
    }
    this.#invites.place(command, request, nextHop);
  }

  /** A request of a leg, by the client that owns it or by any other that knows its dialog id. */
  sendWithin(client: ClientLink, { id, sip, dialogId }: DialogRequestCommand): void {
    const command = { client, replyTo: id };
    const sketch = parseCommandMessage(sip);
    if (sketch.kind === 'response') throw new CommandRefused(REFUSAL.transactionIdMissing);
    const leg = this.#context.legs.get(dialogId);
    if (leg !== undefined && !leg.owner.isConnected) leg.owner = client;
    if (sketch.method === 'ACK') this.#acknowledge(command, leg, sketch);
    else if (leg?.anyDialog === undefined) throw new CommandRefused(REFUSAL.dialogUnknown);
    else if (this.#context.isFull()) throw new CommandRefused(REFUSAL.tooBusy);
    else if (sketch.method === 'PRACK') this.#confirm(command, leg, sketch);
    else this.#sendOnLeg(command, leg, sketch);
  }

  #acknowledge(command: CommandOf, leg: Leg | undefined, sketch: SipRequest): void {
    if (leg === undefined) throw new CommandRefused(REFUSAL.ackNotNeeded);
    const headers = dialogHeaders(sketch, 'ACK', this.#ownAddressOf(leg));
    this.#invites.acknowledge(command, leg, { headers, body: sketch.body });
  }

  /** PRACK: within the early dialog of the response that it acknowledges, once. */
  #confirm(command: CommandOf, leg: Leg, sketch: SipRequest): void {
    const awaited = leg.takePrack(sketch.headers.get('RAck') ?? '');
    if (awaited === undefined) throw new CommandRefused(REFUSAL.prackNotNeeded);
    const { method, body } = sketch;
    const headers = dialogHeaders(sketch, method, this.#ownAddressOf(leg));
    const prack = awaited.dialog.createRequest({ method, headers, body });
    const outgoing = this.#context.sender.prepareWithin(prack);
    this.#requests.confirm(command, leg, { outgoing, awaited });
  }

  #sendOnLeg(command: CommandOf, leg: Leg, sketch: SipRequest): void {
    const { method, body } = sketch;
    const headers = [
      ...dialogHeaders(sketch, method, this.#ownAddressOf(leg)),
      ...this.#context.sessions.headersFor(leg, sketch),
    ];
    // A peer whose 2xx was never acknowledged would not take anything else for valid.
    leg.unacknowledged?.acknowledge();
    const routed = leg.anyDialog?.createRequest({ method, headers, body });
    if (routed === undefined) return;
    const outgoing = this.#context.sender.prepareWithin(routed);
    if (collides(leg, sketch)) {
      this.#requests.answerOurselves(command, { leg, outgoing }, [491, 'Request Pending']);
    } else if (method !== 'INVITE') this.#requests.sendWithin(command, leg, outgoing);
    else this.#invites.renegotiate(command, leg, outgoing);
  }

  /** CANCEL of an INVITE. */
  cancel(client: ClientLink, { id, sip, transactionId }: CancelCommand): void {
    const sketch = parseCommandMessage(sip);
    const own = this.#context.ownAddress({ transport: 'udp' });
    const headers = dialogHeaders(sketch, 'CANCEL', own);
    this.#invites.cancel({ client, replyTo: id }, transactionId, headers);
  }

  #ownAddress(found: FoundRoute): OwnAddress {
    if (found.kind === 'path') return this.#context.ownAddress(found.path);
    const transport = found.kind === 'name' ? found.transport : 'udp';
    return this.#context.ownAddress({ transport });
  }

  #ownAddressOf(leg: Leg): OwnAddress {
    const target = leg.anyDialog?.target;
    const found: FoundRoute =
      target === undefined
        ? { kind: 'unusable', problem: 'invalidUri' }
        : this.#context.sender.find(target);
    return this.#ownAddress(found);
  }
}

/** Whether a new offer of the client would meet another that is not answered (RFC 3261 14.1, RFC 3311 5.1). */
function collides(leg: Leg, { method, body }: SipRequest): boolean {
  if (method === 'INVITE') return leg.isNegotiating || leg.dialog === undefined;
  return method === 'UPDATE' && body.length > 0 && leg.isOfferOpen;
}

/** drachtio-srf passes `proxy` on as the application gave it, `host:port` included. */
const asUri = (proxy: string): string => (/^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`);

const startLineOf = (message: SipMessage): string =>
  message.kind === 'request' ? `${message.method} ${message.uri} SIP/2.0` : 'a response';
