import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { Fault } from '#domain';
import type { Announcements, CallId, EventFeed, LiveFigures } from '#domain';
import type { Logger, Timer, Timers } from '#foundation';
import { FiguresBoard } from '../figures/figures-board.ts';
import { liveStatsView } from '../figures/stats-view.ts';
import { TOKENS } from '../tokens.ts';
import { EventClient } from './event-client.ts';
import type { EventOutlet } from './event-client.ts';

/** Announcements may be lost; the feed is looked at this often without any. */
const POLL_MS = 1_000;
/** What is announced may still wait for an older transaction to end. */
const SECOND_LOOK_MS = 50;
const HEARTBEAT_MS = 15_000;
const CLIENT_LIMIT = 1_000;
const BATCH = 200;

/** What a listener wants to hear. */
export interface ListenerWishes {
  /** Only of this call. Default: of all. */
  readonly callId?: CallId | undefined;
  /** Only of the calls of this app. Default: of all. */
  readonly appKey?: string | undefined;
  /** Only what one of these filters takes, `call.*` or `call.ended`. Default: all types. */
  readonly types?: readonly string[] | undefined;
  /** Figures too, once a second. Default: events only. */
  readonly wantsStats?: boolean;
}

/** Without `id`, so that a listener that comes back goes on after the last event. */
const statsText = (figures: LiveFigures): string =>
  `event: call.stats\ndata: ${JSON.stringify(liveStatsView(figures))}\n\n`;

/** Follows the feed once for all clients and tells them what is new. */
@Injectable()
export class EventHub implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #clients = new Set<EventClient>();
  #closers: (() => void)[] = [];
  #cursor: string | undefined;
  #secondLook: Timer | undefined;
  #isLooking = false;
  #hasNews = false;
  #isStopped = false;

  constructor(
    @Inject(TOKENS.feed) private readonly feed: EventFeed,
    @Inject(TOKENS.announcements) private readonly announcements: Announcements,
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(TOKENS.metrics) metrics: Registry,
    @Inject(FiguresBoard) private readonly board: Pick<FiguresBoard, 'onFigures'>,
  ) {
    const clients = this.#clients;
    new Gauge({
      name: 'callcast_event_clients',
      help: 'Listeners of the event stream.',
      registers: [metrics],
      collect() {
        this.set(clients.size);
      },
    });
  }

  onApplicationBootstrap(): void {
    const stop = (timer: Timer) => () => timer.cancel();
    this.#closers = [
      this.announcements.onEvents(() => this.#lookTwice()),
      this.board.onFigures((figures) => this.#tellStats(figures)),
      stop(this.timers.every(POLL_MS, () => this.#look())),
      stop(this.timers.every(HEARTBEAT_MS, () => this.#beat())),
    ];
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Lets all listeners go; they come back to another node. */
  stop(): void {
    this.#isStopped = true;
    this.#secondLook?.cancel();
    for (const close of this.#closers.splice(0)) close();
    for (const client of [...this.#clients]) client.end('stopping');
  }

  /** @throws Fault CAPACITY_FULL when there are too many. */
  checkRoom(): void {
    if (this.#isStopped || this.#clients.size >= CLIENT_LIMIT) throw new Fault('CAPACITY_FULL');
  }

  /** Adds a listener that starts after `cursor`. */
  join(
    outlet: EventOutlet,
    cursor: string,
    { callId, appKey, types, wantsStats = false }: ListenerWishes = {},
  ): void {
    const client = new EventClient({
      outlet,
      feed: this.feed,
      timers: this.timers,
      cursor,
      ...(callId === undefined ? {} : { callId }),
      ...(appKey === undefined ? {} : { appKey }),
      ...(types === undefined ? {} : { types }),
      wantsStats,
      onEnd: (end, error) => {
        this.#clients.delete(client);
        const fields = { end, clients: this.#clients.size };
        if (error === undefined) this.logger.info('events.client_ended', fields);
        else this.logger.error('events.client_ended', { ...fields, error });
      },
    });
    this.#clients.add(client);
    client.wake();
  }

  /** One text for all who hear the same calls: put together once, and only if there is anybody. */
  #tellStats(figures: readonly LiveFigures[]): void {
    const texts = new Map<CallId, string>();
    const textOf = (one: LiveFigures): string => {
      const text = texts.get(one.callId) ?? statsText(one);
      texts.set(one.callId, text);
      return text;
    };
    for (const client of this.#clients) {
      const heard = figures.filter((one) => client.hearsStatsOf(one));
      if (heard.length > 0) client.offerStats(heard.map(textOf).join(''));
    }
  }

  #beat(): void {
    for (const client of this.#clients) client.beat();
  }

  #lookTwice(): void {
    this.#look();
    this.#secondLook ??= this.timers.after(SECOND_LOOK_MS, () => {
      this.#secondLook = undefined;
      this.#look();
    });
  }

  #look(): void {
    this.#hasNews = true;
    if (!this.#isLooking && !this.#isStopped) void this.#follow();
  }

  /** Starts at the end of the feed. What came before it since they joined, the clients read themselves. */
  async #findPlace(): Promise<string> {
    const tail = await this.feed.tail();
    for (const client of this.#clients) client.wake();
    return tail;
  }

  /** Reads what is new and hands it on. With nobody listening the place is forgotten. */
  async #follow(): Promise<void> {
    this.#isLooking = true;
    try {
      while (this.#hasNews && this.#clients.size > 0) {
        this.#hasNews = false;
        const after = this.#cursor ?? (await this.#findPlace());
        const events = await this.feed.read(after, BATCH);
        const last = events.at(-1);
        this.#cursor = last?.cursor ?? after;
        if (last === undefined) continue;
        this.#hasNews = true;
        for (const client of this.#clients) client.offer(after, events);
      }
      if (this.#clients.size === 0) this.#cursor = undefined;
    } catch (error) {
      this.logger.warn('events.read_failed', { error });
    } finally {
      this.#isLooking = false;
    }
  }
}
