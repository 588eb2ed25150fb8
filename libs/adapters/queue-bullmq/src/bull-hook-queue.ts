import type { HookId, HookQueue } from '#domain';
import { JOB_CATALOG } from '#contracts';
import type { Service } from '#foundation';
import { JobSender } from './job-sender.ts';
import type { QueueOptions } from './job-sender.ts';

/** Brings work on hooks to workers through BullMQ: one job for each hook, however often it is asked for. */
class BullHookQueue implements HookQueue, Service {
  readonly #sender: JobSender;

  constructor(options: QueueOptions) {
    this.#sender = new JobSender(JOB_CATALOG.deliver, options);
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    await this.#sender.start();
  }

  async stop(): Promise<void> {
    await this.#sender.stop();
  }

  async enqueueHooks(ids: readonly HookId[]): Promise<void> {
    const { payload } = JOB_CATALOG.deliver;
    await this.#sender.add(
      ids.map((hookId) => ({ id: hookId, name: 'deliver', data: payload.parse({ hookId }) })),
    );
  }
}

/** Opens the queue for those who add jobs; nothing is connected before start(). */
export const openHookQueue = (options: QueueOptions): HookQueue & Service =>
  new BullHookQueue(options);
