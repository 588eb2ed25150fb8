import type { Callcast, CallStats, Event } from '#sdk';

/** What a follower of a call hears besides its events. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onStats?: (stats: CallStats) => void;
}

/** A bell that is not lost when it rings before somebody waits. */
class Bell {
  #isRung = false;
  #hear: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#hear?.();
  }

  async heard(): Promise<void> {
    if (!this.#isRung) await new Promise<void>((resolve) => (this.#hear = resolve));
    this.#isRung = false;
  }
}

/** The numbered history of a call, read on from where it was left. */
class History {
  readonly #callcast: Callcast;
  readonly #callId: string;
  #seq = 0;
  /** Of the last page, which may grow. */
  #cursor: string | undefined;

  constructor(callcast: Callcast, callId: string) {
    this.#callcast = callcast;
    this.#callId = callId;
  }

  /** What was not given out yet. */
  async *news(signal: AbortSignal): AsyncGenerator<Event, void, undefined> {
    const { calls } = this.#callcast;
    const from = { cursor: this.#cursor };
    for await (const { items, nextCursor } of calls
      .events(this.#callId, from, { signal })
      .pages()) {
      for (const event of items.filter(({ seq }) => seq > this.#seq)) {
        this.#seq = event.seq;
        yield event;
      }
      this.#cursor = nextCursor ?? this.#cursor;
    }
  }
}

/**
 * The events of a call from its first one to its end. They are read from its numbered history; the live feed only says
 * when there is something to read, from before the history is read for the first time.
 */
export async function* followCall(
  callcast: Callcast,
  callId: string,
  { signal, onStats }: FollowOptions,
): AsyncGenerator<Event, void, undefined> {
  const bell = new Bell();
  const line = new AbortController();
  const feed = callcast.events.listen(
    { callId, stats: onStats !== undefined },
    { signal: AbortSignal.any([signal, line.signal]), onStats, onConnect: () => bell.ring() },
  );
  const failures: unknown[] = [];
  const listening = ringFor(feed, bell).catch((error: unknown) => {
    failures.push(error);
    bell.ring();
  });
  try {
    const history = new History(callcast, callId);
    for (;;) {
      await bell.heard();
      if (failures.length > 0) throw failures[0];
      for await (const event of history.news(signal)) {
        yield event;
        if (event.type === 'call.ended') return;
      }
    }
  } finally {
    line.abort();
    await listening;
  }
}

async function ringFor(feed: AsyncIterable<Event>, bell: Bell): Promise<void> {
  for await (const { type } of feed) if (type !== '') bell.ring();
}
