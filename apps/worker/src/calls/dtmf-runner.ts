import type { Logger, Timer, Timers } from '#foundation';
import { Fault } from '#domain';
import type { CommandId, DtmfMethod, DtmfOrder, NewEvent } from '#domain';
import type { CallWriter } from './call-writer.ts';
import type { LegKeeper } from './leg-keeper.ts';
import type { MediaRunner } from './media-runner.ts';
import type { KeyOutcome } from './ports.ts';

/** What a runner of keys works with. */
export interface DtmfRunnerOptions {
  readonly leg: Pick<LegKeeper, 'audio' | 'legNumber' | 'pressKey'>;
  readonly media: MediaRunner;
  readonly writer: CallWriter;
  readonly timers: Timers;
  readonly logger: Logger;
}

const PAUSE_KEY = 'w';
const PAUSE_MS = 500;
/** A key that comes by INFO sounds for 160 ms at the other side; then 100 ms of nothing. */
const AFTER_INFO_MS = 260;

const REFUSALS: Readonly<Record<Exclude<KeyOutcome, 'pressed'>, string>> = {
  held: 'the call is on hold',
  impossible: 'telephone events are not agreed with the callee',
  cut: 'the call was put on hold or ended half-way',
};

/**
 * Presses keys within one call, one order after the other. What is told of them never says which keys.
 * Life: constructed, `press` as often as asked for, `close`.
 */
export class DtmfRunner {
  readonly #options: DtmfRunnerOptions;
  #tail: Promise<void> = Promise.resolve();
  #isClosed = false;
  #pause: { readonly timer: Timer; readonly end: () => void } | undefined;

  constructor(options: DtmfRunnerOptions) {
    this.#options = options;
  }

  /**
   * Queues an order; settles when it is carried out. What is left of it when its leg is lost is not for the next one.
   * @param commandId Told with the outcome; null for the keys of the call itself.
   * @throws Fault DTMF_REFUSED, CALL_NOT_ANSWERED.
   */
  press(order: DtmfOrder, commandId: CommandId | null): Promise<void> {
    const { legNumber } = this.#options.leg;
    const done = this.#tail.then(() => this.#carryOut(order, commandId, legNumber));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  /** The call ends: what waits is refused. */
  close(): void {
    this.#isClosed = true;
    this.#pause?.timer.cancel();
    this.#pause?.end();
  }

  async #carryOut(
    { keys, method }: DtmfOrder,
    commandId: CommandId | null,
    legNumber: number,
  ): Promise<void> {
    const { leg, logger } = this.#options;
    const way: DtmfMethod =
      method ?? (leg.audio?.telephoneEvent === undefined ? 'info' : 'rfc4733');
    try {
      this.#checkOpen(legNumber);
      const text = keys.reveal();
      await (way === 'info' ? this.#inform(text, legNumber) : this.#play(text));
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('CALL_BROKEN', { cause: error });
      const { code, detail } = fault;
      logger.warn('call.dtmf_failed', { commandId, method: way, code, detail });
      this.#tell({ type: 'dtmf.failed', data: { commandId, method: way, code, detail } });
      throw fault;
    }
    logger.info('call.dtmf_sent', { commandId, method: way });
    this.#tell({ type: 'dtmf.sent', data: { commandId, method: way } });
  }

  #checkOpen(legNumber: number): void {
    const isOver = this.#isClosed || this.#options.leg.legNumber !== legNumber;
    if (isOver) throw new Fault('CALL_NOT_ANSWERED');
  }

  /** As telephone events among the media. */
  async #play(keys: string): Promise<void> {
    const { media } = this.#options;
    const outcome = await new Promise<KeyOutcome>((resolve) => media.media.press(keys, resolve));
    if (outcome !== 'pressed') throw new Fault('DTMF_REFUSED', { detail: REFUSALS[outcome] });
  }

  /** By SIP INFO, each key confirmed before the next one. */
  async #inform(keys: string, legNumber: number): Promise<void> {
    for (const key of keys) {
      if (key !== PAUSE_KEY) await this.#options.leg.pressKey(key);
      await this.#wait(key === PAUSE_KEY ? PAUSE_MS : AFTER_INFO_MS);
      this.#checkOpen(legNumber);
    }
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#pause = { timer: this.#options.timers.after(ms, resolve), end: resolve };
      if (this.#isClosed) this.close();
    });
    this.#pause = undefined;
  }

  #tell(event: NewEvent): void {
    const step = { transitions: [], events: [event], after: () => undefined };
    void this.#options.writer.write(() => step);
  }
}
