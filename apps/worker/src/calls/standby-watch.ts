import type { Timer, Timers } from '#foundation';
import { isOutputLive } from '#domain';
import type { OutputState } from '#domain';
import type { OutputRunner } from './output-runner.ts';

/** What a watch works with. */
export interface StandbyWatchOptions {
  readonly standby: Pick<OutputRunner, 'state' | 'open' | 'rest'>;
  /** Of the primary; undefined when there is none any more. */
  readonly primaryState: () => OutputState | undefined;
  readonly timers: Timers;
}

/** A primary that is away for less is waited for. */
const AWAY_MS = 5_000;
/** A primary that is back for less may go again. */
const STEADY_MS = 10_000;

/**
 * Opens a standby when its primary has been away for 5 s, or at once when it has ended, and lets it rest when the
 * primary has been on air for 10 s. Life: `look` from the first media on, whenever one of the two has changed; `close`.
 */
export class StandbyWatch {
  readonly #options: StandbyWatchOptions;
  #pending: { readonly change: 'open' | 'rest'; readonly timer: Timer } | undefined;

  constructor(options: StandbyWatchOptions) {
    this.#options = options;
  }

  /** One of the two has entered another state. */
  look(): void {
    const { standby, primaryState } = this.#options;
    if (!isOutputLive(standby.state)) {
      this.close();
      return;
    }
    const primary = primaryState();
    const isOnAir = primary === 'publishing';
    const isIdle = standby.state === 'idle';
    if (isIdle && !isOnAir) this.#plan('open', primary, AWAY_MS);
    else if (!isIdle && isOnAir) this.#plan('rest', primary, STEADY_MS);
    else this.close();
  }

  /** Changes nothing any more. */
  close(): void {
    this.#pending?.timer.cancel();
    this.#pending = undefined;
  }

  #plan(change: 'open' | 'rest', primary: OutputState | undefined, delayMs: number): void {
    const isOver = primary === undefined || !isOutputLive(primary);
    if (this.#pending?.change === change && !isOver) return;
    this.close();
    if (isOver) {
      this.#options.standby.open();
      return;
    }
    const timer = this.#options.timers.after(delayMs, () => {
      this.#pending = undefined;
      this.#options.standby[change]();
    });
    this.#pending = { change, timer };
  }
}
