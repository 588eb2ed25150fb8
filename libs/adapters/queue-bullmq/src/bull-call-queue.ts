import type { CallQueue, DialJob } from '#domain';
import { JOB_CATALOG } from '#contracts';
import type { Service } from '#foundation';
import { dialJobId } from './bull-names.ts';
import { JobSender } from './job-sender.ts';
import type { QueueOptions } from './job-sender.ts';

/** Of a call of priority 0. */
const LEAST_URGENT = 10;

/** BullMQ takes jobs without a priority first, then the lowest number. */
const urgencyOf = ({ priority }: DialJob): { readonly priority?: number } =>
  priority === undefined ? {} : { priority: LEAST_URGENT - priority };

/** Brings dial jobs to workers through BullMQ. */
export class BullCallQueue implements CallQueue, Service {
  readonly #sender: JobSender;

  constructor(options: QueueOptions) {
    this.#sender = new JobSender(JOB_CATALOG.dial, options);
  }

  /** @throws QueueUnreachableError; Fault CONFIG_INVALID when Redis may throw jobs away. */
  async start(): Promise<void> {
    await this.#sender.start();
  }

  async stop(): Promise<void> {
    await this.#sender.stop();
  }

  async enqueueDial(job: DialJob): Promise<void> {
    const { callId, epoch, trunkId, traceparent } = job;
    const trunk = trunkId === undefined ? {} : { trunkId };
    const traced = traceparent === undefined ? {} : { traceparent };
    const data = JOB_CATALOG.dial.payload.parse({ callId, epoch, ...trunk, ...traced });
    await this.#sender.add([{ id: dialJobId(job), name: 'dial', data, ...urgencyOf(job) }]);
  }

  /** @throws QueueUnreachableError when Redis did not answer within 2 s. */
  async ping(): Promise<void> {
    await this.#sender.ping();
  }
}

/** Opens the queue for those who add jobs; nothing is connected before start(). */
export const openQueue = (options: QueueOptions): BullCallQueue => new BullCallQueue(options);
