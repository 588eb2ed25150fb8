import type { Logger, Service, Timer, Timers } from '#foundation';
import type {
  AbandonedCall,
  Announcer,
  CallQueue,
  CallSweeper,
  Dialer,
  IdempotencyBook,
} from '#domain';

const ABANDONED_MS = 500;
const QUEUED_MS = 1_000;
const ORPHANS_MS = 2_000;
/** A minute of tries; after that the session timers of the far end have to do it. */
const ORPHAN_TRIES = 30;
const MAX_ORPHANS = 1_000;
const EXPIRE_MS = 30_000;
const KEYS_MS = 60_000;
/** Of old Idempotency-Keys, with one statement. */
const KEYS_BATCH = 5_000;
const COMMANDS_MS = 1_000;
/** A call that has waited this long in the queue has probably lost its job. */
const UNQUEUED_AFTER_MS = 2_000;
const BATCH = 200;

/** What a reconciler works with. */
export interface ReconcilerOptions {
  readonly sweeper: CallSweeper;
  readonly keys: Pick<IdempotencyBook, 'sweep'>;
  readonly queue: CallQueue;
  readonly announcer: Announcer;
  readonly dialer: Dialer;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Compares what is with what should be: calls without a job get one, calls without a living owner go back to the queue
 * or to their end, and the dialogs those owners have left are hung up. Every worker runs one; they share the work.
 */
export class Reconciler implements Service {
  readonly #options: ReconcilerOptions;
  readonly #running = new Set<string>();
  /** Dialogs of dead nodes that could not be hung up, with the tries that are left. */
  readonly #orphans = new Map<string, number>();
  #timers: Timer[] = [];

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const { timers } = this.#options;
    const repeat = (periodMs: number, name: string, work: () => Promise<void>): Timer =>
      timers.every(periodMs, () => void this.#once(name, work));
    this.#timers = [
      repeat(ABANDONED_MS, 'abandoned', () => this.#sweepAbandoned()),
      repeat(QUEUED_MS, 'queued', () => this.#sweepQueued()),
      repeat(ORPHANS_MS, 'orphans', () => this.#sweepOrphans()),
      repeat(EXPIRE_MS, 'expired', () => this.#sweepExpired()),
      repeat(KEYS_MS, 'keys', () => this.#sweepKeys()),
      repeat(COMMANDS_MS, 'commands', () => this.#sweepCommands()),
    ];
    return Promise.resolve();
  }

  stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    return Promise.resolve();
  }

  /** A sweep that takes longer than its period is not started twice. */
  async #once(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#running.has(name)) return;
    this.#running.add(name);
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn('reconcile.failed', { sweep: name, error: String(error) });
    } finally {
      this.#running.delete(name);
    }
  }

  async #sweepAbandoned(): Promise<void> {
    const { sweeper, announcer } = this.#options;
    const calls = await sweeper.takeAbandoned(BATCH);
    if (calls.length === 0) return;
    announcer.announceEvents();
    await Promise.all(calls.map((call) => this.#recover(call)));
  }

  async #recover(call: AbandonedCall): Promise<void> {
    const { logger } = this.#options;
    logger.warn('call.abandoned', { callId: call.id, epoch: call.epoch, state: call.state });
    await Promise.all([
      call.state === 'queued' ? this.#enqueue(call) : undefined,
      call.orphan === null ? undefined : this.#endOrphan(call.orphan.dialogId),
    ]);
  }

  /** Without Redis the orphan still has to be hung up; the sweep of queued calls brings the job later. */
  async #enqueue({ id, epoch }: AbandonedCall): Promise<void> {
    const { queue, logger } = this.#options;
    try {
      await queue.enqueueDial({ callId: id, epoch });
    } catch (error) {
      logger.warn('call.enqueue_failed', { callId: id, error: String(error) });
    }
  }

  /** While the signalling server is away the dialog is kept in mind: nobody else knows it any more. */
  async #endOrphan(dialogId: string): Promise<void> {
    const { dialer, logger } = this.#options;
    const triesLeft = (this.#orphans.get(dialogId) ?? ORPHAN_TRIES) - 1;
    this.#orphans.delete(dialogId);
    const result = await dialer.endOrphan(dialogId);
    if (result !== 'unreachable') logger.info('call.orphan_ended', { dialogId, result });
    else if (triesLeft > 0 && this.#orphans.size < MAX_ORPHANS) {
      this.#orphans.set(dialogId, triesLeft);
    } else logger.warn('call.orphan_left', { dialogId });
  }

  async #sweepOrphans(): Promise<void> {
    await Promise.all([...this.#orphans.keys()].map((dialogId) => this.#endOrphan(dialogId)));
  }

  async #sweepQueued(): Promise<void> {
    const { sweeper, queue } = this.#options;
    const due = await sweeper.takeDue(BATCH);
    const unqueued = await sweeper.findQueued(UNQUEUED_AFTER_MS, BATCH);
    for (const job of [...due, ...unqueued]) await queue.enqueueDial(job);
  }

  async #sweepCommands(): Promise<void> {
    const count = await this.#options.sweeper.expireCommands();
    if (count > 0) this.#options.logger.warn('command.expired', { count });
  }

  async #sweepExpired(): Promise<void> {
    const count = await this.#options.sweeper.expireQueued();
    if (count > 0) this.#options.announcer.announceEvents();
  }

  async #sweepKeys(): Promise<void> {
    while ((await this.#options.keys.sweep(KEYS_BATCH)) === KEYS_BATCH);
  }
}
