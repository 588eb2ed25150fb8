import { Fault } from '#domain';
import type { RandomSource, Timers } from '#foundation';
import { sendBye } from './bye.ts';
import type { Parting } from './bye.ts';
import type { ControlConnection, InDialogRequest } from './control-connection.ts';
import { ControlError } from './control-error.ts';
import { MAX_BODY_CHARS } from './invite-headers.ts';
import type { LegLogin } from './leg-login.ts';
import { sdpOf } from './sdp-body.ts';
import { refreshHeaders } from './refresh-headers.ts';
import { oneLine, tellingHeaders } from './sip-status-map.ts';
import { answerSideRequest, SIDE_REQUESTS } from './side-requests.ts';
import type { SrfDialog, SrfHeaders, SrfRequest, SrfResponse } from './srf-types.ts';

/** Hears what the peer does within an answered dialog. */
export interface DialogEvents {
  /** BYE from the peer, or the server gave the dialog up. */
  onEnded(detail: string): void;
  /** An offer of the peer: our answer, or undefined to refuse it. */
  onReoffered(sdp: string): string | undefined;
  /** The peer asks for our offer: the offer, or undefined to refuse. */
  onOfferAsked(): string | undefined;
  /** The peer's answer to that offer. */
  onOfferAnswered(sdp: string): void;
  /** One of the above threw. */
  onBug(error: unknown): void;
}

export interface AnsweredDialogOptions {
  readonly connection: ControlConnection;
  readonly dialog: SrfDialog;
  readonly login: LegLogin | undefined;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly events: DialogEvents;
}

const BYE_MS = 5000;
const INFO_MS = 5000;
/** Who has to ask somebody before he answers gets this long. */
const REINVITE_PATIENCE_MS = 15_000;
/** Longer than 64 T1: the server then has an answer, if only one that it has made up. */
const REINVITE_MS = 40_000;
const REINVITE_TRIES = 3;
const GLARE = 491;
/** How long the owner of the Call-ID waits after a collision: 2.1 to 4 s in steps of 10 ms (RFC 3261 section 14.1). */
const GLARE_BASE_MS = 2_100;
const GLARE_STEPS = 191;
/** How long a key that comes by INFO sounds. */
const KEY_MS = 160;

const numberOf = (request: SrfRequest): string | undefined =>
  /^\s*(\d{1,10})\s/.exec(request.get('CSeq') ?? '')?.[1];

/**
 * One confirmed dialog.
 *
 * @remarks
 * Session changes: only `modify` (and `update`) have a listener. With listeners for `hold` or `refresh` srf
 * would guess by comparing texts and answer by itself; without any it would answer 200 with old SDP. The answer is
 * sent exactly once whatever happens, or the server would keep the transaction until the dialog ends.
 * Not used at all: `dlg.modify()`, which hangs for ever after a refused re-INVITE or an 18x to it, and the
 * `dlg.info()` shortcuts, which throw. `dlg.destroy()` is replaced by a BYE with the peer's own URI.
 */
export class AnsweredDialog {
  readonly #options: AnsweredDialogOptions;
  #isLeaving = false;
  /** The CSeq number of the re-INVITE that our last offer went out with. */
  #offered: string | undefined;
  /** Ends the wait after a collision. */
  #endWait: () => void = () => undefined;

  constructor(options: AnsweredDialogOptions) {
    this.#options = options;
    const { dialog } = options;
    const change = this.#guard((request: SrfRequest, response: SrfResponse) => {
      this.#change(request, response);
    });
    dialog.on(
      'destroy',
      this.#guard((...parts: [SrfRequest, string]) => this.#ended(...parts)),
    );
    dialog.on('modify', change);
    dialog.on('update', change);
    dialog.on(
      'ack',
      this.#guard((ack: SrfRequest) => this.#acknowledged(ack)),
    );
    for (const event of SIDE_REQUESTS) dialog.on(event, this.#guard(answerSideRequest));
  }

  get id(): string {
    return this.#options.dialog.id;
  }

  /** False when the peer's BYE was handled before anyone could listen. */
  get isConnected(): boolean {
    return this.#options.dialog.connected;
  }

  get remoteSdp(): string {
    return this.#options.dialog.remote.sdp ?? '';
  }

  /** How the dialog is to be ended, also over another connection. */
  get parting(): Parting {
    const { dialog } = this.#options;
    return { dialogId: dialog.id, uri: this.#uri, authorize: this.#authorizing('BYE', '') };
  }

  /** The peer's Contact, which an answer to a challenge is computed over. */
  get #uri(): string {
    const { uri } = this.#options.dialog.remote;
    return /^sips?:[^\s<>"|]{1,250}$/.test(uri) ? uri : 'sip:placeholder';
  }

  #authorizing(method: string, body: string): InDialogRequest['authorize'] {
    const { dialog, login } = this.#options;
    const uri = this.#uri;
    return (response) => {
      // A Contact or a route may lead anywhere: only who answered the INVITE gets an answer.
      if (response.source_address !== dialog.res.source_address) return undefined;
      return login?.answer(response, { method, uri, body });
    };
  }

  /**
   * Presses a key by INFO; settles when it is confirmed, after 5 s at most.
   * @throws Fault DTMF_REFUSED.
   */
  async pressKey(key: string): Promise<void> {
    const { connection, dialog, login } = this.#options;
    const body = `Signal=${key}\r\nDuration=${KEY_MS}\r\n`;
    const headers = { 'Content-Type': 'application/dtmf-relay' };
    const options = { method: 'INFO', stackDialogId: dialog.id, headers, body } as const;
    login?.beginRequest('INFO');
    const authorize = this.#authorizing('INFO', body);
    const plan = { uri: this.#uri, options, timeoutMs: INFO_MS, authorize };
    const { status } = await connection.request(plan).catch((error: unknown) => {
      if (!(error instanceof ControlError)) throw error;
      throw new Fault('DTMF_REFUSED', { detail: `INFO: ${error.message}`, cause: error });
    });
    if (status >= 300) throw new Fault('DTMF_REFUSED', { detail: `INFO: ${status}` });
  }

  /** Changes the session. @throws Fault as `Leg.reoffer`. */
  async reoffer(describe: () => string): Promise<string> {
    for (let tries = 1; ; tries++) {
      if (this.#isLeaving) throw new Fault('CALL_NOT_ANSWERED');
      const body = describe();
      const response = await this.#reinvite(body);
      if (response.status < 300) {
        this.#options.dialog.local.sdp = body; // What srf would send by itself stays true.
        return sdpOf(response);
      }
      if (response.status !== GLARE || tries === REINVITE_TRIES) {
        const { status, reason = '' } = response;
        throw new Fault('HOLD_REFUSED', { detail: oneLine(`re-INVITE: ${status} ${reason}`) });
      }
      await this.#waitAfterGlare();
    }
  }

  async #reinvite(body: string): Promise<SrfResponse> {
    const { connection, dialog, login } = this.#options;
    const { contact } = dialog.local;
    const headers = {
      'Content-Type': 'application/sdp',
      ...(contact === undefined ? {} : { Contact: contact }),
    };
    login?.beginRequest('INVITE');
    const plan = {
      uri: this.#uri,
      options: { method: 'INVITE', stackDialogId: dialog.id, headers, body },
      timeoutMs: REINVITE_MS,
      cancelAfterMs: REINVITE_PATIENCE_MS,
      authorize: this.#authorizing('INVITE', body),
    } as const;
    try {
      return await connection.request(plan);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      throw new Fault('HOLD_REFUSED', { detail: `re-INVITE: ${error.message}`, cause: error });
    }
  }

  #waitAfterGlare(): Promise<void> {
    const { timers, random } = this.#options;
    return new Promise((resolve) => {
      const timer = timers.after(GLARE_BASE_MS + random.below(GLARE_STEPS) * 10, resolve);
      this.#endWait = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Sends BYE and forgets the dialog; settles when it is answered, or after 5 s. Never throws. */
  async hangUp(reason: string | undefined): Promise<void> {
    this.#isLeaving = true;
    await sendBye(this.#options.connection, { ...this.parting, reason, timeoutMs: BYE_MS });
    this.release();
  }

  /** Takes the dialog out of srf, listeners and all. */
  release(): void {
    this.#isLeaving = true;
    this.#endWait();
    const { connection, dialog } = this.#options;
    dialog.removeAllListeners();
    connection.srf.removeDialog(dialog);
  }

  #guard<Parts extends unknown[]>(run: (...parts: Parts) => void): (...parts: Parts) => void {
    return (...parts) => {
      try {
        run(...parts);
      } catch (error) {
        this.#options.events.onBug(error);
      }
    };
  }

  #ended(request: SrfRequest, reason: string): void {
    const detail = ['BYE', oneLine(reason), ...tellingHeaders(request.headers)].join('; ');
    this.#options.events.onEnded(detail);
  }

  #change(request: SrfRequest, response: SrfResponse): void {
    if (this.#isLeaving) {
      response.send(481);
      return;
    }
    const { events } = this.#options;
    const offer = sdpOf(request);
    const headers = refreshHeaders(request);
    if (offer !== '') this.#accept(response, headers, () => events.onReoffered(offer));
    else if (request.method === 'UPDATE') response.send(200, { headers });
    else if (this.#accept(response, headers, () => events.onOfferAsked()))
      this.#offered = numberOf(request);
  }

  /** The ACK of a re-INVITE without SDP brings the answer to our offer (RFC 3261 section 14.2). */
  #acknowledged(ack: SrfRequest): void {
    const answer = sdpOf(ack);
    if (this.#isLeaving || answer === '' || numberOf(ack) !== this.#offered) return;
    this.#offered = undefined;
    this.#options.events.onOfferAnswered(answer);
  }

  /** Sends our description, or refuses; says which. */
  #accept(response: SrfResponse, refresh: SrfHeaders, describe: () => string | undefined): boolean {
    let body: string | undefined;
    try {
      body = describe();
    } catch (error) {
      response.send(500);
      throw error;
    }
    if (body === undefined || body.length > MAX_BODY_CHARS) {
      response.send(488);
      return false;
    }
    const { local } = this.#options.dialog;
    local.sdp = body; // What srf would send by itself stays true.
    const contact = local.contact === undefined ? {} : { Contact: local.contact };
    const headers = { ...refresh, ...contact, 'Content-Type': 'application/sdp' };
    response.send(200, { body, headers });
    return true;
  }
}
