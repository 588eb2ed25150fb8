import {
  Fault,
  STEADY_LEG_MS,
  holdMsOf,
  isFinalForCall,
  redialDelayMs,
  verdictOf,
  verdictOfFault,
} from '#domain';
import type { CallEvent, ClaimedCall, Verdict } from '#domain';
import type { Clock, Micros, Timer, Timers } from '#foundation';
import type { NegotiatedAudio } from '#protocol/sdp';
import { silenced } from './agreed-audio.ts';
import type { CallTrace } from './call-trace.ts';
import { LegRunner } from './leg-runner.ts';
import type { LegLoss, LegRunnerOptions } from './leg-runner.ts';
import type { MediaRunner } from './media-runner.ts';
import type { CallLines } from './ports.ts';

/** What a keeper of legs works with. */
export interface LegKeeperOptions extends Omit<
  LegRunnerOptions,
  'onInviteSent' | 'onAnswered' | 'onAgreed' | 'onLost'
> {
  readonly call: ClaimedCall;
  /** Gives each leg after the first its turn. */
  readonly lines: CallLines;
  readonly media: MediaRunner;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly trace?: CallTrace | undefined;
  /** The signalling server is lost and the air is not held: the call is to be dialled again, here or elsewhere. */
  readonly onSignallingLost: () => void;
}

/** A time on air without a call. */
interface Hold {
  readonly since: Micros;
  /** The same for people, ISO 8601. */
  readonly heldSince: string;
  until: Timer;
  /** What the call ends with if no leg comes in time. */
  readonly event: CallEvent;
  readonly verdict: Verdict;
  /** Legs that were lost in it. */
  attempts: number;
}

/**
 * Keeps one leg for the call: the first one, and with `onCallLoss: 'hold'` another one whenever an answered call is lost.
 * The media live on from leg to leg: the same ports, one clock, silence in between.
 * Life: constructed, `dial`, `redial` whenever the call asks for it, `hangUp`, `close`.
 */
export class LegKeeper {
  readonly #options: LegKeeperOptions;
  readonly #holdMs: number;
  #leg: LegRunner;
  #hold: Hold | undefined;
  #wait: Timer | undefined;
  /** When the leg, or the one that was up last, was answered. */
  #answeredAt: Micros | undefined;
  #legNumber = 1;
  #isLost = false;
  #delayMs = 0;
  #isClosed = false;

  constructor(options: LegKeeperOptions) {
    this.#options = options;
    this.#holdMs = holdMsOf(options.call.record.spec);
    this.#leg = this.#newLeg();
  }

  /** Known when the INVITE has left. */
  get dialogId(): string | undefined {
    return this.#leg.dialogId;
  }

  /** What was agreed with the peer, as it now stands. */
  get audio(): NegotiatedAudio | undefined {
    const { audio } = this.#leg;
    return audio !== undefined && this.#isLost ? silenced(audio) : audio;
  }

  /** Grows with each leg. */
  get legNumber(): number {
    return this.#legNumber;
  }

  /** Whether the leg is over, and another one is to follow: so it may be before its answer is written. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends the first INVITE, of the call as it goes out now. */
  dial(call: ClaimedCall): void {
    this.#leg.dial(this.#options.media.media, call);
  }

  /** Waits its time, then sends the INVITE of another leg. */
  redial(): void {
    this.#wait?.cancel();
    this.#wait = this.#options.timers.after(this.#delayMs, () => void this.#dialAnother());
  }

  /** Presses a key by SIP INFO. @throws Fault as `Leg.pressKey`. */
  async pressKey(key: string): Promise<void> {
    await this.#leg.pressKey(key);
  }

  /** Holds the peer of the leg, or goes on. @throws Fault HOLD_REFUSED, CALL_NOT_ANSWERED. */
  async hold(isHeld: boolean): Promise<void> {
    if (this.#isLost) throw new Fault('CALL_NOT_ANSWERED');
    await this.#leg.hold(isHeld);
  }

  /** No packets come any more: the leg is hung up and, if the air is held, another one is dialled. */
  async giveUp(fault: Fault): Promise<void> {
    const leg = this.#leg;
    if (!this.#mayHold(fault.code)) {
      this.#options.steps.fail(fault);
      return;
    }
    leg.retire();
    this.#leave();
    await leg.hangUp();
    this.#lose({ kind: 'failed', fault });
  }

  /** Ends the leg, if there is one; settles when it has ended. No other one follows. */
  async hangUp(): Promise<void> {
    this.close();
    await this.#leg.hangUp();
  }

  /** No other leg follows. */
  close(): void {
    this.#isClosed = true;
    this.#wait?.cancel();
    this.#hold?.until.cancel();
  }

  async #dialAnother(): Promise<void> {
    const { call, lines, steps } = this.#options;
    // A step that was being written may have led elsewhere.
    const isWanted = (): boolean => !this.#isClosed && steps.state === 'claimed';
    try {
      // However long the turn takes, the time of the hold is what limits it.
      if (!(await lines.turn(call, { isWanted, onWait: () => steps.arm() }))) return;
      const line = await lines.open(call);
      if (isWanted()) this.#dialNow(line.call);
      else lines.giveBack(call);
    } catch (error) {
      lines.giveBack(call);
      steps.fail(error);
    }
  }

  #dialNow(call: ClaimedCall): void {
    this.#leg = this.#newLeg();
    this.#legNumber += 1;
    this.#isLost = false;
    this.#leg.dial(this.#options.media.media, call);
  }

  #newLeg(): LegRunner {
    return new LegRunner({
      ...this.#options,
      onInviteSent: () => this.#inviteSent(),
      onAnswered: () => this.#answered(),
      onAgreed: (audio) => this.#agreed(audio),
      onLost: (loss) => this.#lost(loss),
    });
  }

  #inviteSent(): void {
    const { lines, call, trace } = this.#options;
    lines.inviteSent(call);
    trace?.inviteSent();
  }

  /** At once, not when it is written: the peer may leave before that. */
  #answered(): void {
    this.#answeredAt = this.#options.clock.nowMicros();
    this.#options.trace?.answered();
    // Whether the leg stays is seen at its end; until then the air is not without a call.
    this.#hold?.until.cancel();
  }

  /** On the first leg nothing is on air before the media start; on the next ones a ringing tone could be. */
  #agreed(audio: NegotiatedAudio): void {
    const { media, call } = this.#options;
    const isHeardEarly = call.record.spec.media.earlyMedia === 'publish';
    if (this.#hold === undefined || this.#leg.isAnswered || isHeardEarly) media.change(audio);
  }

  #lost(loss: LegLoss): void {
    const { steps, onSignallingLost } = this.#options;
    const code = loss.kind === 'failed' ? loss.fault.code : 'CALL_PEER_LEFT';
    if (this.#mayHold(code)) {
      this.#leave();
      this.#lose(loss);
    } else if (loss.kind === 'peerLeft') {
      steps.fire('peerLeft', () => ({ verdict: verdictOfLoss(loss) }));
    } else if (loss.fault.code === 'SIP_SIGNALLING_LOST') {
      // Not the callee's doing: the call is dialled again, here or elsewhere, as when a node is lost.
      onSignallingLost();
    } else {
      steps.fail(loss.fault);
    }
  }

  #mayHold(code: Fault['code']): boolean {
    const { call, media } = this.#options;
    if (this.#holdMs === 0 || this.#isClosed || isFinalForCall(code)) return false;
    // With nothing on air here, another node may do better.
    if (code === 'SIP_SIGNALLING_LOST' && !media.isStarted) return false;
    return this.#answeredAt !== undefined || call.record.answeredAt !== null;
  }

  /** What the old peer still sends is not heard. */
  #leave(): void {
    this.#isLost = true;
    this.#options.media.leave();
  }

  #lose(loss: LegLoss): void {
    const { steps, random, clock } = this.#options;
    // While the old leg was hung up the call may have ended.
    if (this.#isClosed) return;
    const hold = this.#holdFor(loss);
    hold.attempts += 1;
    this.#delayMs = redialDelayMs(hold.attempts, random);
    const verdict = verdictOfLoss(loss);
    steps.fire('legLost', () => ({
      patch: { leg: null },
      data: {
        code: verdict.code,
        detail: verdict.detail,
        attempt: hold.attempts,
        heldSince: hold.heldSince,
        nextDialAt: new Date(clock.wallMs() + this.#delayMs).toISOString(),
      },
    }));
  }

  /** A leg that did not stay does not end the hold before it. */
  #holdFor(loss: LegLoss): Hold {
    const { clock } = this.#options;
    const before = this.#hold;
    before?.until.cancel();
    if (before !== undefined && !this.#hasStayed(loss)) {
      before.until = this.#armHold(before);
      return before;
    }
    const facts = {
      since: clock.nowMicros(),
      heldSince: new Date(clock.wallMs()).toISOString(),
      event: loss.kind === 'peerLeft' ? 'peerLeft' : 'failed',
      verdict: verdictOfLoss(loss),
    } as const;
    this.#hold = { ...facts, until: this.#armHold(facts), attempts: 0 };
    return this.#hold;
  }

  /** One that was given up because nothing came was there for as long as it was heard. */
  #hasStayed(loss: LegLoss): boolean {
    const { clock, media } = this.#options;
    if (!this.#leg.isAnswered || this.#answeredAt === undefined) return false;
    const isSilent = loss.kind === 'failed' && loss.fault.code === 'RTP_SILENT';
    const until = isSilent ? (media.media.lastPacketMicros ?? 0) : clock.nowMicros();
    return until - this.#answeredAt >= STEADY_LEG_MS * 1_000;
  }

  #armHold({ since, event, verdict }: Pick<Hold, 'since' | 'event' | 'verdict'>): Timer {
    const { clock, timers, steps } = this.#options;
    const leftMs = Math.max(0, this.#holdMs - (clock.nowMicros() - since) / 1_000);
    // Answered while a step before this one was written, the call is not without a leg any more.
    const isOver = (): boolean => this.#isLost || !this.#leg.isAnswered;
    return timers.after(leftMs, () =>
      steps.fire(event, () => (isOver() ? { verdict } : undefined)),
    );
  }
}

const verdictOfLoss = (loss: LegLoss): Verdict =>
  loss.kind === 'peerLeft'
    ? verdictOf('completed', 'CALL_PEER_LEFT', loss.detail)
    : verdictOfFault(loss.fault);
