import type { Clock, Logger, RandomSource, Timer, Timers } from '#foundation';
import { Fault, OUTPUT_DEADLINES, OutputPatience, isOutputLive, outputLifecycle } from '#domain';
import type {
  NewEvent,
  OutputEvent,
  OutputId,
  OutputPatch,
  OutputRecord,
  OutputStats,
  OutputState,
  Transition,
} from '#domain';
import type { CallTrace } from './call-trace.ts';
import type { CallWriter } from './call-writer.ts';
import { OutputConnection } from './output-connection.ts';
import { eventsOf, withoutQuery } from './output-events.ts';
import type { MediaSource, OpenOutlet, OutletTarget } from './ports.ts';

/** What a runner of an output works with. */
export interface OutputRunnerOptions {
  readonly record: OutputRecord;
  readonly target: OutletTarget;
  readonly writer: CallWriter;
  readonly openOutlet: OpenOutlet;
  readonly media: () => MediaSource;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly trace?: CallTrace | undefined;
  /** Longest duration of the call, in milliseconds. */
  readonly callMs: number;
  /** Told of every state that was entered; with the fault when it is `failed`. */
  readonly onState: (state: OutputState, fault: Fault | undefined) => void;
}

/** What becomes of an output when its call goes back to the queue. */
export interface LostOutput {
  readonly id: OutputId;
  readonly transition: Transition;
  readonly patch: OutputPatch;
}

/** Runs one output: steps its machine, keeps its connection, tries again. */
export class OutputRunner {
  readonly #options: OutputRunnerOptions;
  readonly #connection: OutputConnection;
  readonly #patience: OutputPatience;
  #state: OutputState;
  #attempts: number;
  #delayMs = 0;
  #timer: Timer | undefined;
  #fault: Fault | undefined;
  #whenOver: (() => void)[] = [];

  constructor(options: OutputRunnerOptions) {
    const { record, random, trace } = options;
    this.#options = options;
    this.#state = record.state;
    this.#attempts = record.attempts;
    this.#patience = new OutputPatience({
      limit: record.retry,
      hasPublished: record.publishedAt !== null,
      random,
    });
    this.#connection = new OutputConnection({
      ...options,
      observer: {
        published: () => this.#published(),
        flows: () => trace?.flows(record.id),
        lost: (fault) => this.#lost(fault),
        moved: (url) => this.#tell('output.moved', { to: withoutQuery(url) }),
        congested: (congestion) => this.#tell('output.congested', { ...congestion }),
      },
    });
  }

  get state(): OutputState {
    return this.#state;
  }

  /** What was sent so far. */
  stats(): OutputStats {
    return { id: this.#options.record.id, ...this.#connection.stats() };
  }

  /** Starts to connect. */
  open(): void {
    void this.#fire('openAsked', () => this.#state === 'idle');
  }

  /**
   * Connects now instead of when its time comes; resolves when it does, also where that has come meanwhile. It counts as an
   * attempt like any other.
   * @throws Fault OUTPUT_NOT_RETRYING.
   */
  async retry(): Promise<void> {
    await this.#fire('retryDue', this.#isWaiting);
    const isUnderWay = this.#state === 'connecting' || this.#state === 'publishing';
    if (!isUnderWay) throw new Fault('OUTPUT_NOT_RETRYING');
  }

  /** Leaves the server politely, to wait until it is opened again. */
  rest(): void {
    void this.#fire('restAsked', () => this.#state !== 'idle');
  }

  /** Leaves the server politely; resolves when the output has ended, at the latest after the deadline of `closing`. */
  close(): Promise<void> {
    if (!isOutputLive(this.#state)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenOver.push(resolve);
      void this.#fire('closeAsked');
    });
  }

  /** The step that goes with the call's return to the queue; none when the output has ended. */
  lostStep(): LostOutput[] {
    const { id } = this.#options.record;
    const outcome = outputLifecycle.step(this.#state, 'nodeLost');
    if (outcome.kind !== 'moved') return [];
    const { from, to } = outcome;
    const transition = { machine: id, from, to, event: 'nodeLost' };
    return [{ id, transition, patch: { state: to, nextRetryAt: null } }];
  }

  /** Stops without another step: at once when the lease is lost, else with a good-bye to the server. */
  async abandon(manner: 'silently' | 'politely'): Promise<void> {
    this.#timer?.cancel();
    this.#tellOver();
    if (manner === 'politely') await this.#connection.close();
    else this.#connection.destroy();
  }

  /** @param holds Asked when the event's turn comes. */
  #fire(event: OutputEvent, holds: () => boolean = () => true): Promise<void> {
    const { record, writer, logger } = this.#options;
    return writer.write(() => {
      if (!holds()) return undefined;
      const outcome = outputLifecycle.step(this.#state, event);
      if (outcome.kind === 'illegal') {
        logger.error('output.illegal_event', { state: this.#state, event });
      }
      if (outcome.kind !== 'moved') return undefined;
      const { from, to } = outcome;
      const patch = this.#patch(to);
      return {
        transitions: [{ machine: record.id, from, to, event }],
        outputs: new Map([[record.id, patch]]),
        events: eventsOf(record, { from, to, patch }),
        after: () => this.#enter(to),
      };
    });
  }

  #tell(type: NewEvent['type'], data: NewEvent['data']): void {
    const { record, writer } = this.#options;
    const event = { type, data: { outputId: record.id, url: record.url, ...data } };
    void writer.write(() => ({ transitions: [], events: [event], after: () => undefined }));
  }

  #patch(to: OutputState): OutputPatch {
    const fault = this.#fault;
    const recorded = fault === undefined ? null : { code: fault.code, detail: fault.detail };
    if (to === 'connecting') return { state: to, attempts: this.#attempts + 1, nextRetryAt: null };
    if (to === 'publishing') {
      const audioCodec = this.#connection.audioCodec ?? 'aac';
      return { state: to, published: true, audioCodec, fault: null, nextRetryAt: null };
    }
    if (to === 'retrying') {
      const nextRetryAt = new Date(this.#options.clock.wallMs() + this.#delayMs);
      return { state: to, fault: recorded, nextRetryAt };
    }
    return to === 'failed' ? { state: to, fault: recorded } : { state: to, nextRetryAt: null };
  }

  #enter(state: OutputState): void {
    this.#state = state;
    this.#timer?.cancel();
    if (state === 'connecting') this.#connect();
    if (state === 'idle') void this.#connection.close();
    if (state === 'closing') void this.#connection.close().then(() => this.#fire('closed'));
    if (state === 'retrying') this.#connection.destroy();
    if (state === 'closed' || state === 'failed') this.#finish();
    else this.#arm(state);
    this.#options.onState(state, state === 'failed' ? this.#fault : undefined);
  }

  #arm(state: Exclude<OutputState, 'closed' | 'failed'>): void {
    const { timers, callMs } = this.#options;
    this.#timer =
      state === 'retrying'
        ? timers.after(this.#delayMs, () => void this.#fire('retryDue', this.#isWaiting))
        : timers.after(OUTPUT_DEADLINES[state](callMs), () => this.#deadline(state));
  }

  #deadline(state: OutputState): void {
    void this.#fire('deadlinePassed', () => {
      // A step that was being written has led out of that state.
      if (this.#state !== state) return false;
      if (state !== 'connecting' || this.#mayRetry(new Fault('RTMP_TIMEOUT'))) return true;
      void this.#fire('refused', this.#isUnderWay);
      return false;
    });
  }

  #connect(): void {
    this.#attempts++;
    this.#options.trace?.connects(this.#options.record.id);
    this.#connection.open();
  }

  #published(): void {
    this.#patience.published(this.#nowMs());
    this.#fault = undefined;
    void this.#fire('published', this.#isUnderWay);
  }

  #lost(fault: Fault): void {
    this.#options.trace?.lost(this.#options.record.id, fault.code);
    void this.#fire(this.#mayRetry(fault) ? 'lost' : 'refused', this.#isUnderWay);
  }

  #mayRetry(fault: Fault): boolean {
    this.#fault = fault;
    const delayMs = this.#patience.failed(fault.code, this.#nowMs());
    this.#delayMs = delayMs ?? 0;
    return delayMs !== undefined;
  }

  /** What was under way when a standby was told to rest is of no interest any more. */
  readonly #isUnderWay = (): boolean => this.#state !== 'idle';

  /** Its time and a command may come together. */
  readonly #isWaiting = (): boolean => this.#state === 'retrying';

  #finish(): void {
    this.#connection.destroy();
    this.#tellOver();
  }

  #tellOver(): void {
    const waiting = this.#whenOver;
    this.#whenOver = [];
    for (const tell of waiting) tell();
  }

  #nowMs(): number {
    return this.#options.clock.nowMicros() / 1000;
  }
}
