import type { Clock, Logger, RandomSource, Timer, Timers } from '#foundation';
import {
  CALL_DEADLINES,
  Fault,
  callLifecycle,
  isAnswered,
  isOutputLive,
  limitsOf,
  verdictOf,
  verdictOfFault,
} from '#domain';
import type {
  Announcer,
  CallEffect,
  CallEvent,
  CallId,
  CallLedger,
  CallLimits,
  CallPatch,
  CallState,
  ClaimedCall,
  Dialer,
  Leg,
  LegEnd,
  LegObserver,
  Verdict,
} from '#domain';
import type { NegotiatedAudio } from '#protocol/sdp';
import { eventOf } from './call-events.ts';
import { CallOffer } from './call-offer.ts';
import { CallWriter } from './call-writer.ts';
import { dialRequestOf } from './dial-request.ts';
import type { Lease } from './lease.ts';
import { OutputRunner } from './output-runner.ts';
import type { LostOutput } from './output-runner.ts';
import type { CallMedia, OpenMedia, OpenOutlet } from './ports.ts';

/** What all sessions of a node share. */
export interface SessionTools {
  readonly ledger: CallLedger;
  readonly announcer: Announcer;
  readonly dialer: Dialer;
  readonly openMedia: OpenMedia;
  readonly openOutlet: (call: ClaimedCall, lease: Lease) => OpenOutlet;
  /** Goes into SDP. */
  readonly mediaAddress: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
}

const MEDIA_CHECK_MS = 1_000;

/** Facts that go with an event of the call. */
interface Circumstances {
  readonly patch?: CallPatch;
  readonly verdict?: Verdict;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly LostOutput[];
}

/**
 * Runs one call on this node: steps its machine, holds its leg, its media and its outputs.
 * The only writer of the call while the lease is held. Life: constructed with a claimed call, `start`, `done`.
 */
export class CallSession {
  readonly id: CallId;
  readonly lease: Lease;
  /** Resolves when nothing of the call is left on this node. */
  readonly done: Promise<void>;

  readonly #tools: SessionTools;
  readonly #call: ClaimedCall;
  readonly #limits: CallLimits;
  readonly #writer: CallWriter;
  readonly #outputs: readonly OutputRunner[];
  readonly #logger: Logger;
  readonly #resolveDone: () => void;
  #state: CallState;
  #verdict: Verdict | undefined;
  #media: CallMedia | undefined;
  #offer: CallOffer | undefined;
  #leg: Leg | undefined;
  #answer: NegotiatedAudio | undefined;
  /** Finds the lines that the dialer wrote about the leg. */
  #dialogId: string | undefined;
  /** As the peer has last asked for it. */
  #isHeld = false;
  #deadline: Timer | undefined;
  #mediaCheck: Timer | undefined;

  constructor(call: ClaimedCall, lease: Lease, tools: SessionTools) {
    const { record } = call;
    this.id = record.id;
    this.lease = lease;
    this.#tools = tools;
    this.#call = call;
    this.#state = record.state;
    this.#limits = limitsOf(record.spec);
    this.#logger = tools.logger.child({ callId: record.id, epoch: record.epoch });
    let resolveDone = (): void => undefined;
    this.done = new Promise((resolve) => (resolveDone = resolve));
    this.#resolveDone = resolveDone;
    const { epoch, version } = record;
    this.#writer = new CallWriter({
      ...tools,
      callId: record.id,
      epoch,
      version,
      lease,
      logger: this.#logger,
      onFenced: () => this.#abandon('silently'),
    });
    const openOutlet = tools.openOutlet(call, lease);
    this.#outputs = record.outputs
      .filter((output) => isOutputLive(output.state))
      .map((output) => this.#runnerOf(output, openOutlet));
  }

  /** Acts upon the claim, which was written before the session was made. */
  start(): void {
    this.#arm();
    if (this.#outputs.length === 0) {
      // A node before this one has failed them all and died before it could end the call.
      this.#fail(new Fault('RTMP_REFUSED', { detail: 'every output of the call has failed' }));
      return;
    }
    // The command was carried out by a node that then gave the call away.
    if (this.#call.record.stopRequestedAt === null) this.#run('placeCall');
    else this.stop();
  }

  /** The state as it was last written. */
  get state(): CallState {
    return this.#state;
  }

  /** The epoch of this node's claim. */
  get epoch(): number {
    return this.#call.record.epoch;
  }

  /** Ends the call by command. */
  stop(): void {
    this.#fire('stopAsked', () => ({
      verdict: isAnswered(this.#state)
        ? verdictOf('completed', 'CALL_HUNG_UP')
        : verdictOf('canceled', 'CALL_CANCELED'),
    }));
  }

  /** Gives the call back to the queue, for another node: this one is shutting down. */
  handOver(): Promise<void> {
    const data = { node: this.#call.record.node };
    this.#fire('nodeLost', () => ({
      patch: { leg: null },
      data,
      outputs: this.#outputs.flatMap((output) => output.lostStep()),
    }));
    return this.done;
  }

  /** The lease is lost: silence at once, questions later. */
  fence(): void {
    this.#writer.fence();
  }

  #runnerOf(
    record: ClaimedCall['record']['outputs'][number],
    openOutlet: OpenOutlet,
  ): OutputRunner {
    const { clock, timers, random } = this.#tools;
    return new OutputRunner({
      record,
      writer: this.#writer,
      openOutlet,
      media: () => {
        if (this.#media === undefined) throw new Fault('MEDIA_FAILED');
        return this.#media;
      },
      wallMs: () => clock.wallMs(),
      timers,
      random,
      logger: this.#logger,
      callMs: this.#limits.maxMs,
      onFailed: (fault) => this.#outputFailed(fault),
    });
  }

  /** @param circumstances Asked when the event's turn comes; undefined when it does not hold any more. */
  #fire(event: CallEvent, circumstances: () => Circumstances | undefined = () => ({})): void {
    void this.#writer.write(() => {
      const outcome = callLifecycle.step(this.#state, event);
      if (outcome.kind === 'illegal') {
        this.#logger.error('call.illegal_event', { state: this.#state, event });
      }
      if (outcome.kind !== 'moved') return undefined;
      const { from, to, effects } = outcome;
      const facts = circumstances();
      if (facts === undefined) return undefined;
      const { patch, verdict, data, outputs = [] } = facts;
      if (from === to && patch === undefined) return undefined;
      this.#verdict ??= verdict;
      const shown = this.#verdict;
      const told = to === 'ending' || to === 'ended' ? { verdict: shown } : {};
      return {
        transitions: [
          { machine: 'call', from, to, event },
          ...outputs.map((output) => output.transition),
        ],
        outputs: new Map(outputs.map((output) => [output.id, output.patch])),
        call: { ...patch, state: to, ...(shown === undefined ? {} : { verdict: shown }) },
        events: [{ type: eventOf(event, to), data: { ...told, ...data } }],
        after: () => this.#enter(to, effects),
      };
    });
  }

  #enter(state: CallState, effects: readonly CallEffect[]): void {
    const wasAnswered = isAnswered(this.#state);
    this.#state = state;
    this.#tell(state);
    // The longest duration counts from the answer, through hold and back.
    if (!(wasAnswered && isAnswered(state))) this.#arm();
    for (const effect of effects) this.#run(effect);
    if (state === 'ended' || state === 'queued') this.#abandon('politely');
  }

  /** One line per state; the last one says how the call went. A failure is somebody's to look at. */
  #tell(state: CallState): void {
    const verdict = this.#verdict;
    const level = state === 'ended' && verdict?.result === 'failed' ? 'warn' : 'info';
    this.#logger[level](`call.${state}`, {
      ...(verdict === undefined ? {} : { code: verdict.code, detail: verdict.detail }),
      ...(this.#dialogId === undefined ? {} : { dialogId: this.#dialogId }),
    });
  }

  #arm(): void {
    this.#deadline?.cancel();
    if (this.#state === 'ended') return;
    const state = this.#state;
    const delayMs = CALL_DEADLINES[state](this.#limits);
    this.#deadline = this.#tools.timers.after(delayMs, () => this.#deadlinePassed(state));
  }

  #deadlinePassed(state: CallState): void {
    this.#fire('deadlinePassed', () => {
      // A step that was being written has led out of that state.
      if (this.#state !== state && !(isAnswered(state) && isAnswered(this.#state)))
        return undefined;
      if (isAnswered(this.#state)) return { verdict: verdictOf('completed', 'CALL_MAX_DURATION') };
      const code = this.#state === 'claimed' ? 'CALL_BROKEN' : 'SIP_NO_ANSWER';
      return { verdict: verdictOf('failed', code) };
    });
  }

  #run(effect: CallEffect): void {
    switch (effect) {
      case 'placeCall':
        this.#placeCall().catch((error: unknown) => this.#fail(faultOf(error)));
        break;
      case 'startMedia':
        this.#startMedia();
        break;
      case 'holdMedia':
        this.#media?.hold();
        break;
      case 'resumeMedia':
        this.#media?.resume();
        break;
      case 'release':
        void this.#release();
        break;
      case 'endOrphan':
        // This node's own leg is hung up when the session finishes.
        break;
    }
  }

  async #placeCall(): Promise<void> {
    const { record, secrets } = this.#call;
    const { openMedia, mediaAddress, dialer, random } = this.#tools;
    this.#media = await openMedia(record.spec);
    // Meanwhile the call may have been stopped, or lost to another node.
    if (this.#state !== 'claimed' || this.#writer.isClosed || !this.lease.isHeld()) {
      this.#media.stop();
      return;
    }
    this.#offer = new CallOffer({
      spec: record.spec,
      media: this.#media,
      address: mediaAddress,
      sessionId: String(random.below(2 ** 31)),
    });
    const request = dialRequestOf(record.spec, secrets, this.#offer.text());
    this.#leg = dialer.dial(request, this.#observer());
  }

  #observer(): LegObserver {
    return {
      inviteSent: (identity) => {
        this.#dialogId = identity.dialogId;
        this.#fire('inviteSent', () => ({ patch: { leg: identity } }));
      },
      rang: () => this.#fire('rang'),
      earlyMediaOffered: () => this.#fire('earlyMediaOffered'),
      answered: (sdp) => this.#answered(sdp),
      reoffered: (sdp) => this.#reoffered(sdp),
      ended: (end) => this.#legEnded(end),
    };
  }

  #answered(sdp: string): void {
    try {
      this.#answer = this.#offer?.accept(sdp);
      this.#fire('answered', () => ({ patch: { sipStatus: 200 } }));
    } catch (error) {
      this.#fail(faultOf(error));
    }
  }

  #reoffered(sdp: string): string | undefined {
    try {
      const answer = this.#offer?.answer(sdp);
      if (answer === undefined) return undefined;
      this.#answer = answer.audio;
      this.#media?.change(answer.audio);
      const { isHeld } = answer.audio;
      // Most offers within a call change nothing: they only refresh the session.
      if (isHeld !== this.#isHeld) this.#fire(isHeld ? 'peerHeld' : 'peerResumed');
      this.#isHeld = isHeld;
      return answer.sdp;
    } catch (error) {
      this.#logger.warn('call.reoffer_refused', { detail: faultOf(error).detail });
      return undefined;
    }
  }

  #legEnded(end: LegEnd): void {
    this.#leg = undefined;
    if (end.kind === 'peerLeft') {
      const verdict = verdictOf('completed', 'CALL_PEER_LEFT', end.detail);
      this.#fire('peerLeft', () => ({ verdict }));
    } else if (end.kind === 'failed' && end.fault.code === 'SIP_SIGNALLING_LOST') {
      // Not the callee's doing: the call is dialled again, here or elsewhere, as when a node is lost.
      void this.handOver();
    } else if (end.kind === 'failed') {
      this.#fail(end.fault);
    }
  }

  #fail(fault: Fault): void {
    this.#fire('failed', () => ({ verdict: verdictOfFault(fault) }));
  }

  #startMedia(): void {
    const { clock, timers } = this.#tools;
    const media = this.#media;
    if (media === undefined || this.#answer === undefined) return;
    try {
      media.start(this.#answer, (fault) => this.#fail(fault));
    } catch (error) {
      this.#fail(faultOf(error));
      return;
    }
    for (const output of this.#outputs) output.open();
    void this.#writer.write(() => ({
      transitions: [],
      call: { mediaPath: media.describe() },
      after: () => undefined,
    }));
    const timeoutMicros = this.#call.record.spec.limits.mediaTimeoutSeconds * 1_000_000;
    this.#mediaCheck = timers.every(MEDIA_CHECK_MS, () => {
      if (this.#state !== 'up') return;
      if (clock.nowMicros() - media.lastPacketMicros > timeoutMicros)
        this.#fail(new Fault('RTP_SILENT'));
    });
  }

  #outputFailed(fault: Fault): void {
    if (this.#outputs.every((output) => output.state === 'failed')) this.#fail(fault);
  }

  /** Outputs first, so that the last sounds arrive; then the leg; then the ports. */
  async #release(): Promise<void> {
    this.#mediaCheck?.cancel();
    await Promise.all(this.#outputs.map((output) => output.close()));
    await this.#leg?.hangUp();
    this.#media?.stop();
    this.#fire('released');
  }

  /** Leaves nothing behind, whatever the call was doing. */
  #abandon(manner: 'silently' | 'politely'): void {
    this.#writer.close();
    this.#deadline?.cancel();
    this.#mediaCheck?.cancel();
    const leaving = this.#outputs.map((output) => output.abandon(manner));
    this.#media?.stop();
    const leg = this.#leg;
    this.#leg = undefined;
    void leg?.hangUp();
    void Promise.allSettled(leaving).then(this.#resolveDone);
  }
}

function faultOf(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('CALL_BROKEN', { cause: error });
}
