import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { Fault } from '#domain';
import type { Announcements, CallId, CallRecord, CallRegistry } from '#domain';
import type { Logger, Timer, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

/** Requests that one process keeps waiting. */
const MOST_WAITS = 1_000;
/** Announcements may be lost; the calls are looked at this often without any. */
const POLL_MS = 1_000;
/** At most one look in this time, however much is announced. */
const PAUSE_MS = 50;

/** The way back to a client, as `node:http` has it. */
interface Line {
  readonly destroyed: boolean;
  once(event: 'close', hear: () => void): unknown;
  off(event: 'close', hear: () => void): unknown;
}

/** How long, and for whom. */
export interface WaitOptions {
  readonly seconds: number;
  /** When it closes nobody waits any more. */
  readonly line: Line;
}

const isSettled = ({ answeredAt, endedAt }: CallRecord): boolean =>
  answeredAt !== null || endedAt !== null;

/** Keeps requests waiting until their calls are answered or have ended, whatever node runs them. */
@Injectable()
export class AnswerWaits implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #waits = new Map<CallId, Set<() => void>>();
  #count = 0;
  #closers: (() => void)[] = [];
  #pause: Timer | undefined;
  #isLooking = false;
  #hasNews = false;
  #isStopped = false;

  constructor(
    @Inject(TOKENS.registry)
    private readonly registry: Pick<CallRegistry, 'findCall' | 'findUnanswered'>,
    @Inject(TOKENS.announcements) private readonly announcements: Announcements,
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(TOKENS.metrics) metrics: Registry,
  ) {
    const count = (): number => this.#count;
    new Gauge({
      name: 'callcast_answer_waits',
      help: 'Requests that wait for calls to be answered.',
      registers: [metrics],
      collect() {
        this.set(count());
      },
    });
  }

  onApplicationBootstrap(): void {
    const poll = this.timers.every(POLL_MS, () => this.#look());
    this.#closers = [this.announcements.onEvents(() => this.#look()), () => poll.cancel()];
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Whoever waits is answered with what is known now. */
  stop(): void {
    this.#isStopped = true;
    this.#pause?.cancel();
    for (const close of this.#closers.splice(0)) close();
    for (const wakes of [...this.#waits.values()]) for (const wake of [...wakes]) wake();
  }

  /**
   * Waits for the answer to a call, or its end, or the end of the time.
   * @param find Places the call, or finds it; not called when too many wait.
   * @returns The call as it is then.
   * @throws Fault WAITS_TOO_MANY, and what `find` throws.
   */
  async until(options: WaitOptions, find: () => Promise<CallRecord>): Promise<CallRecord> {
    if (this.#isStopped || this.#count >= MOST_WAITS) throw new Fault('WAITS_TOO_MANY');
    this.#count++;
    try {
      const call = await find();
      if (isSettled(call)) return call;
      await this.#woken(call.id, options);
      return (await this.registry.findCall(call.id)) ?? call;
    } finally {
      this.#count--;
    }
  }

  async #woken(id: CallId, { seconds, line }: WaitOptions): Promise<void> {
    if (this.#isStopped || line.destroyed) return;
    await new Promise<void>((resolve) => {
      const wakes = this.#waits.get(id) ?? new Set();
      const wake = (): void => {
        timer.cancel();
        line.off('close', wake);
        wakes.delete(wake);
        if (wakes.size === 0 && this.#waits.get(id) === wakes) this.#waits.delete(id);
        resolve();
      };
      const timer = this.timers.after(seconds * 1_000, wake);
      line.once('close', wake);
      this.#waits.set(id, wakes.add(wake));
      // It may have been answered since it was found.
      this.#look();
    });
  }

  #look(): void {
    if (this.#waits.size === 0 || this.#isStopped) return;
    this.#hasNews = true;
    if (this.#isLooking || this.#pause !== undefined) return;
    void this.#wakeSettled();
  }

  async #wakeSettled(): Promise<void> {
    this.#isLooking = true;
    this.#hasNews = false;
    try {
      const asked = [...this.#waits.keys()];
      const open = await this.registry.findUnanswered(asked);
      for (const id of asked) {
        if (!open.has(id)) for (const wake of [...(this.#waits.get(id) ?? [])]) wake();
      }
    } catch (error) {
      this.logger.warn('waits.look_failed', { error });
    } finally {
      this.#isLooking = false;
      if (!this.#isStopped) this.#rest();
    }
  }

  #rest(): void {
    this.#pause = this.timers.after(PAUSE_MS, () => {
      this.#pause = undefined;
      if (this.#hasNews) this.#look();
    });
  }
}
