import { Fault } from '#domain';
import type { DialRequest, Leg, LegEnd, LegIdentity, LegObserver } from '#domain';
import type { Clock, Logger, Micros, RandomSource, Timer, Timers } from '#foundation';
import { AnsweredDialog } from './answered-dialog.ts';
import { sendBye } from './bye.ts';
import type { Parting } from './bye.ts';
import type { ControlConnection } from './control-connection.ts';
import { EarlyDescriptions } from './early-descriptions.ts';
import { InviteAttempt } from './invite-attempt.ts';
import { LegLogin } from './leg-login.ts';
import { noteOf } from './overheard.ts';
import type { Overheard } from './overheard.ts';
import { sdpOf } from './sdp-body.ts';
import type { SrfDialog, SrfResponse } from './srf-types.ts';

/** What a lost leg leaves behind in the signalling server. */
export interface Remains extends Parting {
  /** Of an INVITE that had no final response yet. */
  readonly txnId?: string;
}

export interface DrachtioLegOptions {
  readonly request: DialRequest;
  readonly observer: LegObserver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly random: RandomSource;
  /** Called once, when its Call-ID is known. */
  onNamed(sipCallId: string): void;
  /** Called once, before the observer hears of the end. */
  onOver(): void;
}

/**
 * - `inviting`: the INVITE is on its way to the server; its echo is due within 5 s.
 * - `ringing`: the server has sent it; an answer is due within the ring timeout.
 * - `up`: answered.
 * - `leaving`: CANCEL or BYE is on its way; over within 5 s whatever comes.
 * - `over`: the observer has heard the end. A 200 that comes now is hung up without a word.
 */
type Phase = 'inviting' | 'ringing' | 'up' | 'leaving' | 'over';

const ECHO_MS = 5000;
const LEAVE_MS = 5000;
const RINGING = [180, 181, 182];

/** One SIP dialog of a call, from INVITE to BYE. Every phase before `over` has a deadline, except `up`. */
export class DrachtioLeg implements Leg {
  readonly #options: DrachtioLegOptions;
  readonly #startedAt: Micros;
  readonly #over: Promise<void>;
  readonly #login: LegLogin | undefined;
  readonly #early = new EarlyDescriptions();
  #resolveOver: () => void = () => undefined;
  #phase: Phase = 'inviting';
  #connection: ControlConnection | undefined;
  #attempt: InviteAttempt | undefined;
  #dialog: AnsweredDialog | undefined;
  #timer: Timer | undefined;
  #answeredAt: Micros | undefined;
  /** What `leaving` leads to, and the reason to be given to the peer. */
  #leaving: { readonly end: LegEnd; readonly reason: string | undefined } | undefined;

  constructor(options: DrachtioLegOptions) {
    this.#options = options;
    this.#startedAt = options.clock.nowMicros();
    const { auth } = options.request;
    this.#login = auth === undefined ? undefined : new LegLogin(auth, options.random);
    this.#over = new Promise((resolve) => {
      this.#resolveOver = resolve;
    });
  }

  get dialogId(): string | undefined {
    return this.#attempt?.identity?.dialogId;
  }

  /** Known once the server has sent the INVITE. */
  get sipCallId(): string | undefined {
    return this.#attempt?.identity?.sipCallId;
  }

  get remains(): Remains | undefined {
    const { dialogId } = this;
    if (this.#phase === 'over' || dialogId === undefined) return undefined;
    const txnId = this.#attempt?.hasFinal === true ? undefined : this.#attempt?.txnId;
    const parting = this.#dialog?.parting ?? { dialogId };
    return { ...parting, ...(txnId === undefined ? {} : { txnId }) };
  }

  /** Sends the INVITE. Once. */
  start(connection: ControlConnection | undefined): void {
    if (this.#phase === 'over') return;
    if (this.#leaving !== undefined) {
      this.#finish(this.#leaving.end);
      return;
    }
    if (connection === undefined) {
      this.#fail('SIP_SIGNALLING_LOST', 'there is no control connection');
      return;
    }
    const { request, timers } = this.#options;
    this.#connection = connection;
    this.#timer = timers.after(ECHO_MS, () => {
      this.#fail('SIP_SIGNALLING_LOST', `the signalling server took no INVITE in ${ECHO_MS} ms`);
    });
    this.#attempt = new InviteAttempt(
      { connection, request, login: this.#login },
      {
        onSent: (identity) => this.#sent(identity),
        onProvisional: (response) => this.#provisional(response),
        onAnswered: (dialog) => this.#answered(connection, dialog),
        onUnusableAnswer: (fault) => void this.#unusable(connection, fault),
        onRefused: (fault, status) => this.#refused(fault, status),
        onBug: (error) => this.#broken(error),
      },
    );
    this.#attempt.send();
  }

  async hangUp(reason?: string): Promise<void> {
    this.#leave({ kind: this.#dialog === undefined ? 'canceled' : 'hungUp' }, reason);
    await this.#over;
  }

  async pressKey(key: string): Promise<void> {
    if (this.#phase !== 'up' || this.#dialog === undefined) throw new Fault('CALL_NOT_ANSWERED');
    await this.#dialog.pressKey(key);
  }

  async reoffer(describe: () => string): Promise<string> {
    if (this.#phase !== 'up' || this.#dialog === undefined) throw new Fault('CALL_NOT_ANSWERED');
    return await this.#dialog.reoffer(describe);
  }

  /** A message with its Call-ID has passed. Never throws. */
  overhear(message: Overheard): void {
    try {
      this.#options.observer.signalled(noteOf(message));
    } catch (error) {
      this.#options.logger.error('sip.note_failed', { error: String(error) });
    }
  }

  /** The control connection is gone: nothing more can be done or heard. */
  abandon(fault: Fault): void {
    this.#finish({ kind: 'failed', fault });
  }

  #sent(identity: LegIdentity): void {
    const { observer, request } = this.#options;
    if (this.#phase === 'over') {
      this.#attempt?.cancel(undefined);
      this.#forget();
      return;
    }
    if (this.#phase === 'inviting') {
      this.#phase = 'ringing';
      this.#arm(request.ringTimeoutMs, () => this.#rangOut());
    } else this.#attempt?.cancel(this.#leaving?.reason);
    this.#options.onNamed(identity.sipCallId);
    observer.inviteSent(identity);
  }

  #rangOut(): void {
    const detail = `no answer in ${this.#options.request.ringTimeoutMs} ms`;
    this.#leave({ kind: 'failed', fault: new Fault('SIP_NO_ANSWER', { detail }) }, undefined);
  }

  #provisional(response: SrfResponse): void {
    if (this.#phase !== 'ringing') return;
    const sdp = sdpOf(response);
    if (RINGING.includes(response.status)) this.#options.observer.rang();
    if (sdp === '' || !this.#is('ringing')) return;
    this.#early.note(response, sdp);
    this.#options.observer.earlyMediaOffered(sdp);
  }

  #answered(connection: ControlConnection, dialog: SrfDialog): void {
    const { observer, clock } = this.#options;
    const answered = new AnsweredDialog({
      connection,
      dialog,
      login: this.#login,
      timers: this.#options.timers,
      random: this.#options.random,
      events: {
        onEnded: (detail) => this.#peerLeft(detail),
        onReoffered: (sdp) => observer.reoffered(sdp),
        onOfferAsked: () => observer.offerAsked(),
        onOfferAnswered: (sdp) => observer.offerAnswered(sdp),
        onBug: (error) => this.#broken(error),
      },
    });
    if (this.#phase === 'over') {
      void answered.hangUp(undefined);
      return;
    }
    this.#dialog = answered;
    if (this.#leaving !== undefined) {
      // The 200 crossed our CANCEL. The real server sends its own BYE after the ACK; a second one does no harm.
      const { end, reason } = this.#leaving;
      this.#leaving = { end: end.kind === 'canceled' ? { kind: 'hungUp' } : end, reason };
      void this.#bye(answered);
      return;
    }
    this.#phase = 'up';
    this.#arm(undefined);
    this.#answeredAt = clock.nowMicros();
    observer.answered(answered.remoteSdp === '' ? this.#early.of(dialog.res) : answered.remoteSdp);
    if (!answered.isConnected) this.#peerLeft('BYE together with the answer');
  }

  async #unusable(connection: ControlConnection, fault: Fault): Promise<void> {
    const { dialogId } = this;
    if (dialogId !== undefined) await sendBye(connection, { dialogId, timeoutMs: LEAVE_MS });
    this.#finish(this.#leaving?.end ?? { kind: 'failed', fault });
  }

  #refused(fault: Fault, status: number | undefined): void {
    const planned = this.#leaving?.end;
    // Our own CANCEL ends in 487. After the ring timeout any other refusal says more than the timeout does.
    const isOurs = planned?.kind === 'canceled' || (planned !== undefined && status === 487);
    this.#finish(isOurs ? planned : { kind: 'failed', fault });
  }

  #peerLeft(detail: string): void {
    this.#finish(this.#leaving?.end ?? { kind: 'peerLeft', detail });
  }

  #leave(end: LegEnd, reason: string | undefined): void {
    if (this.#leaving !== undefined || this.#phase === 'over') return;
    this.#leaving = { end, reason };
    this.#phase = 'leaving';
    this.#arm(LEAVE_MS, () => this.#finish(this.#endAfterSilence(end)));
    if (this.#dialog !== undefined) void this.#bye(this.#dialog);
    else this.#attempt?.cancel(reason);
  }

  /** A peer that answered neither INVITE nor CANCEL was never there. */
  #endAfterSilence(end: LegEnd): LegEnd {
    if (end.kind !== 'failed' || end.fault.code !== 'SIP_NO_ANSWER') return end;
    if (this.#attempt?.hasRung === true) return end;
    return {
      kind: 'failed',
      fault: new Fault('SIP_UNREACHABLE', { detail: 'no sign of life from the SIP address' }),
    };
  }

  async #bye(dialog: AnsweredDialog): Promise<void> {
    await dialog.hangUp(this.#leaving?.reason);
    this.#finish(this.#leaving?.end ?? { kind: 'hungUp' });
  }

  #fail(code: Fault['code'], detail: string): void {
    this.#finish({ kind: 'failed', fault: new Fault(code, { detail }) });
  }

  /** A listener of ours threw: this one call ends. */
  #broken(error: unknown): void {
    this.#options.logger.error('sip.leg_broken', { error: String(error), dialogId: this.dialogId });
    this.#leave({ kind: 'failed', fault: new Fault('CALL_BROKEN', { cause: error }) }, undefined);
  }

  #arm(delayMs: number | undefined, run: () => void = () => undefined): void {
    this.#timer?.cancel();
    this.#timer = delayMs === undefined ? undefined : this.#options.timers.after(delayMs, run);
  }

  #is(phase: Phase): boolean {
    return this.#phase === phase;
  }

  #forget(): void {
    const attempt = this.#attempt;
    if (attempt?.identity === undefined) return;
    this.#connection?.forget(attempt.trace, !attempt.hasFinal);
  }

  #finish(end: LegEnd): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#arm(undefined);
    this.#dialog?.release();
    this.#forget();
    this.#options.onOver();
    this.#report(end);
    try {
      this.#options.observer.ended(end);
    } catch (error) {
      this.#options.logger.error('sip.leg_broken', { error: String(error) });
    }
    this.#resolveOver();
  }

  #report(end: LegEnd): void {
    const { clock, logger } = this.#options;
    const nowMicros = clock.nowMicros();
    const answeredAt = this.#answeredAt ?? nowMicros;
    logger.info('sip.leg_ended', {
      dialogId: this.dialogId,
      end: end.kind,
      ...(end.kind === 'failed' ? { code: end.fault.code, detail: end.fault.detail } : {}),
      setupMs: Math.round((answeredAt - this.#startedAt) / 1000),
      upMs: Math.round((nowMicros - answeredAt) / 1000),
    });
  }
}
