import type { Clock, Logger, RandomSource, Timers } from '#foundation';
import { Fault, isOutputLive } from '#domain';
import type { OpenedOutput, OutputId, OutputState, OutputStats } from '#domain';
import type { CallTrace } from './call-trace.ts';
import type { CallWriter } from './call-writer.ts';
import { OutputRunner } from './output-runner.ts';
import type { LostOutput } from './output-runner.ts';
import type { MediaSource, OpenOutlet } from './ports.ts';
import { StandbyWatch } from './standby-watch.ts';

/** What the outputs of a call work with. */
export interface CallOutputsOptions {
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
  /** None is left that could still publish; with the fault of the one that failed last. */
  readonly onAllFailed: (fault: Fault) => void;
}

interface Member {
  readonly output: OpenedOutput;
  readonly runner: OutputRunner;
  /** Of a standby. */
  readonly watch: StandbyWatch | undefined;
}

/** Ended outputs whose figures are still told. */
const MAX_ENDED = 24;

/**
 * The outputs of one call on this node: those it was claimed with, those that are added while it lives, and the pairs of
 * them. Life: `add` for each, `open` when media begins, `remove` as asked for, `close` or `abandon`.
 */
export class CallOutputs {
  readonly #options: CallOutputsOptions;
  readonly #members = new Map<OutputId, Member>();
  #isOpen = false;
  #isClosing = false;
  #lastFault: Fault | undefined;

  constructor(options: CallOutputsOptions) {
    this.#options = options;
  }

  /** How many can still publish. */
  get liveCount(): number {
    return this.#live().length;
  }

  /** Takes an output in; it connects when media flows. Harmless when it is there already. */
  add(output: OpenedOutput): void {
    const { id, state } = output.record;
    if (this.#members.has(id) || this.#isClosing || !isOutputLive(state)) return;
    this.#forgetEnded();
    const member = this.#memberOf(output);
    this.#members.set(id, member);
    if (this.#isOpen) this.#openMember(member);
  }

  /** Media flows: those connect that publish from the beginning. */
  open(): void {
    this.#isOpen = true;
    for (const member of this.#members.values()) this.#openMember(member);
  }

  /**
   * Takes an output out, and its backups with it; resolves when they have ended, rejects when the call has left this node
   * before that, or the output has not come yet: its addition is tried again, and must not come behind its removal.
   */
  async remove(id: OutputId): Promise<void> {
    const concerned = [...this.#members.values()]
      .filter(({ output: { record } }) => record.id === id || record.backup?.of === id)
      .map(({ runner }) => runner);
    if (concerned.length === 0) throw new Error('the output has not come to this node yet');
    // Backups first: none shall step in for a primary that is to go.
    await Promise.all(concerned.reverse().map((runner) => runner.close()));
    if (concerned.some(({ state }) => isOutputLive(state))) {
      throw new Error('the call has left this node');
    }
  }

  /** Has an output connect now that waits for its next attempt; resolves when it does. @throws Fault OUTPUT_NOT_RETRYING. */
  async retry(id: OutputId): Promise<void> {
    const member = this.#members.get(id);
    if (member === undefined) throw new Fault('OUTPUT_NOT_RETRYING');
    await member.runner.retry();
  }

  /** What was sent so far. */
  stats(): OutputStats[] {
    return [...this.#members.values()].map(({ runner }) => runner.stats());
  }

  /** The steps that go with the call's return to the queue. */
  lostSteps(): LostOutput[] {
    return [...this.#members.values()].flatMap(({ runner }) => runner.lostStep());
  }

  /** Leaves all servers politely; resolves when every output has ended. */
  async close(): Promise<void> {
    this.#end();
    await Promise.all([...this.#members.values()].map(({ runner }) => runner.close()));
  }

  /** Stops without another step: at once when the lease is lost, else with a good-bye to the servers. */
  async abandon(manner: 'silently' | 'politely'): Promise<void> {
    this.#end();
    const leaving = [...this.#members.values()].map(({ runner }) => runner.abandon(manner));
    await Promise.allSettled(leaving);
  }

  #memberOf(output: OpenedOutput): Member {
    const { record, streamKey, urlCredentials } = output;
    const { id, url, backup } = record;
    const runner = new OutputRunner({
      ...this.#options,
      record,
      target: { id, url, streamKey, urlCredentials },
      onState: (state, fault) => this.#changed(state, fault),
    });
    const watch =
      backup?.mode === 'standby'
        ? new StandbyWatch({
            standby: runner,
            primaryState: () => this.#members.get(backup.of)?.runner.state,
            timers: this.#options.timers,
          })
        : undefined;
    return { output, runner, watch };
  }

  #openMember({ runner, watch }: Member): void {
    if (watch === undefined) runner.open();
    else watch.look();
  }

  #changed(state: OutputState, fault: Fault | undefined): void {
    if (this.#isClosing) return;
    if (this.#isOpen) for (const { watch } of this.#members.values()) watch?.look();
    this.#lastFault = fault ?? this.#lastFault;
    const isOver = !isOutputLive(state) && this.#live().length === 0;
    if (isOver && this.#lastFault !== undefined) this.#options.onAllFailed(this.#lastFault);
  }

  #live(): Member[] {
    return [...this.#members.values()].filter(({ runner }) => isOutputLive(runner.state));
  }

  #end(): void {
    this.#isClosing = true;
    for (const { watch } of this.#members.values()) watch?.close();
  }

  /** Outputs come and go for days: only the newest of the ended ones are kept. */
  #forgetEnded(): void {
    const ended = [...this.#members].filter(([, { runner }]) => !isOutputLive(runner.state));
    for (const [id] of ended.slice(0, -MAX_ENDED)) this.#members.delete(id);
  }
}
