import type { Clock, Logger } from '#foundation';
import { Fault } from '#domain';
import type { AirCodec, OutputStats } from '#domain';
import { reconnectUrl, RtmpUrlError } from '#protocol/rtmp';
import type { ServerAbilities } from '#protocol/rtmp';
import { CongestionWatch } from './congestion-watch.ts';
import type { Congestion } from './congestion-watch.ts';
import { fromZero } from './from-zero.ts';
import { OutputFigures } from './output-figures.ts';
import type { MediaSource, OpenOutlet, Outlet, OutletTarget } from './ports.ts';
import { takesOpus } from './takes-opus.ts';

/** What a connection tells. */
export interface ConnectionObserver {
  /** The server has accepted the stream, and media flows. */
  published(): void;
  /** The first frame behind the headers is on its way. */
  flows?(): void;
  /** The server is lost, or was never had. */
  lost(fault: Fault): void;
  /** Media flows to another place now, and no more to the one before. */
  moved(url: string): void;
  /** The server is too slow; told at most every 10 s. */
  congested(congestion: Congestion): void;
}

/** What a connection works with. */
export interface ConnectionOptions {
  readonly target: OutletTarget;
  readonly openOutlet: OpenOutlet;
  readonly media: () => MediaSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: ConnectionObserver;
}

/** One outlet, and what ends its supply. */
interface Link {
  readonly outlet: Outlet;
  /** Where it is: the next request to move may be relative to it. */
  readonly url: string;
  detach: () => void;
}

/** Where a server wanted us, and what the one there can do. */
interface NewPlace {
  readonly url: string;
  readonly abilities: ServerAbilities | undefined;
}

/** A server that asks to be left again and again is not followed at once. */
const MOVE_EVERY_MS = 10_000;

/**
 * The connection of one output to its server. When the server asks to be left for another place, that one is opened
 * first; once it has accepted the stream, media goes there and the old place is left politely. If it never does, the
 * old one stays. Life: `open`, then `close` or `destroy`, and again.
 */
export class OutputConnection {
  readonly #options: ConnectionOptions;
  readonly #figures = new OutputFigures();
  readonly #congestion = new CongestionWatch();
  #link: Link | undefined;
  #successor: Link | undefined;
  /** Of a link that was lost while its successor was being opened. */
  #lossBeforeMove: Fault | undefined;
  #movedAtMs = -Infinity;
  #audioCodec: AirCodec | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** What the sound was on air since the last server accepted the stream; null before the first. */
  get audioCodec(): AirCodec | null {
    return this.#audioCodec;
  }

  /** What was sent over all connections so far. */
  stats(): Omit<OutputStats, 'id'> {
    const isCongested = this.#congestion.isCongested(this.#nowMs());
    return { ...this.#figures.take(), audioCodec: this.#audioCodec, isCongested };
  }

  /** Connects anew; what was there before is gone. */
  open(): void {
    this.destroy();
    const link = this.#openLink(this.#options.target);
    this.#link = link;
    this.#figures.follow(link.outlet);
    link.outlet.ready.then(
      (abilities) => {
        if (this.#link !== link) return;
        // Media flows from this moment; the record of it follows.
        this.#attach(link, abilities);
        this.#options.observer.published();
      },
      () => undefined,
    );
    void link.outlet.ended.then((fault) => {
      if (fault !== undefined && this.#link === link) this.#lose(fault);
    });
  }

  /** Leaves the server politely; settles within 2 s. */
  async close(): Promise<void> {
    await this.#drop()?.close();
  }

  /** Leaves without a word. */
  destroy(): void {
    this.#drop()?.destroy();
  }

  #openLink(target: OutletTarget): Link {
    const { openOutlet, media } = this.#options;
    const onMoveAsked = (url: string | undefined): void => this.#move(link, url);
    const outlet = openOutlet({ target, media: media(), onMoveAsked });
    const link: Link = { outlet, url: target.url, detach: () => undefined };
    return link;
  }

  #attach(link: Link, abilities: ServerAbilities | undefined): void {
    const { outlet } = link;
    this.#congestion.restart();
    // What comes while it is being attached are the headers.
    let isFirst = false;
    const write = fromZero((tag) => {
      this.#figures.countTag();
      outlet.write(tag);
      this.#look(outlet);
      if (!isFirst) return;
      isFirst = false;
      this.#options.observer.flows?.();
    });
    const media = this.#options.media();
    const opus = takesOpus(abilities) ? media.opus : undefined;
    this.#audioCodec = opus === undefined ? 'aac' : 'opus';
    link.detach = opus?.attach(write, () => this.#beginAnew(link)) ?? media.attach(write);
    isFirst = true;
  }

  /** The stream cannot go on in another codec: the server is left politely, and asked again with the other one. */
  #beginAnew(link: Link): void {
    if (this.#link !== link) return;
    this.#lose(new Fault('MEDIA_CODEC_CHANGED'), (outlet) => void outlet.close());
  }

  #look(outlet: Outlet): void {
    const congestion = this.#congestion.look(this.#nowMs(), () => outlet.stats());
    if (congestion !== undefined) this.#options.observer.congested(congestion);
  }

  /** A server that has asked to be left may go before the new place is ready: that one is waited for. */
  #lose(fault: Fault, leave = (outlet: Outlet): void => outlet.destroy()): void {
    const isMoving = this.#successor !== undefined;
    const link = this.#link;
    this.#link = undefined;
    link?.detach();
    if (link !== undefined) leave(link.outlet);
    if (isMoving) this.#lossBeforeMove = fault;
    else this.#options.observer.lost(fault);
  }

  #move(from: Link, asked: string | undefined): void {
    const nowMs = this.#nowMs();
    const isTimely = this.#successor === undefined && nowMs - this.#movedAtMs >= MOVE_EVERY_MS;
    if (this.#link !== from || !isTimely) return;
    this.#movedAtMs = nowMs;
    const url = placeOf(from.url, asked);
    if (url instanceof Fault) {
      this.#moveFailed(url);
      return;
    }
    const successor = this.#openLink({ ...this.#options.target, url });
    this.#successor = successor;
    successor.outlet.ready.then(
      (abilities) => this.#settle(from, successor, { url, abilities }),
      () => undefined,
    );
    void successor.outlet.ended.then((fault) => {
      if (this.#successor === successor) {
        this.#successor = undefined;
        this.#moveFailed(fault);
        if (this.#lossBeforeMove !== undefined) this.#lose(this.#lossBeforeMove);
      } else if (fault !== undefined && this.#link === successor) this.#lose(fault);
    });
  }

  #settle(from: Link, successor: Link, { url, abilities }: NewPlace): void {
    if (this.#successor !== successor) return;
    this.#successor = undefined;
    this.#lossBeforeMove = undefined;
    this.#link = successor;
    this.#figures.follow(successor.outlet);
    this.#attach(successor, abilities);
    from.detach();
    void from.outlet.close();
    this.#options.observer.moved(url);
  }

  #moveFailed(fault: Fault | undefined): void {
    const { code, detail } = fault ?? {};
    this.#options.logger.warn('output.move_failed', { code, detail });
  }

  #drop(): Outlet | undefined {
    const link = this.#link;
    const successor = this.#successor;
    this.#link = undefined;
    this.#successor = undefined;
    this.#lossBeforeMove = undefined;
    successor?.outlet.destroy();
    link?.detach();
    return link?.outlet;
  }

  #nowMs(): number {
    return this.#options.clock.nowMicros() / 1000;
  }
}

/** Where a server wants us: its URL may be relative to the present one. */
function placeOf(url: string, asked: string | undefined): string | Fault {
  try {
    return reconnectUrl(url, asked);
  } catch (error) {
    if (!(error instanceof RtmpUrlError)) throw error;
    const detail = `asked to move to a place that ${error.message}`;
    return new Fault('RTMP_PROTOCOL', { detail, cause: error });
  }
}
