import type { Clock, Logger, Micros, Timer, Timers } from '#foundation';
import {
  CALL_DEADLINES,
  Fault,
  callLifecycle,
  isAnswered,
  limitsOf,
  redialAfter,
  verdictOf,
  verdictOfFault,
} from '#domain';
import type {
  CallEffect,
  CallEvent,
  CallLimits,
  CallPatch,
  CallRecord,
  CallState,
  CallStats,
  Verdict,
} from '#domain';
import { eventOf } from './call-events.ts';
import type { CallWriter, Step } from './call-writer.ts';
import type { LostOutput } from './output-runner.ts';

/** Facts that go with an event of the call. */
interface Circumstances {
  readonly patch?: CallPatch;
  readonly verdict?: Verdict;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly LostOutput[];
}

/** A step that was found in the table. */
type MovedCall = Extract<ReturnType<typeof callLifecycle.step>, { kind: 'moved' }>;

/** What the steps of a call work with. */
export interface CallStepsOptions {
  readonly record: CallRecord;
  readonly writer: CallWriter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Finds the lines that the dialer wrote about the leg. */
  readonly dialogId: () => string | undefined;
  /** The figures of now; they are stored when the call ends or leaves this node. */
  readonly stats: () => CallStats | undefined;
  /** What becomes of the outputs when the call leaves this node. */
  readonly lostOutputs: () => readonly LostOutput[];
  /** Carries out what follows from a step, once it is written. */
  readonly onEffect: (effect: CallEffect) => void;
  /** The call has ended, or has gone back to the queue. */
  readonly onLeft: () => void;
}

/** Steps the machine of one call: its state, its deadline and its verdict. Life: constructed, `arm`, `close`. */
export class CallSteps {
  readonly #options: CallStepsOptions;
  readonly #limits: CallLimits;
  #state: CallState;
  #verdict: Verdict | undefined;
  #deadline: Timer | undefined;
  /** On this node. */
  #answeredAt: Micros | undefined;

  constructor(options: CallStepsOptions) {
    this.#options = options;
    this.#state = options.record.state;
    this.#limits = limitsOf(options.record.spec);
  }

  /** The state as it was last written. */
  get state(): CallState {
    return this.#state;
  }

  /** Whether the call has ever been answered on this node. */
  get wasAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  /**
   * Queues a step.
   *
   * @param circumstances Asked when the event's turn comes; undefined when it does not hold any more.
   */
  fire(event: CallEvent, circumstances?: () => Circumstances | undefined): void {
    void this.take(event, circumstances);
  }

  /** The same; resolves when the step was written and acted upon, or was not wanted. */
  take(
    event: CallEvent,
    circumstances: () => Circumstances | undefined = () => ({}),
  ): Promise<void> {
    return this.#options.writer.write(() => {
      const outcome = callLifecycle.step(this.#state, event);
      if (outcome.kind === 'illegal') {
        this.#options.logger.error('call.illegal_event', { state: this.#state, event });
      }
      if (outcome.kind !== 'moved') return undefined;
      const facts = circumstances();
      if (facts === undefined) return undefined;
      const redial = this.#redialInsteadOf(facts);
      return redial === undefined
        ? this.#stepOf(event, outcome, facts)
        : this.#stepOf('redialPlanned', redial.outcome, redial.facts);
    });
  }

  #stepOf(event: CallEvent, outcome: MovedCall, facts: Circumstances): Step | undefined {
    const { from, to, effects } = outcome;
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
      call: {
        ...patch,
        state: to,
        ...(shown === undefined ? {} : { verdict: shown }),
        ...this.#lastStats(to),
      },
      events: [{ type: eventOf(event, to), data: { ...told, ...data } }],
      after: () => this.#enter(to, effects),
    };
  }

  /** What a call that nobody has answered meets instead of its end, when its policy says so. */
  #redialInsteadOf({
    verdict,
  }: Circumstances): { outcome: MovedCall; facts: Circumstances } | undefined {
    const { record, lostOutputs } = this.#options;
    const mayEnd = verdict !== undefined && this.#verdict === undefined;
    if (!mayEnd || this.wasAnswered || record.answeredAt !== null) return undefined;
    const outcome = callLifecycle.step(this.#state, 'redialPlanned');
    const plan = redialAfter({ redial: record.redial, redials: record.redials, verdict });
    if (outcome.kind !== 'moved' || plan === undefined) return undefined;
    const { attempt, delayMs } = plan;
    const { code, detail } = verdict;
    const facts: Circumstances = {
      patch: { leg: null, nextDialMs: delayMs, leavesTrunk: true },
      data: { code, detail, attempt, delaySeconds: delayMs / 1_000 },
      outputs: lostOutputs(),
    };
    return { outcome, facts };
  }

  #lastStats(to: CallState): Pick<CallPatch, 'stats'> {
    const stats = to === 'ended' || to === 'queued' ? this.#statsOfNow() : undefined;
    return stats === undefined ? {} : { stats };
  }

  /** A call whose figures are broken ends all the same. */
  #statsOfNow(): CallStats | undefined {
    try {
      return this.#options.stats();
    } catch (error) {
      this.#options.logger.error('call.figures_broken', { error: String(error) });
      return undefined;
    }
  }

  /** Ends the call with the verdict of the error, unless it has one. What is no fault is a bug of ours. */
  fail(error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault('CALL_BROKEN', { cause: error });
    this.fire('failed', () => ({ verdict: verdictOfFault(fault) }));
  }

  /** Starts the deadline of the state. */
  arm(): void {
    this.#deadline?.cancel();
    if (this.#state === 'ended') return;
    const state = this.#state;
    const stateMs = CALL_DEADLINES[state](this.#limits);
    const leftMs = this.#leftMs();
    // Not measured again when it passes: timers of Node come up to a millisecond early.
    const isLongest = leftMs <= stateMs;
    this.#deadline = this.#options.timers.after(Math.min(stateMs, leftMs), () =>
      this.#deadlinePassed(state, isLongest),
    );
  }

  /** No deadline passes any more. */
  close(): void {
    this.#deadline?.cancel();
  }

  /** Of the longest duration, which counts from the first answer, through hold, losses and back. */
  #leftMs(): number {
    const { clock } = this.#options;
    if (this.#answeredAt === undefined || this.#state === 'ending') return Infinity;
    return Math.max(0, this.#limits.maxMs - (clock.nowMicros() - this.#answeredAt) / 1000);
  }

  #enter(state: CallState, effects: readonly CallEffect[]): void {
    const wasAnswered = isAnswered(this.#state);
    if (isAnswered(state)) this.#answeredAt ??= this.#options.clock.nowMicros();
    this.#state = state;
    this.#tell(state);
    // Hold and its end move no deadline.
    if (!(wasAnswered && isAnswered(state))) this.arm();
    for (const effect of effects) this.#options.onEffect(effect);
    if (state === 'ended' || state === 'queued') this.#options.onLeft();
  }

  /** One line per state; the last one says how the call went. A failure is somebody's to look at. */
  #tell(state: CallState): void {
    const verdict = this.#verdict;
    const dialogId = this.#options.dialogId();
    const level = state === 'ended' && verdict?.result === 'failed' ? 'warn' : 'info';
    this.#options.logger[level](`call.${state}`, {
      ...(verdict === undefined ? {} : { code: verdict.code, detail: verdict.detail }),
      ...(dialogId === undefined ? {} : { dialogId }),
    });
  }

  /** @param isLongest Of the call, and not of the state. */
  #deadlinePassed(state: CallState, isLongest: boolean): void {
    this.fire('deadlinePassed', () => {
      // A step that was being written has led out of that state.
      if (this.#state !== state && !(isAnswered(state) && isAnswered(this.#state)))
        return undefined;
      if (isAnswered(this.#state) || isLongest)
        return { verdict: verdictOf('completed', 'CALL_MAX_DURATION') };
      const code = this.#state === 'claimed' ? 'CALL_BROKEN' : 'SIP_NO_ANSWER';
      return { verdict: verdictOf('failed', code) };
    });
  }
}
