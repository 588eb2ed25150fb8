import type { Logger, Timers } from '#foundation';
import type { MessageOutlet, PathFailure, RouteFinder } from '#protocol/sip';

/**
 * Stands at every door by which the engine is entered: a bug of ours costs the message that it was met with, not the
 * process with the calls of everybody else.
 */
export class BugGuard {
  readonly #logger: Logger;
  /** What a transport was given for the failure it was asked to tell; both are forgotten together. */
  readonly #guarded = new WeakMap<PathFailure, PathFailure>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  run(run: () => void): void {
    try {
      run();
    } catch (error) {
      const detail = error instanceof Error ? error.stack : String(error);
      this.#logger.error('signaling.bug', { detail });
    }
  }

  timers(timers: Timers): Timers {
    return {
      after: (delayMs, run) => timers.after(delayMs, () => this.run(run)),
      every: (periodMs, run) => timers.every(periodMs, () => this.run(run)),
    };
  }

  routes(routes: RouteFinder): RouteFinder {
    return {
      find: (uri) => routes.find(uri),
      resolve: (uri, callId, resolved) =>
        routes.resolve(uri, callId, (located) => this.run(() => resolved(located))),
      forSize: (uri, paths, sizeBytes) => routes.forSize(uri, paths, sizeBytes),
      answered: (path, callId) => routes.answered(path, callId),
      failed: (path, restSeconds) => routes.failed(path, restSeconds),
    };
  }

  outlet(outlet: MessageOutlet): MessageOutlet {
    return {
      send: (message, path, failed) =>
        outlet.send(message, path, failed === undefined ? undefined : this.#failure(failed)),
      release: (path, failed) => outlet.release(path, this.#failure(failed)),
    };
  }

  /** The same one each time, so that it can be released. */
  #failure(failed: PathFailure): PathFailure {
    const known = this.#guarded.get(failed);
    if (known !== undefined) return known;
    const guarded: PathFailure = (reason) => this.run(() => failed(reason));
    this.#guarded.set(failed, guarded);
    return guarded;
  }
}
