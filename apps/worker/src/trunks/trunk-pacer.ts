import type { Logger, RandomSource, Service, Timer, Timers } from '#foundation';
import { Fault } from '#domain';
import type { Announcer, CallId, NextCall, NodeId, TrunkGate, TrunkId } from '#domain';

/** What a pacer works with. */
export interface TrunkPacerOptions {
  readonly node: NodeId;
  readonly gate: TrunkGate;
  /** Takes a call that has the turn; false when it is not to be had. */
  readonly take: (callId: CallId, epoch: number) => Promise<boolean>;
  /** Whether this node has room for a call, and can dial it. */
  readonly mayTake: () => boolean;
  readonly announcer: Announcer;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** All trunks that calls wait for are looked at so often, by each node: what it knows of them may have gone with another one. */
const SWEEP_MS = 1_000;
/** Nodes that wait for the same trunk do not ask at the same moment. */
const SPREAD_MS = 20;

/** One trunk that calls wait for. */
interface Awaited {
  timer: Timer | undefined;
  /** The look under way. */
  work: Promise<NextCall | undefined> | undefined;
  /** Somebody has asked to look, again. */
  isPoked: boolean;
}

function takePoke(awaited: Awaited): boolean {
  const wasPoked = awaited.isPoked;
  awaited.isPoked = false;
  return wasPoked;
}

/**
 * Takes the calls of trunks out of the queue, each when it is its turn. Calls wait in the store and hold nothing of any
 * node; every node that has room looks, and the gate gives the turn to one of them.
 */
export class TrunkPacer implements Service {
  readonly #options: TrunkPacerOptions;
  readonly #awaited = new Map<TrunkId, Awaited>();
  #sweep: Timer | undefined;
  #isStopped = false;

  constructor(options: TrunkPacerOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#isStopped = false;
    this.#sweep = this.#options.timers.every(SWEEP_MS, () => void this.#lookAtAll());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#sweep?.cancel();
    for (const { timer } of this.#awaited.values()) timer?.cancel();
    this.#awaited.clear();
    return Promise.resolve();
  }

  /** A call is in the queue of a trunk: takes whoever comes first there, and tells of the call that it waits, if it does. */
  async offer(id: TrunkId, callId: CallId): Promise<void> {
    const { gate, announcer } = this.#options;
    const outcome = await this.#look(id);
    if (outcome?.kind !== 'wait') return;
    if (await gate.tellWaiting(callId, outcome.reason)) announcer.announceEvents();
  }

  /** There may be a turn in so many milliseconds. */
  wake(id: TrunkId, inMs: number): void {
    if (this.#isStopped) return;
    const awaited = this.#awaitedOf(id);
    awaited.timer?.cancel();
    awaited.timer = this.#options.timers.after(inMs, () => void this.#look(id));
  }

  #awaitedOf(id: TrunkId): Awaited {
    const known = this.#awaited.get(id);
    if (known !== undefined) return known;
    const fresh = { timer: undefined, work: undefined, isPoked: false };
    this.#awaited.set(id, fresh);
    return fresh;
  }

  async #lookAtAll(): Promise<void> {
    if (!this.#options.mayTake()) return;
    try {
      for (const id of await this.#options.gate.findAwaited()) {
        if (!this.#awaited.has(id)) void this.#look(id);
      }
    } catch (error) {
      this.#options.logger.warn('trunk.sweep_failed', { error: String(error) });
    }
  }

  /** Takes calls until there is no turn, and what was found last; undefined where this node can take none. */
  #look(id: TrunkId): Promise<NextCall | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined);
    const awaited = this.#awaitedOf(id);
    awaited.isPoked = true;
    awaited.work ??= this.#work(id, awaited);
    return awaited.work;
  }

  async #work(id: TrunkId, awaited: Awaited): Promise<NextCall | undefined> {
    awaited.timer?.cancel();
    let outcome: NextCall | undefined;
    try {
      while (takePoke(awaited)) outcome = await this.#takeAll(id);
    } catch (error) {
      if (!isAway(error)) this.#options.logger.error('trunk.look_failed', { error: String(error) });
      outcome = undefined;
    }
    awaited.work = undefined;
    this.#await(id, awaited, outcome);
    return outcome;
  }

  async #takeAll(id: TrunkId): Promise<NextCall | undefined> {
    const { node, gate, take, mayTake, announcer } = this.#options;
    while (mayTake() && !this.#isStopped) {
      const next = await gate.nextCall(id, node);
      if (next.kind === 'closed' && next.endedCalls > 0) announcer.announceEvents();
      if (next.kind !== 'go') return next;
      if (!(await take(next.callId, next.epoch))) await gate.giveBack(id, next.callId);
    }
    return undefined;
  }

  /** A trunk that this node does not wait for any more is forgotten; the sweep finds it again. */
  #await(id: TrunkId, awaited: Awaited, outcome: NextCall | undefined): void {
    if (outcome?.kind !== 'wait' || this.#isStopped) {
      awaited.timer?.cancel();
      this.#awaited.delete(id);
    } else this.wake(id, outcome.retryInMs + this.#options.random.below(SPREAD_MS));
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'STORE_UNAVAILABLE';
