import { Fault } from '#domain';
import type { DialRequest, LegIdentity } from '#domain';
import type { ControlConnection, RequestTrace } from './control-connection.ts';
import { inviteHeaders, reasonHeaders } from './invite-headers.ts';
import type { RepeatedInvite } from './invite-headers.ts';
import { repetitionAfter } from './repeat-invite.ts';
import { sdpOf } from './sdp-body.ts';
import { faultOfRefusal, oneLine } from './sip-status-map.ts';
import type { RefusedInvite } from './sip-status-map.ts';
import type { SrfAuth, SrfDialog, SrfError, SrfRequest, SrfResponse } from './srf-types.ts';

/** Hears how an INVITE fares: `onSent`, provisionals, then exactly one of the last three, or nothing at all. */
export interface InviteEvents {
  onSent(identity: LegIdentity): void;
  onProvisional(status: number, sdp: string): void;
  onAnswered(dialog: SrfDialog): void;
  /** The peer is up and perhaps billed, but srf could make no dialog of its answer: somebody has to send BYE. */
  onUnusableAnswer(fault: Fault): void;
  /** `status` is undefined when the INVITE did not leave. */
  onRefused(fault: Fault, status: number | undefined): void;
  /** One of the above threw. */
  onBug(error: unknown): void;
}

/**
 * One INVITE with its digest retry, and with its repetition when the peer wants a longer session interval.
 *
 * @remarks
 * Nothing that srf calls may throw: its frame handler would run again over the same frame. It is used with callbacks
 * and not with promises because a BYE in the same TCP segment as the 200 is handled before a promise goes on; the
 * callback puts the listeners on the dialog in between. srf follows no redirects and sends no late offer here.
 */
export class InviteAttempt {
  readonly #connection: ControlConnection;
  readonly #request: DialRequest;
  readonly #events: InviteEvents;
  readonly #requests: SrfRequest[] = [];
  readonly #txnIds: string[] = [];
  #identity: LegIdentity | undefined;
  /** Of the last `createUAC`, once it is sent; a CANCEL of it reaches its digest retry as well. */
  #current: SrfRequest | undefined;
  #isRepeated = false;
  #cancelled: { readonly reason: string | undefined } | undefined;
  #hasFinal = false;
  #hasRung = false;
  #credentials: RefusedInvite['credentials'];

  constructor(connection: ControlConnection, request: DialRequest, events: InviteEvents) {
    this.#connection = connection;
    this.#request = request;
    this.#events = events;
    this.#credentials = request.auth === undefined ? 'none' : 'unused';
  }

  /** Known once the server has sent the INVITE; a digest retry keeps it. */
  get identity(): LegIdentity | undefined {
    return this.#identity;
  }

  get hasFinal(): boolean {
    return this.#hasFinal;
  }

  /** The peer has sent a provisional response that was passed up; 100 never is. */
  get hasRung(): boolean {
    return this.#hasRung;
  }

  /** The newest transaction. */
  get txnId(): string | undefined {
    return this.#txnIds.at(-1);
  }

  get trace(): RequestTrace {
    return {
      callId: this.#identity?.sipCallId ?? '',
      txnIds: this.#txnIds,
      requests: this.#requests,
    };
  }

  /** Answers challenges with the given login. srf itself answers an INVITE's challenge only once. */
  get auth(): SrfAuth | undefined {
    const { auth } = this.#request;
    if (auth === undefined) return undefined;
    // A function and not an object, so that the password never stands in the options srf prints for debugging.
    return (_request, _response, reply) => reply(null, auth.username, auth.password.reveal());
  }

  send(): void {
    this.#send(undefined);
  }

  #send(repeated: RepeatedInvite | undefined): void {
    const { to, outboundProxy, sdpOffer } = this.#request;
    const { auth } = this;
    const options = {
      localSdp: sdpOffer,
      headers: inviteHeaders(this.#request, repeated),
      ...(outboundProxy === undefined ? {} : { proxy: outboundProxy }),
      ...(auth === undefined ? {} : { auth }),
    };
    const progress = {
      cbRequest: this.#guard((_error: Error | null, request?: SrfRequest) => {
        if (request !== undefined) this.#sent(request);
      }),
      cbProvisional: this.#guard((response: SrfResponse) => {
        this.#hasRung = true;
        this.#events.onProvisional(response.status, sdpOf(response));
      }),
    };
    const settled = this.#guard((error: SrfError | null, dialog?: SrfDialog) => {
      this.#hasFinal = true;
      if (dialog !== undefined) this.#events.onAnswered(dialog);
      else if (error !== null) this.#refused(error);
    });
    try {
      this.#connection.srf.createUAC(to, options, progress, settled);
    } catch (cause) {
      this.#hasFinal = true;
      const detail = 'the control connection is gone';
      this.#events.onRefused(new Fault('SIP_SIGNALLING_LOST', { detail, cause }), undefined);
    }
  }

  /** Sends CANCEL; the server holds it until a provisional response has come. Never throws. */
  cancel(reason: string | undefined): void {
    this.#cancelled = { reason };
    try {
      this.#current?.cancel({ headers: reasonHeaders(reason) }, () => undefined);
    } catch (error) {
      this.#events.onBug(error);
    }
  }

  #guard<Parts extends unknown[]>(run: (...parts: Parts) => void): (...parts: Parts) => void {
    return (...parts) => {
      try {
        run(...parts);
      } catch (error) {
        this.#events.onBug(error);
      }
    };
  }

  #note(request: SrfRequest): void {
    this.#requests.push(request);
    this.#txnIds.push(request.stackTxnId);
  }

  #sent(request: SrfRequest): void {
    this.#note(request);
    this.#current = request;
    request.on(
      'authenticate',
      this.#guard((retry: SrfRequest) => this.#retried(retry)),
    );
    if (this.#identity === undefined) this.#identify(request);
    else if (this.#cancelled !== undefined) this.cancel(this.#cancelled.reason);
  }

  #identify(request: SrfRequest): void {
    const sipCallId = request.get('Call-ID');
    const fromTag = /;\s*tag=([^;\s>,]+)/i.exec(request.get('From') ?? '')?.[1];
    if (sipCallId === undefined || fromTag === undefined) {
      throw new Error('the echo of our INVITE has no Call-ID or no tag');
    }
    this.#identity = { dialogId: `${sipCallId};from-tag=${fromTag}`, sipCallId, fromTag };
    this.#events.onSent(this.#identity);
  }

  #retried(retry: SrfRequest): void {
    this.#credentials = 'sent';
    this.#note(retry);
    // srf moves only its `response` listener to the retry: an early UPDATE would get no answer at all.
    retry.on(
      'update',
      this.#guard((_request: SrfRequest, response: SrfResponse) => {
        response.send(200, { body: this.#request.sdpOffer });
      }),
    );
  }

  #refused(error: SrfError): void {
    const status = error.res?.status;
    if (this.#identity === undefined) {
      this.#events.onRefused(faultOfCommand(error), undefined);
    } else if (error.res === undefined || status === undefined || status < 300) {
      const detail = `${status ?? 200} ${oneLine(error.res?.reason ?? '')}; it makes no dialog`;
      this.#events.onUnusableAnswer(new Fault('SIP_INCOMPATIBLE', { detail, cause: error }));
    } else if (!this.#repeatsAfter(error.res, this.#identity)) {
      this.#events.onRefused(this.#faultOf(error.res, error), status);
    }
  }

  /** Follows a 422 once (RFC 4028 section 7.3). */
  #repeatsAfter(response: SrfResponse, identity: LegIdentity): boolean {
    const repeated = repetitionAfter(response, identity);
    if (repeated === undefined || this.#isRepeated || this.#cancelled !== undefined) return false;
    this.#isRepeated = true;
    this.#hasFinal = false;
    this.#current = undefined;
    this.#send(repeated);
    return true;
  }

  #faultOf(response: SrfResponse, cause: SrfError): Fault {
    const refused: RefusedInvite = {
      status: response.status,
      headers: response.headers,
      isFromNetwork: (response.source_address ?? '') !== '',
      hasRung: this.#hasRung,
      credentials: this.#credentials,
      ...(response.reason === undefined ? {} : { reason: response.reason }),
    };
    return faultOfRefusal(refused, cause);
  }
}

/** The server did not send our INVITE: it says why in words. */
function faultOfCommand(error: SrfError): Fault {
  if (error.code !== 'EDRACHTIO') {
    return new Fault('SIP_SIGNALLING_LOST', { detail: oneLine(error.message), cause: error });
  }
  const detail = `not sent by the signalling server: ${oneLine(error.message)}`;
  return new Fault('SIP_UNREACHABLE', { detail, cause: error });
}
