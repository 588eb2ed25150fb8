import type { Call, CallStats, Callcast } from '#sdk';
import type { LiveLine } from './live-line.ts';

/** Calls on the board that are not over; what is beyond shows when others have ended. */
const MAX_LIVE = 10_000;
/** Calls on the board that are over. */
const MAX_ENDED = 500;
const PAGE = 1_000;
/** Calls that one request asks for. */
const ASKED_AT_ONCE = 100;
/** What happens within this time is shown at once, so that rows do not dance. */
const GATHER_MS = 200;
const LOAD_AGAIN_MS = 2_000;

/** Runs something later. @returns Takes it back. */
export type After = (ms: number, action: () => void) => () => void;

/** What a board looks like now. A new object for every change. */
export interface BoardView {
  /** Newest first. */
  readonly calls: readonly Call[];
  /** False until the first load is done. */
  readonly isLoaded: boolean;
  /** Why it could not be loaded, while it is tried again. */
  readonly problem: string | null;
}

/**
 * All calls that are not over and those that ended lately, kept up to date: an event only tells which call has changed, and
 * what it is like now is asked of the API, so that the board cannot disagree with it.
 */
export class CallBoard {
  readonly #callcast: Pick<Callcast, 'calls'>;
  readonly #line: LiveLine;
  readonly #after: After;
  readonly #calls = new Map<string, Call>();
  readonly #stats = new Map<string, CallStats>();
  readonly #dirty = new Set<string>();
  readonly #onChange = new Set<() => void>();
  readonly #onStats = new Map<string, Set<() => void>>();
  readonly #endings: (() => void)[] = [];
  #view: BoardView = { calls: [], isLoaded: false, problem: null };
  #cancel: (() => void) | undefined;
  #isWorking = false;
  #isStopped = true;

  constructor(callcast: Pick<Callcast, 'calls'>, line: LiveLine, after: After) {
    this.#callcast = callcast;
    this.#line = line;
    this.#after = after;
  }

  get view(): BoardView {
    return this.#view;
  }

  start(): void {
    this.#isStopped = false;
    this.#endings.push(
      this.#line.onEvent(({ callId }) => {
        this.#dirty.add(callId);
        this.#soon(GATHER_MS);
      }),
      this.#line.onStats((stats) => this.#takeStats(stats)),
      // What happens from then on is told; all before is in the lists.
      this.#line.onState(() => {
        if (this.#line.state === 'open' && !this.#view.isLoaded) this.#soon(0);
      }),
    );
    if (this.#line.state === 'open') this.#soon(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
    for (const end of this.#endings.splice(0)) end();
  }

  readonly onChange = (listener: () => void): (() => void) => {
    this.#onChange.add(listener);
    return () => void this.#onChange.delete(listener);
  };

  /** The newest figures of a call that is live. */
  statsOf(callId: string): CallStats | undefined {
    return this.#stats.get(callId);
  }

  onStatsOf(callId: string, listener: () => void): () => void {
    const listeners = this.#onStats.get(callId) ?? new Set();
    this.#onStats.set(callId, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#onStats.delete(callId);
    };
  }

  #takeStats(stats: CallStats): void {
    const isOver = stats.isFinal || this.#calls.get(stats.callId)?.state === 'ended';
    if (isOver) this.#stats.delete(stats.callId);
    else this.#stats.set(stats.callId, stats);
    for (const hear of this.#onStats.get(stats.callId) ?? []) hear();
  }

  #soon(ms: number): void {
    if (this.#isStopped || this.#isWorking) return;
    this.#cancel ??= this.#after(ms, () => {
      this.#cancel = undefined;
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    let waitMs = GATHER_MS;
    try {
      if (this.#view.isLoaded) await this.#refresh();
      else await this.#load();
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#show({ problem });
      waitMs = LOAD_AGAIN_MS;
    } finally {
      this.#isWorking = false;
    }
    if (this.#dirty.size > 0 || !this.#view.isLoaded) this.#soon(waitMs);
  }

  async #load(): Promise<void> {
    // What changes while the lists are read is asked for again: events mark it.
    let left = MAX_LIVE;
    const live = this.#callcast.calls.list({ live: true, limit: PAGE });
    for await (const { items } of live.pages()) {
      for (const call of items) this.#calls.set(call.id, call);
      left -= items.length;
      if (left <= 0) break;
    }
    const ended = await this.#callcast.calls.list({ live: false, limit: MAX_ENDED }).page();
    for (const call of ended.items) this.#calls.set(call.id, call);
    this.#show({ isLoaded: true, problem: null });
  }

  async #refresh(): Promise<void> {
    const ids = [...this.#dirty].slice(0, ASKED_AT_ONCE);
    for (const id of ids) this.#dirty.delete(id);
    try {
      const query = { id: ids.join(','), limit: ASKED_AT_ONCE };
      const { items } = await this.#callcast.calls.list(query).page();
      for (const call of items) {
        this.#calls.set(call.id, call);
        if (call.state === 'ended') this.#stats.delete(call.id);
      }
      this.#show({ problem: null });
    } catch (error) {
      for (const id of ids) this.#dirty.add(id);
      throw error;
    }
  }

  #show(change: Partial<BoardView>): void {
    this.#dropOldest();
    const calls = [...this.#calls.values()].sort(newestFirst);
    this.#view = { ...this.#view, ...change, calls };
    for (const hear of this.#onChange) hear();
  }

  #dropOldest(): void {
    const ended = [...this.#calls.values()].filter(({ state }) => state === 'ended');
    if (ended.length <= MAX_ENDED) return;
    ended.sort((one, other) => (one.endedAt ?? '').localeCompare(other.endedAt ?? ''));
    for (const { id } of ended.slice(0, ended.length - MAX_ENDED)) this.#calls.delete(id);
  }
}

const newestFirst = (one: Call, other: Call): number =>
  one.createdAt === other.createdAt
    ? one.id < other.id
      ? 1
      : -1
    : one.createdAt < other.createdAt
      ? 1
      : -1;
