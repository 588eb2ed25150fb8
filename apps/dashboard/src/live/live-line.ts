import type { Callcast, CallStats, Event } from '#sdk';

/** Whether what the page shows is what there is. */
export type LineState = 'connecting' | 'open' | 'lost';

type Unsubscribe = () => void;

/** The one line on which the API tells a page of all that happens. Comes back by itself, without gaps. */
export class LiveLine {
  readonly #callcast: Pick<Callcast, 'events'>;
  readonly #onEvent = new Set<(event: Event) => void>();
  readonly #onStats = new Set<(stats: CallStats) => void>();
  readonly #onState = new Set<() => void>();
  #abort: AbortController | undefined;
  #state: LineState = 'connecting';

  constructor(callcast: Pick<Callcast, 'events'>) {
    this.#callcast = callcast;
  }

  get state(): LineState {
    return this.#state;
  }

  start(): void {
    this.#abort ??= new AbortController();
    void this.#listen(this.#abort);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  onEvent(listener: (event: Event) => void): Unsubscribe {
    return added(this.#onEvent, listener);
  }

  onStats(listener: (stats: CallStats) => void): Unsubscribe {
    return added(this.#onStats, listener);
  }

  readonly onState = (listener: () => void): Unsubscribe => added(this.#onState, listener);

  async #listen(abort: AbortController): Promise<void> {
    const events = this.#callcast.events.listen(
      { stats: true },
      {
        signal: abort.signal,
        onConnect: () => this.#become('open'),
        onReconnect: () => this.#become('lost'),
        onStats: (stats) => {
          for (const hear of this.#onStats) hear(stats);
        },
      },
    );
    try {
      for await (const event of events) for (const hear of this.#onEvent) hear(event);
    } catch {
      // Stopped, or signed out: the next request says so.
      if (!abort.signal.aborted) this.#become('lost');
    }
  }

  #become(state: LineState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const hear of this.#onState) hear();
  }
}

function added<T>(listeners: Set<T>, listener: T): Unsubscribe {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
