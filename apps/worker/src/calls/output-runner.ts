import type { Logger, RandomSource, Timer, Timers } from '#foundation';
import {
  Fault,
  OUTPUT_DEADLINES,
  isFinalForOutput,
  isOutputLive,
  outputLifecycle,
  reconnectDelayMs,
} from '#domain';
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
import type { FlvTag } from '#protocol/flv';
import type { CallWriter } from './call-writer.ts';
import { fromZero } from './from-zero.ts';
import { OutputFigures } from './output-figures.ts';
import type { MediaSource, OpenOutlet, Outlet, OutletTarget } from './ports.ts';

/** What a runner of an output works with. */
export interface OutputRunnerOptions {
  readonly record: OutputRecord;
  readonly target: OutletTarget;
  readonly writer: CallWriter;
  readonly openOutlet: OpenOutlet;
  readonly media: () => MediaSource;
  readonly wallMs: () => number;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Longest duration of the call, in milliseconds. */
  readonly callMs: number;
  /** The server refused for good. */
  readonly onFailed: (fault: Fault) => void;
}

/** A server that accepts and drops again and again is not asked every second. */
const STEADY_MS = 30_000;

/** What becomes of an output when its call goes back to the queue. */
export interface LostOutput {
  readonly id: OutputId;
  readonly transition: Transition;
  readonly patch: OutputPatch;
}

/** Runs one output: steps its machine, keeps its connection, tries again. */
export class OutputRunner {
  readonly #options: OutputRunnerOptions;
  #state: OutputState;
  #attempts: number;
  /** Attempts in a row that failed, or did not publish for long. */
  #failures = 0;
  #publishingSinceMs: number | undefined;
  #delayMs = 0;
  #hasPublished: boolean;
  #outlet: Outlet | undefined;
  #detach: (() => void) | undefined;
  #timer: Timer | undefined;
  #fault: Fault | undefined;
  #whenClosed: (() => void) | undefined;
  readonly #figures = new OutputFigures();

  constructor(options: OutputRunnerOptions) {
    this.#options = options;
    this.#state = options.record.state;
    this.#attempts = options.record.attempts;
    this.#hasPublished = options.record.publishedAt !== null;
  }

  get state(): OutputState {
    return this.#state;
  }

  /** What was sent so far. */
  stats(): OutputStats {
    return { id: this.#options.record.id, ...this.#figures.take() };
  }

  /** Starts to connect. */
  open(): void {
    this.#fire('openAsked');
  }

  /** Leaves the server politely; resolves when the output has ended, at the latest after the deadline of `closing`. */
  close(): Promise<void> {
    if (!isOutputLive(this.#state)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenClosed = resolve;
      this.#fire('closeAsked');
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
    const outlet = this.#drop();
    this.#whenClosed?.();
    if (manner === 'politely') await outlet?.close();
    else outlet?.destroy();
  }

  /** @param holds Asked when the event's turn comes. */
  #fire(event: OutputEvent, holds: () => boolean = () => true): void {
    void this.#options.writer.write(() => {
      if (!holds()) return undefined;
      const outcome = outputLifecycle.step(this.#state, event);
      if (outcome.kind === 'illegal') {
        this.#options.logger.error('output.illegal_event', { state: this.#state, event });
      }
      if (outcome.kind !== 'moved') return undefined;
      const { to } = outcome;
      const { id } = this.#options.record;
      const patch = this.#patch(to);
      return {
        transitions: [{ machine: id, from: outcome.from, to, event }],
        outputs: new Map([[id, patch]]),
        events: this.#events(to, patch),
        after: () => this.#enter(to),
      };
    });
  }

  #patch(to: OutputState): OutputPatch {
    const fault = this.#fault;
    const recorded = fault === undefined ? null : { code: fault.code, detail: fault.detail };
    if (to === 'connecting') return { state: to, attempts: this.#attempts + 1, nextRetryAt: null };
    if (to === 'publishing') return { state: to, published: true, fault: null, nextRetryAt: null };
    if (to === 'retrying') {
      const nextRetryAt = new Date(this.#options.wallMs() + this.#retryDelay());
      return { state: to, fault: recorded, nextRetryAt };
    }
    return to === 'failed' ? { state: to, fault: recorded } : { state: to, nextRetryAt: null };
  }

  #retryDelay(): number {
    this.#delayMs = reconnectDelayMs(Math.max(1, this.#failures), this.#options.random);
    return this.#delayMs;
  }

  #events(to: OutputState, patch: OutputPatch): NewEvent[] {
    const { id: outputId, url } = this.#options.record;
    const data = { outputId, url };
    if (to === 'connecting')
      return [{ type: 'output.connecting', data: { ...data, attempt: patch.attempts } }];
    if (to === 'publishing') return [{ type: 'output.publishing', data }];
    if (to === 'closed') return [{ type: 'output.closed', data }];
    const error = patch.fault ?? null;
    if (to === 'failed') return [{ type: 'output.failed', data: { ...data, error } }];
    if (to !== 'retrying') return [];
    const nextRetryAt = patch.nextRetryAt?.toISOString() ?? null;
    return [{ type: 'output.interrupted', data: { ...data, error, nextRetryAt } }];
  }

  #enter(state: OutputState): void {
    this.#state = state;
    this.#timer?.cancel();
    if (state === 'connecting') this.#connect();
    if (state === 'publishing') this.#publish();
    if (state === 'closing') this.#leave();
    if (state === 'retrying') this.#drop()?.destroy();
    if (state === 'closed' || state === 'failed') this.#finish(state);
    else this.#arm(state);
  }

  #arm(state: Exclude<OutputState, 'closed' | 'failed'>): void {
    const { timers, callMs } = this.#options;
    this.#timer =
      state === 'retrying'
        ? timers.after(this.#delayMs, () => this.#fire('retryDue'))
        : timers.after(OUTPUT_DEADLINES[state](callMs), () => this.#deadline(state));
  }

  #deadline(state: OutputState): void {
    this.#fire('deadlinePassed', () => {
      // A step that was being written has led out of that state.
      if (this.#state !== state) return false;
      if (state === 'connecting') {
        this.#failures++;
        this.#fault = new Fault('RTMP_TIMEOUT');
      }
      return true;
    });
  }

  #connect(): void {
    this.#attempts++;
    const { openOutlet, target, media } = this.#options;
    const outlet = openOutlet({ target, media: media(), onMoveAsked: () => undefined });
    this.#outlet = outlet;
    this.#figures.follow(outlet);
    outlet.ready.then(
      () => {
        if (this.#outlet !== outlet) return;
        this.#publishingSinceMs = this.#options.wallMs();
        this.#hasPublished = true;
        this.#fault = undefined;
        // Media flows from this moment; the record of it follows.
        this.#detach = this.#options.media().attach(fromZero((tag) => this.#write(outlet, tag)));
        this.#fire('published');
      },
      () => undefined,
    );
    void outlet.ended.then((fault) => {
      if (fault !== undefined && this.#outlet === outlet) this.#lose(fault);
    });
  }

  #write(outlet: Outlet, tag: FlvTag): void {
    this.#figures.countTag();
    outlet.write(tag);
  }

  #lose(fault: Fault): void {
    this.#drop();
    const publishedMs = this.#options.wallMs() - (this.#publishingSinceMs ?? Infinity);
    this.#publishingSinceMs = undefined;
    this.#failures = publishedMs >= STEADY_MS ? 1 : this.#failures + 1;
    this.#fault = fault;
    const isFinal = isFinalForOutput(fault.code, {
      hasPublished: this.#hasPublished,
      failures: this.#failures,
    });
    this.#fire(isFinal ? 'refused' : 'lost');
  }

  /** The connection may have gone while the step to `publishing` was written. */
  #publish(): void {
    if (this.#outlet === undefined) this.#options.logger.debug('output.lost_early');
  }

  #leave(): void {
    const outlet = this.#drop();
    if (outlet === undefined) this.#fire('closed');
    else void outlet.close().then(() => this.#fire('closed'));
  }

  #drop(): Outlet | undefined {
    const outlet = this.#outlet;
    this.#outlet = undefined;
    this.#detach?.();
    this.#detach = undefined;
    return outlet;
  }

  #finish(state: 'closed' | 'failed'): void {
    this.#drop()?.destroy();
    this.#whenClosed?.();
    if (state === 'failed' && this.#fault !== undefined) this.#options.onFailed(this.#fault);
  }
}
