import type { FiguresSender, LiveFigures, NodeId } from '#domain';
import type { Service, Timer, Timers } from '#foundation';
import type { CallRoster } from '../calls/call-roster.ts';

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
}

/** Takes the figures of all calls of this node once a second: for the metrics, and for the other processes. */
export class FiguresDesk implements Service {
  readonly #options: FiguresDeskOptions;
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
      const stats = session.stats();
      if (stats !== undefined) {
        figures.push({ callId: session.id, epoch: session.epoch, node, stats });
      }
    }
    metrics.hear(figures);
    if (figures.length > 0 && sender.isReady) sender.send(figures);
  }
}
