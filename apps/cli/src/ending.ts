/** Why a command ends. */
export type Ending =
  { readonly type: 'signal' } | { readonly type: 'fatal'; readonly reason: string };

/** The end of a command: asked for by a signal, or forced by a failure. */
export class EndingWatch {
  readonly #ended: Promise<Ending>;
  #end: (ending: Ending) => void = () => undefined;
  #isEnding = false;

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Takes the signals of this process. A second one ends it at once: the watchdogs clean up. */
  watchSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.#isEnding) process.exit(signal === 'SIGINT' ? 130 : 143);
        this.#isEnding = true;
        this.#end({ type: 'signal' });
      });
    }
  }

  /** Nothing can go on. */
  fail(reason: string): void {
    this.#isEnding = true;
    this.#end({ type: 'fatal', reason });
  }

  /** Resolves when the command is to end. */
  get ended(): Promise<Ending> {
    return this.#ended;
  }
}

/**
 * Waits for a start. A signal meanwhile ends this process at once: what is half started is ended
 * by the watchdogs, and the next start cleans up.
 */
export async function untilStarted<T>(watch: EndingWatch, starting: Promise<T>): Promise<T> {
  const isStarted = starting.then(
    () => true,
    () => true,
  );
  const isEnded = watch.ended.then(() => false);
  if (!(await Promise.race([isStarted, isEnded]))) process.exit(130);
  return await starting;
}
