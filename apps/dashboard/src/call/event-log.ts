import type { Callcast, Event } from '#sdk';
import type { LiveLine } from '../live/live-line.ts';

const PAGE = 1_000;
/** Events that are kept; of a longer history the newest. */
export const MAX_EVENTS = 5_000;

/** What a log holds now. A new object for every change. */
export interface EventLogView {
  /** Oldest first, each once. */
  readonly events: readonly Event[];
  readonly isLoaded: boolean;
  readonly problem: unknown;
}

/** The history of one call, from its beginning and as it goes on. */
export class EventLog {
  readonly #callcast: Pick<Callcast, 'calls'>;
  readonly #line: Pick<LiveLine, 'onEvent'>;
  readonly #callId: string;
  readonly #events = new Map<number, Event>();
  readonly #onChange = new Set<() => void>();
  #abort: AbortController | undefined;
  #unsubscribe: (() => void) | undefined;
  #view: EventLogView = { events: [], isLoaded: false, problem: undefined };

  constructor(callcast: Pick<Callcast, 'calls'>, line: Pick<LiveLine, 'onEvent'>, callId: string) {
    this.#callcast = callcast;
    this.#line = line;
    this.#callId = callId;
  }

  get view(): EventLogView {
    return this.#view;
  }

  readonly onChange = (listener: () => void): (() => void) => {
    this.#onChange.add(listener);
    return () => void this.#onChange.delete(listener);
  };

  /** Hears what happens from now on, and reads what was before. */
  start(): void {
    this.#unsubscribe ??= this.#line.onEvent((event) => {
      if (event.callId === this.#callId) this.#take([event]);
    });
    void this.load();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#abort?.abort();
    this.#abort = undefined;
  }

  /** Reads the history; again, after it could not be read. */
  async load(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#show({ problem: undefined });
    try {
      const options = { signal: abort.signal };
      const pages = this.#callcast.calls.events(this.#callId, { limit: PAGE }, options).pages();
      for await (const { items } of pages) this.#take(items);
      this.#show({ isLoaded: true });
    } catch (problem) {
      if (!abort.signal.aborted) this.#show({ problem });
    }
  }

  #take(events: readonly Event[]): void {
    for (const event of events) this.#events.set(event.seq, event);
    const kept = [...this.#events.values()].sort((one, other) => one.seq - other.seq);
    for (const { seq } of kept.splice(0, kept.length - MAX_EVENTS)) this.#events.delete(seq);
    this.#show({ events: kept });
  }

  #show(change: Partial<EventLogView>): void {
    this.#view = { ...this.#view, ...change };
    for (const hear of this.#onChange) hear();
  }
}
