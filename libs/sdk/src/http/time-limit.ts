import type { World } from '../world.ts';

/** A signal that is aborted by another one, or when the time is up. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #world: World;
  readonly #outer: AbortSignal | undefined;
  #cancel: () => void = () => undefined;
  #isOver = false;
  readonly #onAbort = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(world: World, ms: number, outer?: AbortSignal) {
    this.#world = world;
    this.#outer = outer;
    this.renew(ms);
    if (outer?.aborted === true) this.#onAbort();
    else outer?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time was up, rather than somebody gave up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Begins anew. */
  renew(ms: number): void {
    this.#cancel();
    this.#cancel = this.#world.after(ms, () => {
      this.#isOver = true;
      this.#controller.abort(new Error('the time is up'));
    });
  }

  /** Stops the time. */
  pause(): void {
    this.#cancel();
  }

  /** Nothing is left of it. */
  release(): void {
    this.#cancel();
    this.#outer?.removeEventListener('abort', this.#onAbort);
  }

  /** Ends what hangs on the signal. */
  abort(): void {
    this.release();
    this.#controller.abort(new Error('closed'));
  }
}
