import { invariant } from '#foundation';
import type { Clock, Logger, Micros, RandomSource, Timers, Tracer } from '#foundation';
import { Fault, canBroadcast, costOfCall, isAnswered, limitsOf, verdictOf } from '#domain';
import type {
  Announcer,
  CallEffect,
  CallId,
  CallLedger,
  CallState,
  CallStats,
  ClaimedCall,
  CommandId,
  Dialer,
  DtmfOrder,
  NodeId,
  OpenedOutput,
  OutputId,
  SipNote,
} from '#domain';
import type { RegistrationNeed } from '../registrations/sip-account.ts';
import { CallOutputs } from './call-outputs.ts';
import { CallSteps } from './call-steps.ts';
import { CallTrace } from './call-trace.ts';
import { CallWriter } from './call-writer.ts';
import { DtmfRunner } from './dtmf-runner.ts';
import { HoldRunner } from './hold-runner.ts';
import { LegKeeper } from './leg-keeper.ts';
import type { Lease } from './lease.ts';
import { MediaRunner } from './media-runner.ts';
import { MuteRunner } from './mute-runner.ts';
import type { CallLines, MediaSource, OpenMedia, OutletKind } from './ports.ts';

/** What all sessions of a node share. */
export interface SessionTools {
  readonly ledger: CallLedger;
  readonly announcer: Announcer;
  readonly dialer: Dialer;
  /** The ways out. */
  readonly lines: CallLines;
  /** Takes the SIP messages of a call in this epoch. */
  readonly takeSip: (id: CallId, epoch: number) => (note: SipNote) => void;
  /** Resolves when the address of the call is registered, if it asks for that; keeps it so until `until` is over. */
  readonly register: (need: RegistrationNeed, until: Promise<void>) => Promise<void>;
  readonly openMedia: OpenMedia;
  readonly openOutlet: OutletKind;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Undefined where nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Runs one call on this node: joins its machine, its leg, its media and its outputs.
 * The only writer of the call while the lease is held. Life: constructed with a claimed call, `start`, `done`.
 */
export class CallSession {
  readonly id: CallId;
  readonly lease: Lease;
  /** Resolves when nothing of the call is left on this node. */
  readonly done: Promise<void>;

  readonly #tools: SessionTools;
  readonly #call: ClaimedCall;
  readonly #logger: Logger;
  readonly #writer: CallWriter;
  readonly #steps: CallSteps;
  readonly #leg: LegKeeper;
  readonly #media: MediaRunner;
  readonly #dtmf: DtmfRunner;
  readonly #mute: MuteRunner;
  readonly #hold: HoldRunner;
  readonly #outputs: CallOutputs;
  readonly #resolveDone: () => void;
  readonly #trace: CallTrace | undefined;

  constructor(call: ClaimedCall, lease: Lease, tools: SessionTools) {
    const { record } = call;
    const { id, epoch, version, spec } = record;
    this.id = id;
    this.lease = lease;
    this.#tools = tools;
    this.#call = call;
    const logger = tools.logger.child({ callId: id, epoch });
    this.#logger = logger;
    let resolveDone = (): void => undefined;
    this.done = new Promise((resolve) => (resolveDone = resolve));
    this.#resolveDone = resolveDone;
    const onFenced = (): void => this.#abandon('silently');
    const writer = new CallWriter({
      ...tools,
      callId: id,
      epoch,
      version,
      lease,
      logger,
      onFenced,
    });
    this.#writer = writer;
    const steps = new CallSteps({
      ...tools,
      record,
      writer,
      logger,
      dialogId: () => this.#leg.dialogId,
      stats: () => this.stats(),
      lostOutputs: () => this.#outputs.lostSteps(),
      onEffect: (effect) => this.#run(effect),
      onLeft: () => this.#abandon('politely'),
    });
    this.#steps = steps;
    const onTimeout = (fault: Fault): void => void this.#leg.giveUp(fault);
    const { tracer } = tools;
    const firstPacketMicros = (): Micros | undefined => this.#media.firstPacketMicros;
    this.#trace = tracer && new CallTrace({ ...tools, tracer, record, firstPacketMicros });
    void this.done.then(() => this.#trace?.end());
    this.#media = new MediaRunner({ ...tools, spec, steps, writer, logger, onTimeout });
    this.#leg = new LegKeeper({
      ...tools,
      call,
      steps,
      logger,
      media: this.#media,
      trace: this.#trace,
      onSignalled: tools.takeSip(id, epoch),
      onSignallingLost: () => void this.handOver(),
    });
    const runners = { ...tools, record, leg: this.#leg, media: this.#media, steps, writer, logger };
    this.#dtmf = new DtmfRunner(runners);
    this.#mute = new MuteRunner(runners);
    this.#hold = new HoldRunner({ ...runners, mute: this.#mute });
    this.#outputs = this.#outputsOf(call);
  }

  /** Acts upon the claim, which was written before the session was made. */
  start(): void {
    this.#steps.arm();
    const { mayBeOffAir = false } = this.#call.record.spec;
    if (this.#outputs.liveCount === 0 && !mayBeOffAir) {
      // A node before this one has failed them all and died before it could end the call.
      const detail = 'every output of the call has failed';
      this.#steps.fail(new Fault('RTMP_REFUSED', { detail }));
      return;
    }
    // The command was carried out by a node that then gave the call away.
    if (this.#call.record.stopRequestedAt === null) this.#run('placeCall');
    else this.stop();
  }

  /** The state as it was last written. */
  get state(): CallState {
    return this.#steps.state;
  }

  /** What is on air, for whoever listens in; undefined while there is nothing. */
  get source(): MediaSource | undefined {
    return this.#media.isStarted ? this.#media.media : undefined;
  }

  /** The app that it belongs to. */
  get appKey(): string {
    return this.#call.record.appKey;
  }

  /** The epoch of this node's claim. */
  get epoch(): number {
    return this.#call.record.epoch;
  }

  /** The figures of now; undefined if media has never begun. */
  stats(): CallStats | undefined {
    const media = this.#media.stats();
    if (media === undefined) return undefined;
    const at = new Date(this.#tools.clock.wallMs()).toISOString();
    return { at, ...media, outputs: this.#outputs.stats() };
  }

  /** Ends the call by command. */
  stop(): void {
    this.#steps.fire('stopAsked', () => ({
      verdict: this.#steps.wasAnswered
        ? verdictOf('completed', 'CALL_HUNG_UP')
        : verdictOf('canceled', 'CALL_CANCELED'),
    }));
  }

  /** Presses keys, by command. @throws Fault CALL_NOT_ANSWERED, DTMF_REFUSED. */
  async press(order: DtmfOrder, commandId: CommandId): Promise<void> {
    if (!isAnswered(this.state)) throw new Fault('CALL_NOT_ANSWERED');
    await this.#dtmf.press(order, commandId);
  }

  /** Puts silence on air in the place of the callee, or ends that, by command. @throws Fault CALL_ALREADY_ENDED. */
  mute(isMuted: boolean): Promise<void> {
    return this.#mute.mute(isMuted);
  }

  /** Holds the callee, or goes on, by command. @throws Fault HOLD_REFUSED, CALL_NOT_ANSWERED. */
  async hold(isHeld: boolean): Promise<void> {
    if (!isAnswered(this.state)) throw new Fault('CALL_NOT_ANSWERED');
    await this.#hold.hold(isHeld);
  }

  /** What the call costs with the outputs that it has now, in cost units. */
  get costUnits(): number {
    return costOfCall(this.#call.record.spec, this.#outputs.liveCount);
  }

  /** Takes another output in, by command. @throws Fault CALL_ALREADY_ENDED. */
  addOutput(output: OpenedOutput): void {
    if (!canBroadcast(this.state)) throw new Fault('CALL_ALREADY_ENDED');
    this.#outputs.add(output);
  }

  /** Takes an output out, by command; resolves when it has ended. */
  removeOutput(id: OutputId): Promise<void> {
    return this.#outputs.remove(id);
  }

  /** Connects an output now that waits for its next attempt, by command. @throws Fault OUTPUT_NOT_RETRYING. */
  retryOutput(id: OutputId): Promise<void> {
    return this.#outputs.retry(id);
  }

  /** Gives the call back to the queue, for another node: this one is shutting down. */
  handOver(): Promise<void> {
    const data = { node: this.#call.record.node };
    this.#steps.fire('nodeLost', () => ({
      patch: { leg: null },
      data,
      outputs: this.#outputs.lostSteps(),
    }));
    return this.done;
  }

  /** Gives the call to another node, by command; resolves when nothing of it is left here. @throws Fault CALL_NOT_ANSWERED. */
  async transfer(to: NodeId): Promise<void> {
    if (!isAnswered(this.state)) throw new Fault('CALL_NOT_ANSWERED');
    await this.#steps.take('transferAsked', () => ({
      patch: { leg: null, preferredNode: to },
      data: { from: this.#call.record.node, to },
      outputs: this.#outputs.lostSteps(),
    }));
    if (this.state !== 'queued') throw new Fault('CALL_NOT_ANSWERED');
    await this.done;
  }

  /** The lease is lost: silence at once, questions later. */
  fence(): void {
    this.#writer.fence();
  }

  #outputsOf({ record, secrets }: ClaimedCall): CallOutputs {
    const { ringMs, maxMs } = limitsOf(record.spec);
    const outputs = new CallOutputs({
      ...this.#tools,
      writer: this.#writer,
      openOutlet: this.#tools.openOutlet(this.#call, this.lease),
      media: () => this.#media.media,
      logger: this.#logger,
      trace: this.#trace,
      // Early media may be on air for as long as the call rings.
      callMs: ringMs + maxMs,
      onAllFailed: (fault) => {
        if (record.spec.mayBeOffAir !== true) this.#steps.fail(fault);
      },
    });
    for (const output of record.outputs) {
      const streamKey = secrets.streamKeys.get(output.id);
      invariant(streamKey !== undefined, 'the output is one of the call');
      const urlCredentials = secrets.urlCredentials.get(output.id) ?? null;
      outputs.add({ record: output, streamKey, urlCredentials });
    }
    return outputs;
  }

  #run(effect: CallEffect): void {
    switch (effect) {
      case 'placeCall':
        this.#placeCall().catch((error: unknown) => this.#notPlaced(error));
        break;
      case 'startEarlyMedia':
        if (this.#call.record.spec.media.earlyMedia === 'publish') this.#startMedia();
        break;
      case 'redial':
        this.#leg.redial();
        break;
      case 'startMedia':
        this.#startMedia();
        if (this.#leg.isLost) break;
        this.#media.watch();
        this.#hold.answered();
        this.#pressOwnKeys();
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
    const { lines, register } = this.#tools;
    // Everything that has to be had before the INVITE leaves is awaited here.
    const line = await lines.open(this.#call);
    await register(line.registration, this.done);
    await this.#media.bind(line.call.record.spec);
    // Meanwhile the call may have been stopped, or lost to another node.
    if (this.state === 'claimed' && !this.#writer.isClosed && this.lease.isHeld()) {
      this.#leg.dial(line.call);
    } else {
      lines.giveBack(this.#call);
      this.#media.stop();
    }
  }

  #notPlaced(error: unknown): void {
    this.#tools.lines.giveBack(this.#call);
    const isLost = error instanceof Fault && error.code === 'SIP_SIGNALLING_LOST';
    if (isLost) void this.handOver();
    else this.#steps.fail(error);
  }

  #startMedia(): void {
    const { audio } = this.#leg;
    if (audio === undefined || this.#media.isStarted) return;
    try {
      this.#media.start(audio);
    } catch (error) {
      this.#steps.fail(error);
      return;
    }
    this.#outputs.open();
  }

  /** A PIN that is refused does not end the call: an event has told of it. */
  #pressOwnKeys(): void {
    const { dtmf: keys } = this.#call.secrets;
    if (keys !== null) this.#dtmf.press({ keys }, null).catch(() => undefined);
  }

  /** Outputs first, so that the last sounds arrive; then the leg; then the ports. */
  async #release(): Promise<void> {
    this.#leg.close();
    this.#media.endWatch();
    this.#dtmf.close();
    await this.#outputs.close();
    await this.#leg.hangUp();
    this.#media.stop();
    this.#steps.fire('released');
  }

  /** Leaves nothing behind, whatever the call was doing. */
  #abandon(manner: 'silently' | 'politely'): void {
    this.#writer.close();
    this.#steps.close();
    this.#media.endWatch();
    this.#dtmf.close();
    const leaving = this.#outputs.abandon(manner);
    this.#media.stop();
    void this.#leg.hangUp();
    void leaving.then(this.#resolveDone);
  }
}
