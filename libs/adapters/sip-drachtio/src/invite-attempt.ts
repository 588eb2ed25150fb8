import { Fault } from '#domain';
import type { DialRequest, LegIdentity } from '#domain';
import type { ControlConnection, RequestTrace } from './control-connection.ts';
import { inviteHeaders, reasonHeaders } from './invite-headers.ts';
import type { RepeatedInvite } from './invite-headers.ts';
import type { LegLogin } from './leg-login.ts';
import { pinnedProxy } from './next-hop.ts';
import { repetitionAfter } from './repeat-invite.ts';
import { sdpOf } from './sdp-body.ts';
import { faultOfRefusal, oneLine } from './sip-status-map.ts';
import type { RefusedInvite } from './sip-status-map.ts';
import type { SrfDialog, SrfError, SrfHeaders, SrfRequest, SrfResponse } from './srf-types.ts';

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

/** What an InviteAttempt needs. */
export interface InviteAttemptOptions {
  readonly connection: ControlConnection;
  readonly request: DialRequest;
  /** Answers challenges; without it they are refusals. */
  readonly login: LegLogin | undefined;
}

/**
 * One INVITE, sent once more for each challenge that the login answers, and when the peer wants a longer session
 * interval.
 *
 * @remarks
 * Nothing that srf calls may throw: its frame handler would run again over the same frame. It is used with callbacks
 * and not with promises because a BYE in the same TCP segment as the 200 is handled before a promise goes on; the
 * callback puts the listeners on the dialog in between. srf follows no redirects and sends no late offer here, so a
 * challenge always comes from where the INVITE went.
 */
export class InviteAttempt {
  readonly #options: InviteAttemptOptions;
  readonly #events: InviteEvents;
  readonly #requests: SrfRequest[] = [];
  readonly #txnIds: string[] = [];
  #identity: LegIdentity | undefined;
  /** The server has sent the newest INVITE. */
  #isOut = false;
  /** Set by the 422 that was followed. */
  #repeated: RepeatedInvite | undefined;
  #hasFinal = false;
  #hasRung = false;
  #canceled: { readonly reason: string | undefined } | undefined;
  #credentials: RefusedInvite['credentials'];

  constructor(options: InviteAttemptOptions, events: InviteEvents) {
    this.#options = options;
    this.#events = events;
    this.#credentials = options.login === undefined ? 'none' : 'unused';
  }

  /** Known once the server has sent the INVITE; an answer to a challenge keeps it. */
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

  send(): void {
    const { request } = this.#options;
    this.#invite(inviteHeaders(request), request.outboundProxy);
  }

  #invite(headers: SrfHeaders, proxy: string | undefined): void {
    const { connection, request } = this.#options;
    this.#isOut = false;
    const options = {
      localSdp: request.sdpOffer,
      headers,
      ...(proxy === undefined ? {} : { proxy }),
    };
    const progress = {
      cbRequest: this.#guard((_error: Error | null, sent?: SrfRequest) => {
        if (sent !== undefined) this.#sent(sent);
      }),
      cbProvisional: this.#guard((response: SrfResponse) => {
        this.#hasRung = true;
        this.#events.onProvisional(response.status, sdpOf(response));
      }),
    };
    const settled = this.#guard((error: SrfError | null, dialog?: SrfDialog) => {
      this.#settled(error, dialog);
    });
    try {
      connection.srf.createUAC(request.to, options, progress, settled);
    } catch (cause) {
      this.#hasFinal = true;
      const detail = 'the control connection is gone';
      this.#events.onRefused(new Fault('SIP_SIGNALLING_LOST', { detail, cause }), undefined);
    }
  }

  /** Sends CANCEL; the server holds it until a provisional response has come. Never throws. */
  cancel(reason: string | undefined): void {
    this.#canceled = { reason };
    // An INVITE that is on its way to the server is canceled when it comes back.
    if (!this.#isOut) return;
    try {
      this.#requests.at(-1)?.cancel({ headers: reasonHeaders(reason) }, () => undefined);
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

  #sent(request: SrfRequest): void {
    this.#requests.push(request);
    this.#txnIds.push(request.stackTxnId);
    this.#isOut = true;
    if (this.#identity !== undefined) {
      if (this.#canceled !== undefined) this.cancel(this.#canceled.reason);
      return;
    }
    const sipCallId = request.get('Call-ID');
    const fromTag = /;\s*tag=([^;\s>,]+)/i.exec(request.get('From') ?? '')?.[1];
    if (sipCallId === undefined || fromTag === undefined) {
      throw new Error('the echo of our INVITE has no Call-ID or no tag');
    }
    this.#identity = { dialogId: `${sipCallId};from-tag=${fromTag}`, sipCallId, fromTag };
    this.#events.onSent(this.#identity);
  }

  #settled(error: SrfError | null, dialog: SrfDialog | undefined): void {
    const challenge = this.#isOut ? error?.res : undefined;
    const headers = challenge === undefined ? undefined : this.#answerTo(challenge);
    if (challenge !== undefined && headers !== undefined) {
      this.#credentials = 'sent';
      this.#invite(headers, pinnedProxy(this.#options.request, challenge));
      return;
    }
    if (challenge !== undefined && this.#repeatsAfter(challenge)) return;
    this.#hasFinal = true;
    if (dialog !== undefined) this.#events.onAnswered(dialog);
    else if (error !== null) this.#refused(error);
  }

  /** The headers of the next INVITE (RFC 3261 section 22.2): same Call-ID, same tag, next CSeq; undefined for none. */
  #answerTo(challenge: SrfResponse): SrfHeaders | undefined {
    const { request, login } = this.#options;
    const last = this.#requests.at(-1);
    const callId = last?.get('Call-ID');
    const from = last?.get('From');
    const cseq = /^\s*(\d{1,10})\s/.exec(last?.get('CSeq') ?? '')?.[1];
    if (this.#canceled !== undefined) return undefined;
    if (callId === undefined || from === undefined || cseq === undefined) return undefined;
    const { to: uri, sdpOffer: body } = request;
    const answers = login?.answer(challenge, { method: 'INVITE', uri, body });
    if (answers === undefined) return undefined;
    const own = { From: from, 'Call-ID': callId, CSeq: `${Number(cseq) + 1} INVITE` };
    return { ...inviteHeaders(request, this.#repeated), ...own, ...answers };
  }

  /** Follows a 422 once (RFC 4028 section 7.3). */
  #repeatsAfter(response: SrfResponse): boolean {
    if (this.#repeated !== undefined || this.#canceled !== undefined) return false;
    if (this.#identity === undefined) return false;
    this.#repeated = repetitionAfter(response, this.#identity);
    if (this.#repeated === undefined) return false;
    const { request, login } = this.#options;
    const { to: uri, sdpOffer: body } = request;
    const answers = login?.known({ method: 'INVITE', uri, body });
    const isPinned = this.#credentials === 'sent';
    this.#invite(
      { ...inviteHeaders(request, this.#repeated), ...answers },
      isPinned ? pinnedProxy(request, response) : request.outboundProxy,
    );
    return true;
  }

  #refused(error: SrfError): void {
    const status = error.res?.status;
    if (!this.#isOut) {
      this.#events.onRefused(faultOfCommand(error), undefined);
    } else if (error.res === undefined || status === undefined || status < 300) {
      const detail = `${status ?? 200} ${oneLine(error.res?.reason ?? '')}; it makes no dialog`;
      this.#events.onUnusableAnswer(new Fault('SIP_INCOMPATIBLE', { detail, cause: error }));
    } else {
      const isGivenUp = this.#canceled !== undefined && this.#credentials === 'unused';
      const isChallenge = status === 401 || status === 407;
      // A challenge that meets our CANCEL is not answered: it ends the INVITE as the CANCEL would have.
      this.#events.onRefused(
        this.#faultOf(error.res, error),
        isGivenUp && isChallenge ? 487 : status,
      );
    }
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
