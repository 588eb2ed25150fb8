import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { QueueState } from '#domain';
import { TOKENS } from '../tokens.ts';
import { QueueLook } from './queue-look.ts';

const LABELS = ['store', 'queue'] as const;

/** Every queue, looked at when somebody asks for the metrics. */
@Injectable()
export class QueueFigures {
  readonly #jobs: Gauge<'store' | 'queue' | 'state'>;
  readonly #oldest: Gauge<'store' | 'queue'>;
  #collecting: Promise<void> | undefined;

  constructor(
    @Inject(QueueLook) private readonly queues: QueueLook,
    @Inject(TOKENS.metrics) metrics: Registry,
  ) {
    const registers = [metrics];
    const collect = (): Promise<void> => this.#collect();
    this.#oldest = new Gauge({
      collect,
      name: 'callcast_queue_oldest_seconds',
      help: 'How long the one has been waiting that is to be taken next from a queue.',
      labelNames: LABELS,
      registers,
    });
    this.#jobs = new Gauge({
      name: 'callcast_queue_jobs',
      help: 'What is in a queue, by state; up to 100000. Absent when the queue cannot be asked.',
      labelNames: [...LABELS, 'state'],
      registers,
      collect,
    });
  }

  /** Once for both gauges. */
  #collect(): Promise<void> {
    this.#collecting ??= this.#show().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #show(): Promise<void> {
    const states = await this.queues.look();
    this.#jobs.reset();
    this.#oldest.reset();
    for (const state of states) this.#set(state);
  }

  #set({ store, queue, oldestSeconds, ...counts }: QueueState): void {
    const { waiting, delayed, active, failed } = counts;
    for (const [state, count] of Object.entries({ waiting, delayed, active, failed })) {
      if (count !== null) this.#jobs.set({ store, queue, state }, count);
    }
    this.#oldest.set({ store, queue }, oldestSeconds);
  }
}
