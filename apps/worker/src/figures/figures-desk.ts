import type { CallStats, FiguresSender, LiveFigures, NodeId } from '#domain';
import type { Logger, Service, Timer, Timers } from '#foundation';
import type { CallRoster, RosterSession } from '../calls/call-roster.ts';

const PERIOD_MS = 1_000;

/** Hears the figures of all calls of the node once a second. */
export interface FiguresHearer {
  hear(figures: readonly LiveFigures[]): void;
}

/** What a figures desk works with. */
export interface FiguresDeskOptions {
  readonly node: NodeId;
  readonly roster: Pick<CallRoster, 'sessions'>;
  readonly sender: FiguresSender;
  readonly metrics: FiguresHearer;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Takes the figures of all calls of this node once a second: for the metrics, and for the other processes. */
export class FiguresDesk implements Service {
  readonly #options: FiguresDeskOptions;
  /** Sessions whose figures are broken, as was told. */
  readonly #broken = new WeakSet<RosterSession>();
  #timer: Timer | undefined;

  constructor(options: FiguresDeskOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#timer ??= this.#options.timers.every(PERIOD_MS, () => this.#tell());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    return Promise.resolve();
  }

  #tell(): void {
    const { node, roster, sender, metrics } = this.#options;
    const figures: LiveFigures[] = [];
    for (const session of roster.sessions) {
      const stats = this.#statsOf(session);
      if (stats !== undefined) {
        const { id: callId, appKey, epoch } = session;
        figures.push({ callId, appKey, epoch, node, stats });
      }
    }
    metrics.hear(figures);
    if (figures.length > 0 && sender.isReady) sender.send(figures);
  }

  /** A bug in the figures of one call keeps back neither those of the others nor the call. */
  #statsOf(session: RosterSession): CallStats | undefined {
    try {
      return session.stats();
    } catch (error) {
      if (!this.#broken.has(session)) {
        const { id: callId } = session;
        this.#options.logger.error('call.figures_broken', { callId, error: String(error) });
      }
      this.#broken.add(session);
      return undefined;
    }
  }
}
