import { Fault } from '#domain';
import { withDeadline } from '#foundation';
import type { Service, Timer } from '#foundation';
import { ControlConnection } from './control-connection.ts';
import type { ControlConnectionOptions, ControlEnd } from './control-connection.ts';
import type { Overheard } from './overheard.ts';

/** Hears when calls can be placed and when they cannot any more; the two alternate. */
export interface LinkEvents {
  onUp(connection: ControlConnection): void;
  onDown(): void;
  /** As of ControlEvents. */
  onOverheard(message: Overheard): boolean;
}

export type ControlLinkOptions = LinkEvents &
  Omit<ControlConnectionOptions, 'onUp' | 'onDown' | 'onOverheard'>;

const RETRY_DELAYS_MS = [250, 500, 1000, 2000];
const LONGEST_DELAY_MS = 5000;
/** How long `start` waits for a server that is not there yet. */
const START_MS = 15_000;

/** Keeps one control connection up: connects, and connects again for as long as it is wanted. */
export class ControlLink implements Service {
  readonly #options: ControlLinkOptions;
  #connection: ControlConnection | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #first: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #isWanted = false;
  #hasBeenUp = false;
  /** Of the last attempt. */
  #problem: string | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
  }

  /** The connection, if calls can be placed on it now. */
  get current(): ControlConnection | undefined {
    return this.#connection?.isUp === true ? this.#connection : undefined;
  }

  /**
   * Resolves when the server has taken our secret.
   *
   * @throws Fault `CONFIG_INVALID` when it refuses the secret, at once and without a second attempt;
   *   `SIP_SIGNALLING_LOST` when it cannot be reached for 15 s or when `stop` comes in between.
   */
  async start(): Promise<void> {
    if (this.#stopping !== undefined) await this.#stopping;
    this.#starting ??= this.#begin();
    const own = this.#starting;
    try {
      await own;
    } catch (error) {
      if (this.#starting === own) await this.stop();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const first = new Promise<void>((resolve, reject) => {
      this.#first = { resolve, reject };
    });
    this.#isWanted = true;
    this.#hasBeenUp = false;
    this.#attempt();
    try {
      await withDeadline(this.#options.timers, START_MS, 'connecting', first);
    } catch (error) {
      if (error instanceof Fault) throw error;
      const why = this.#problem === undefined ? '' : `: ${this.#problem}`;
      const detail = `there is no signalling server at ${this.#place}${why}`;
      throw new Fault('SIP_SIGNALLING_LOST', { detail, cause: error });
    }
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#finish().finally(() => {
      this.#stopping = undefined;
    });
    await this.#stopping;
  }

  async #finish(): Promise<void> {
    this.#isWanted = false;
    this.#retry?.cancel();
    this.#first?.reject(new Fault('SIP_SIGNALLING_LOST', { detail: 'stopped before connected' }));
    this.#starting = undefined;
    const connection = this.#connection;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      connection.close();
    });
  }

  get #place(): string {
    return `${this.#options.address.host}:${this.#options.address.port}`;
  }

  #attempt(): void {
    const connection = new ControlConnection({
      ...this.#options,
      onUp: () => this.#wentUp(connection),
      onDown: (end, problem) => this.#wentDown(end, problem),
    });
    this.#connection = connection;
    connection.open();
  }

  #wentUp(connection: ControlConnection): void {
    this.#failures = 0;
    this.#hasBeenUp = true;
    this.#options.logger.info('sip.control_up', { server: this.#place });
    this.#first?.resolve();
    this.#options.onUp(connection);
  }

  #wentDown(end: ControlEnd, problem: string | undefined): void {
    this.#problem = problem;
    const wasUp = this.#failures === 0 && this.#hasBeenUp;
    this.#connection = undefined;
    if (wasUp) this.#options.onDown();
    this.#onClosed?.();
    this.#onClosed = undefined;
    if (!this.#isWanted) return;
    this.#options.logger.warn('sip.control_down', { server: this.#place, end, problem });
    if (end === 'refusedSecret' && !this.#hasBeenUp) {
      const detail = `the signalling server at ${this.#place} refused the secret`;
      this.#isWanted = false;
      this.#first?.reject(new Fault('CONFIG_INVALID', { detail }));
      return;
    }
    const delayMs = RETRY_DELAYS_MS[this.#failures] ?? LONGEST_DELAY_MS;
    this.#failures += 1;
    this.#retry = this.#options.timers.after(delayMs, () => this.#attempt());
  }
}
