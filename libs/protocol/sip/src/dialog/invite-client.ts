import type { RandomSource, Timer, Timers } from '#foundation';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { buildCancel } from '../transaction/follow-up-request.ts';
import { responseTo } from '../transaction/response-to.ts';
import { giveUpMs } from '../transaction/timer-values.ts';
import type { SipTimerConfig } from '../transaction/timer-values.ts';
import { tagOf } from '../transaction/transaction-key.ts';
import type { Arrival, TransportPath } from '../transaction/transport-path.ts';
import { Dialog, sequenceOf } from './dialog.ts';
import type { RequestContent } from './dialog.ts';
import { EarlyDialogs } from './early-dialogs.ts';
import type { AwaitedPrack } from './early-dialogs.ts';
import { ForkedAnswers } from './forked-answers.ts';
import { ForsakenInvites } from './forsaken-invites.ts';
import { newTag } from './identifiers.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { RequestSender } from './request-sender.ts';
import { undeliveredStatus } from './undelivered-status.ts';
import { unroutableStatus } from './unroutable-status.ts';

/** What the user of an outgoing INVITE hears. Nothing is called after `ended`. */
export interface InviteClientHandlers {
  /** A provisional response, 100 included. */
  provisional(response: SipResponse, arrival: Arrival): void;
  /** The final failure; made up here (408, 487, 503) when `arrival` is missing. */
  rejected(response: SipResponse, arrival: Arrival | undefined): void;
  /** The first 2xx. It has to be acknowledged with `acknowledge`. */
  answered(dialog: Dialog, response: SipResponse, arrival: Arrival): void;
  /** The 2xx has not been acknowledged for 64*T1: the peer has given up on it. */
  unacknowledged(): void;
  /** Nothing more will come; always the last call, and made exactly once. */
  ended(): void;
}

/** What an outgoing INVITE works with. */
export interface InviteClientOptions {
  readonly outgoing: OutgoingRequest;
  readonly sender: RequestSender;
  readonly timers: Timers;
  readonly config: SipTimerConfig;
  readonly random: RandomSource;
  readonly handlers: InviteClientHandlers;
  /** The dialog of a re-INVITE; absent for the INVITE that begins one. */
  readonly within?: Dialog;
}

type State = 'pending' | 'rejected' | 'answered' | 'ended';

interface SentAck {
  readonly message: SipRequest;
  readonly path: TransportPath;
}

/**
 * The caller's side of one INVITE, the first of a call or a re-INVITE (RFC 3261 sections 13.2 and 14.1):
 * early dialogs, forks, the ACK and its repetition, CANCEL and its races.
 *
 * - A CANCEL is held back until a provisional response shows that the INVITE arrived (section 9.1).
 * - A 2xx that crosses the CANCEL wins; `isCancelled` then tells the user to hang up after the ACK.
 * - No final response 64*T1 after the CANCEL: the INVITE is taken for cancelled, a 487 is made up.
 * - Reliable provisional responses are reported in order and once; each may be given one PRACK (RFC 3262).
 * - A target that was left for the next one and answers after all is cancelled, or acknowledged and hung up.
 * - A 2xx that comes after a final response was made up is acknowledged and hung up.
 * - A 2xx from a second fork is acknowledged and hung up here; the user never sees it.
 */
export class InviteClient {
  readonly #options: InviteClientOptions;
  readonly #early: EarlyDialogs;
  readonly #forks: ForkedAnswers;
  #state: State = 'pending';
  #cancel: { headers: readonly (readonly [string, string])[]; isSent: boolean } | undefined;
  #cancelTimer: Timer | undefined;
  #dialog: Dialog | undefined;
  #ack: SentAck | undefined;
  #isAcknowledged = false;

  constructor(options: InviteClientOptions) {
    this.#options = options;
    this.#early = new EarlyDialogs(options.within);
    this.#forks = new ForkedAnswers(options.sender);
  }

  /** The INVITE as sent; without Via as long as its path is unknown. */
  get request(): SipRequest {
    return this.#options.outgoing.message;
  }

  /** The path the INVITE goes; undefined as long as a name has to be looked up. */
  get path(): TransportPath | undefined {
    return this.#options.outgoing.path;
  }

  /** Whether a final response is still to come. */
  get isPending(): boolean {
    return this.#state === 'pending';
  }

  /** Whether a 2xx waits for its ACK. */
  get awaitsAck(): boolean {
    return this.#state === 'answered' && !this.#isAcknowledged;
  }

  /** Whether `cancel` was called, in time or too late. */
  get isCancelled(): boolean {
    return this.#cancel !== undefined;
  }

  /** The dialog of the 2xx, or of the latest provisional response with a tag. */
  get dialog(): Dialog | undefined {
    return this.#dialog ?? this.#early.all.at(-1);
  }

  /** All dialogs that provisional responses have begun. */
  get earlyDialogs(): readonly Dialog[] {
    return this.#early.all;
  }

  /**
   * Whether the offer and answer of this INVITE are still being exchanged (RFC 3264), so that no other offer may be
   * made. A reliable provisional response with a description and its PRACK complete the exchange before the 2xx.
   */
  get isOfferOpen(): boolean {
    return (this.isPending || this.awaitsAck) && !this.#early.isAgreed;
  }

  start(): void {
    const forsaken = new ForsakenInvites(this.#options.sender, this.#forks);
    this.#options.outgoing.start({
      response: (response, arrival) => this.#receive(response, arrival),
      timedOut: () => this.#makeUp(408, 'Request Timeout'),
      transportFailed: (failure) => this.#makeUp(...undeliveredStatus(failure)),
      unroutable: (problem) => this.#makeUp(...unroutableStatus(problem)),
      terminated: () => this.#end(),
      late: (response, attempt) => forsaken.receive(response, attempt),
    });
  }

  #receive(response: SipResponse, arrival: Arrival): void {
    if (response.status < 200) this.#receiveProvisional(response, arrival);
    else if (response.status < 300) this.#receiveSuccess(response, arrival);
    else this.#reject(response, arrival);
  }

  #receiveProvisional(response: SipResponse, arrival: Arrival): void {
    if (this.#state !== 'pending') return;
    this.#sendHeldCancel();
    if (!this.#early.take(this.request, response, this.path?.serverName)) return;
    this.#options.handlers.provisional(response, arrival);
  }

  /**
   * Takes a PRACK that is about to be sent.
   *
   * @param rack The value of its RAck header.
   * @returns undefined when no reliable provisional response to this INVITE waits for it.
   */
  acknowledgeProvisional(rack: string): AwaitedPrack | undefined {
    return this.#early.acknowledge(rack);
  }

  #receiveSuccess(response: SipResponse, arrival: Arrival): void {
    if (this.#state === 'answered') {
      this.#receiveFurtherSuccess(response);
      return;
    }
    if (this.#state !== 'pending') return;
    this.#state = 'answered';
    this.#cancelTimer?.cancel();
    this.#dialog = this.#dialogOf(response);
    this.#options.handlers.answered(this.#dialog, response, arrival);
  }

  #dialogOf(response: SipResponse): Dialog {
    const { within } = this.#options;
    if (within !== undefined) {
      within.refreshTarget(response);
      return within;
    }
    const dialog = this.#early.confirm(response) ?? Dialog.asCaller(this.request, response);
    dialog.serverName = this.path?.serverName;
    return dialog;
  }

  /** A repetition: its ACK was lost. Or another fork that answered as well. */
  #receiveFurtherSuccess(response: SipResponse): void {
    const tag = tagOf(response.headers.get('To')) ?? '';
    if (this.#options.within === undefined && tag !== this.#dialog?.remoteTag) {
      this.#forks.refuse(this.request, response, this.#options.outgoing.path);
    } else if (this.#ack !== undefined) {
      this.#options.sender.sendAgain(this.#ack.message, this.#ack.path);
    }
  }

  #reject(response: SipResponse, arrival: Arrival | undefined): void {
    if (this.#state !== 'pending') return;
    this.#state = 'rejected';
    this.#cancelTimer?.cancel();
    this.#options.handlers.rejected(response, arrival);
  }

  #makeUp(status: number, reason: string): void {
    if (this.#state !== 'pending') return;
    const { outgoing, sender, within, random } = this.#options;
    if (outgoing.isSent && within === undefined) {
      sender.watchGivenUp(this.request, (response) =>
        this.#forks.refuse(this.request, response, outgoing.path),
      );
    }
    const toTag = newTag(random);
    this.#reject(responseTo(this.request, { status, reason, toTag }), undefined);
  }

  /**
   * Acknowledges the 2xx. The ACK carries the credentials of the INVITE (RFC 3261 section 13.2.2.4) and is
   * repeated for every repetition of the 2xx.
   *
   * @param sent Called when the ACK goes out, which is later when a name has to be looked up first.
   * @returns the ACK, without Via as long as its path is unknown; undefined when no 2xx waits for one.
   */
  acknowledge(
    content: Omit<RequestContent, 'method'> = {},
    sent: (message: SipRequest, path: TransportPath) => void = () => undefined,
  ): SipRequest | undefined {
    if (!this.awaitsAck || this.#dialog === undefined) return undefined;
    this.#isAcknowledged = true;
    const headers = [...credentialsOf(this.request), ...(content.headers ?? [])];
    const ack = this.#dialog.createAck(sequenceOf(this.request), { ...content, headers });
    let result = ack.request;
    this.#options.sender.sendAck(ack, this.#options.outgoing.path, (message, path) => {
      this.#ack = { message, path };
      result = message;
      sent(message, path);
    });
    return result;
  }

  /**
   * Asks the peer to give the INVITE up.
   *
   * @param headers Further headers of the CANCEL, such as Reason.
   * @returns the CANCEL as it is sent now or later; undefined when the INVITE has failed already.
   */
  cancel(headers: readonly (readonly [string, string])[] = []): SipRequest | undefined {
    if (this.#state === 'rejected' || this.#state === 'ended') return undefined;
    this.#cancel ??= { headers, isSent: false };
    this.#options.outgoing.stay();
    const cancel = buildCancel(this.request, this.#cancel.headers);
    if (this.#options.outgoing.isSent) this.#sendHeldCancel();
    else this.terminate();
    return cancel;
  }

  #sendHeldCancel(): void {
    const path = this.#options.outgoing.path;
    const cancel = this.#cancel;
    if (cancel === undefined || cancel.isSent || path === undefined) return;
    if (this.#state !== 'pending' || !this.#options.outgoing.isAnswered) return;
    cancel.isSent = true;
    this.#options.sender.startOnPath(buildCancel(this.request, cancel.headers), path, {
      response: () => undefined,
      timedOut: () => undefined,
      transportFailed: () => undefined,
    });
    this.#cancelTimer = this.#options.timers.after(giveUpMs(this.#options.config), () =>
      this.terminate(),
    );
  }

  /**
   * Stops waiting for the peer: a 487 is made up if the final response is still to come. An INVITE that has failed goes
   * on acknowledging its failure.
   */
  terminate(): void {
    if (this.#state === 'rejected') return;
    this.#makeUp(487, 'Request Terminated');
    this.abandon();
  }

  /** Ends at once, without a word to the network; only `ended` is reported. */
  abandon(): void {
    this.#state = this.#state === 'pending' ? 'rejected' : this.#state;
    this.#isAcknowledged = true;
    this.#options.outgoing.abandon();
  }

  #end(): void {
    if (this.#state === 'ended') return;
    const wasAwaitingAck = this.awaitsAck;
    if (wasAwaitingAck) this.#options.handlers.unacknowledged();
    this.#state = 'ended';
    this.#cancelTimer?.cancel();
    this.#options.handlers.ended();
  }
}

function* credentialsOf(invite: SipRequest): Generator<readonly [string, string]> {
  for (const name of ['Authorization', 'Proxy-Authorization']) {
    for (const value of invite.headers.getAll(name)) yield [name, value];
  }
}
