import { Fault } from '#domain';
import type { DialRequest, LegIdentity } from '#domain';
import type { DigestRequest } from '#protocol/digest';
import type { ControlConnection, RequestTrace } from './control-connection.ts';
import { inviteHeaders, reasonHeaders } from './invite-headers.ts';
import type { LegLogin } from './leg-login.ts';
import { isCertified, pinnedProxy } from './next-hop.ts';
import type { Route } from './next-hop.ts';
import { RedirectTrail } from './redirect-trail.ts';
import { identityAfter, wantedInterval } from './repeat-invite.ts';
import { faultOfRefusal, oneLine } from './sip-status-map.ts';
import type { RefusedInvite } from './sip-status-map.ts';
import type { SrfDialog, SrfError, SrfHeaders, SrfRequest, SrfResponse } from './srf-types.ts';

/** Hears how an INVITE fares: `onSent`, provisionals, then exactly one of the last three, or nothing at all. */
export interface InviteEvents {
  onSent(identity: LegIdentity): void;
  onProvisional(response: SrfResponse): void;
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
 * One INVITE, sent once more for each challenge that the login answers, for each redirect that may be followed, and
 * when the peer wants a longer session interval.
 *
 * @remarks
 * Nothing that srf calls may throw: its frame handler would run again over the same frame. It is used with callbacks
 * and not with promises because a BYE in the same TCP segment as the 200 is handled before a promise goes on; the
 * callback puts the listeners on the dialog in between. srf itself follows no redirects and sends no late offer here.
 *
 * A challenge is answered to the host that it came from, and a further one only when that host asks again. On TLS it
 * is the certificate that says who asks.
 */
export class InviteAttempt {
  readonly #options: InviteAttemptOptions;
  readonly #events: InviteEvents;
  readonly #requests: SrfRequest[] = [];
  readonly #txnIds: string[] = [];
  #identity: LegIdentity | undefined;
  /** The server has sent the newest INVITE. */
  #isOut = false;
  /** Where the newest INVITE went. */
  #target: string;
  readonly #trail: RedirectTrail;
  /** Who has been answered at that target. */
  #answeredTo: string | undefined;
  /** Asked for by the 422 that was followed. */
  #sessionSeconds: number | undefined;
  #hasFinal = false;
  #hasRung = false;
  #canceled: { readonly reason: string | undefined } | undefined;
  #credentials: RefusedInvite['credentials'];

  constructor(options: InviteAttemptOptions, events: InviteEvents) {
    this.#options = options;
    this.#events = events;
    this.#target = options.request.to;
    this.#trail = new RedirectTrail(options.request);
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
        this.#events.onProvisional(response);
      }),
    };
    const settled = this.#guard((error: SrfError | null, dialog?: SrfDialog) => {
      this.#settled(error, dialog);
    });
    try {
      connection.srf.createUAC(this.#target, options, progress, settled);
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
    if (error !== null && this.#canceled === undefined && this.#goesOn(error)) return;
    this.#hasFinal = true;
    if (dialog !== undefined) this.#events.onAnswered(dialog);
    else if (error !== null) this.#refused(error);
  }

  /** Sends one more INVITE if this failure allows it. */
  #goesOn(error: SrfError): boolean {
    const response = this.#isOut ? error.res : undefined;
    const same = identityAfter(this.#requests.at(-1));
    if (same === undefined) return false;
    if (response === undefined)
      return error.code === 'EDRACHTIO' && this.#redirected(500, '', same);
    return (
      this.#answered(response, same) ||
      this.#lengthened(response, same) ||
      (response.status >= 300 &&
        this.#redirected(response.status, response.get('Contact') ?? '', same))
    );
  }

  /** Answers a challenge (RFC 3261 section 22.2). */
  #answered(challenge: SrfResponse, same: SrfHeaders): boolean {
    const { login } = this.#options;
    const asker = challenge.source_address;
    const isStranger = this.#answeredTo !== undefined && asker !== this.#answeredTo;
    if (isStranger && !isCertified(this.#route)) return false;
    const answers = login?.answer(challenge, this.#digestRequest);
    if (answers === undefined) return false;
    this.#answeredTo = asker;
    this.#credentials = 'sent';
    this.#again({ ...same, ...answers }, pinnedProxy(this.#route, challenge));
    return true;
  }

  /** Follows a 422 once (RFC 4028 section 7.3). */
  #lengthened(response: SrfResponse, same: SrfHeaders): boolean {
    if (this.#sessionSeconds !== undefined) return false;
    this.#sessionSeconds = wantedInterval(response);
    if (this.#sessionSeconds === undefined) return false;
    const answers = this.#options.login?.known(this.#digestRequest);
    const isPinned = this.#credentials === 'sent';
    const { outboundProxy } = this.#route;
    this.#again(
      { ...same, ...answers },
      isPinned ? pinnedProxy(this.#route, response) : outboundProxy,
    );
    return true;
  }

  /** Tries the next address that redirects have named (RFC 3261 section 8.1.3.4); no login goes there unasked. */
  #redirected(status: number, contact: string, same: SrfHeaders): boolean {
    const target = this.#trail.next(status, contact);
    if (target === undefined) return false;
    const { request, login } = this.#options;
    this.#target = target;
    this.#answeredTo = undefined;
    this.#credentials = login === undefined ? 'none' : 'unused';
    this.#hasRung = false;
    login?.moveOn();
    this.#again(same, request.outboundProxy);
    return true;
  }

  #again(headers: SrfHeaders, proxy: string | undefined): void {
    const { request } = this.#options;
    const to = this.#target === request.to ? {} : { To: `<${request.to}>` };
    this.#invite({ ...inviteHeaders(request, this.#sessionSeconds), ...to, ...headers }, proxy);
  }

  get #route(): Route {
    const { outboundProxy } = this.#options.request;
    return { to: this.#target, ...(outboundProxy === undefined ? {} : { outboundProxy }) };
  }

  get #digestRequest(): DigestRequest {
    return { method: 'INVITE', uri: this.#target, body: this.#options.request.sdpOffer };
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
      redirection: this.#trail.remark,
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
