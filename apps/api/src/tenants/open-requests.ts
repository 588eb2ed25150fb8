import type { ServerResponse } from 'node:http';
import type { KeyRing } from '#domain';
import type { Logger, Timer, Timers } from '#foundation';

/** With what a key ring may be late, a stream ends within 5 s of the end of its key. */
const LOOK_MS = 2_000;

/** The requests that are under way with keys that can end, each as long as its key lasts: streams too. */
export class OpenRequests {
  /** With the key of each. */
  readonly #open = new Map<ServerResponse, string>();
  readonly #keys: KeyRing;
  readonly #timers: Timers;
  readonly #logger: Logger;
  #timer: Timer | undefined;

  constructor(keys: KeyRing, timers: Timers, logger: Logger) {
    this.#keys = keys;
    this.#timers = timers;
    this.#logger = logger;
  }

  add(response: ServerResponse, presented: string): void {
    if (response.destroyed) return;
    this.#open.set(response, presented);
    this.#timer ??= this.#timers.every(LOOK_MS, () => void this.#look());
    response.once('close', () => this.#remove(response));
  }

  #remove(response: ServerResponse): void {
    this.#open.delete(response);
    if (this.#open.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const keys = new Set(this.#open.values());
    await Promise.all([...keys].map((key) => this.#judge(key)));
  }

  async #judge(presented: string): Promise<void> {
    try {
      if ((await this.#keys.verify(presented)) !== null) return;
    } catch (error) {
      // Of a store that is away nothing can be learned: what runs goes on.
      if (!isDisabled(error)) return;
    }
    let cut = 0;
    for (const [response, key] of this.#open) {
      if (key !== presented) continue;
      response.destroy();
      cut += 1;
    }
    if (cut > 0) this.#logger.info('key.requests_cut', { count: cut });
  }
}

const isDisabled = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'APP_DISABLED';
