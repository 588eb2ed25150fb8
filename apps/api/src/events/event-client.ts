import { eventView } from '#contracts';
import { takesEvent } from '#domain';
import type { CallId, EventFeed, EventRecord } from '#domain';
import type { Timer, Timers } from '#foundation';

/** What the client writes to: the part of an HTTP answer it needs. */
export interface EventOutlet {
  /** Bytes that wait for the client's network. */
  readonly writableLength: number;
  write(text: string): boolean;
  end(): void;
  destroy(): void;
  once(event: 'drain' | 'close', hear: () => void): unknown;
}

/** Why a client was let go. */
export type ClientEnd = 'left' | 'slow' | 'storeFailed' | 'stopping';

/** Bytes that may wait for one client before no more is read for it. */
const BUFFER_LIMIT = 256 * 1024;
/** With so many bytes waiting a client gets no figures: events go first. */
const STATS_LIMIT = 64 * 1024;
/** A client that takes nothing for this long is let go; it comes back with Last-Event-ID. */
const DRAIN_MS = 10_000;
/** How long what was written before the end may take to leave. */
const LINGER_MS = 5_000;
const BATCH = 200;

/** One event as it goes over the wire (HTML, 9.2 Server-sent events). */
function eventText(event: EventRecord): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
}

/** What the last line says, for people; clients come back with their last id whatever it says. */
const PARTINGS: Readonly<Record<Exclude<ClientEnd, 'left'>, string>> = {
  slow: 'too slow',
  storeFailed: 'the store is away',
  stopping: 'stopping',
};

/** Something of a call, and so of its app. */
type OfCall = Pick<EventRecord, 'callId' | 'appKey'>;

/** Options of a client. */
export interface EventClientOptions {
  readonly outlet: EventOutlet;
  readonly feed: EventFeed;
  readonly timers: Timers;
  /** Where it starts. */
  readonly cursor: string;
  /** Only the events of this call. Default: of all. */
  readonly callId?: CallId;
  /** Only the events of calls of this app. Default: of all. */
  readonly appKey?: string;
  /** Only events that one of these filters takes. Default: of all types. */
  readonly types?: readonly string[];
  /** Figures too, once a second. Default: events only. */
  readonly wantsStats?: boolean;
  readonly onEnd: (end: ClientEnd, cause?: unknown) => void;
}

/**
 * One listener of the event stream. It reads the feed from its own cursor, and no faster than its network takes it, so
 * that nothing is lost, nothing comes twice, and a slow one costs no memory.
 */
export class EventClient {
  readonly #options: EventClientOptions;
  #cursor: string;
  /** The place that the client would come back with. */
  #told: string;
  #linger: Timer | undefined;
  #isReading = false;
  #hasNews = false;
  #end: ClientEnd | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(options: EventClientOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
    this.#told = options.cursor;
    options.outlet.once('close', () => {
      this.#linger?.cancel();
      this.end('left');
    });
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** There may be something after the cursor. */
  wake(): void {
    this.#hasNews = true;
    if (!this.#isReading) void this.#read();
  }

  /** New events, which spare a read when the client is just there. */
  offer(after: string, events: readonly EventRecord[]): void {
    if (this.#isReading || this.#cursor !== after) this.wake();
    else if (!this.#write(events)) this.wake();
  }

  /** Whether it hears figures, of one call or of all. */
  hearsStatsOf(figures: OfCall): boolean {
    return this.#options.wantsStats === true && this.#hears(figures);
  }

  #hears(one: OfCall): boolean {
    const { callId = one.callId, appKey = one.appKey } = this.#options;
    return callId === one.callId && appKey === one.appKey;
  }

  /** Figures of now: told while the client keeps up, else left out. They have no id, and so no place in the feed. */
  offerStats(text: string): void {
    const { outlet } = this.#options;
    if (this.#end === undefined && outlet.writableLength <= STATS_LIMIT) outlet.write(text);
  }

  /**
   * Shows that the line is alive, to the client and to what lies between. Says its place too, when it has passed by what it
   * does not hear: it need not do so again when it comes back.
   */
  beat(): void {
    if (this.#isReading || this.#end !== undefined) return;
    const place = this.#told === this.#cursor ? '' : `id: ${this.#cursor}\n`;
    this.#told = this.#cursor;
    this.#options.outlet.write(`: heartbeat\n${place}\n`);
  }

  end(why: ClientEnd, cause?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = why;
    this.#stopWaiting?.();
    if (why === 'left') this.#options.outlet.destroy();
    else this.#part(PARTINGS[why]);
    this.#options.onEnd(why, cause);
  }

  #part(why: string): void {
    const { outlet, timers } = this.#options;
    outlet.write(`: ${why}\n\n`);
    outlet.end();
    this.#linger = timers.after(LINGER_MS, () => outlet.destroy());
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#hasNews && this.#end === undefined) {
        await this.#drained();
        if (this.isEnded) return;
        this.#hasNews = false;
        const events = await this.#options.feed.read(this.#cursor, BATCH);
        if (events.length > 0) this.#hasNews = true;
        this.#write(events);
      }
    } catch (error) {
      // The client comes back with its last id; until then the store has time to recover.
      this.end('storeFailed', error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Writes what fits; the cursor stays behind the last one written. Returns false when some did not fit. */
  #write(events: readonly EventRecord[]): boolean {
    for (const event of events) {
      if (this.#end !== undefined || this.#options.outlet.writableLength > BUFFER_LIMIT) {
        return false;
      }
      this.#cursor = event.cursor;
      if (!this.#hears(event) || !takesEvent(this.#options.types ?? ['*'], event.type)) continue;
      this.#options.outlet.write(eventText(event));
      this.#told = event.cursor;
    }
    return true;
  }

  /** Waits until the client has taken what was written, or has been let go. */
  async #drained(): Promise<void> {
    const { outlet, timers } = this.#options;
    if (outlet.writableLength <= BUFFER_LIMIT) return;
    await new Promise<void>((resolve) => {
      const patience = timers.after(DRAIN_MS, () => this.end('slow'));
      this.#stopWaiting = () => {
        patience.cancel();
        resolve();
      };
      outlet.once('drain', this.#stopWaiting);
    });
  }
}
