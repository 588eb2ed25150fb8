import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { QueueState, QueueSurvey } from '#domain';
import { withDeadline } from '#foundation';
import type { Logger, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

const SURVEY_MS = 2_000;
const LABELS = ['store', 'queue'] as const;

/** Every queue: those that are tables and those in Redis, looked at when somebody asks for the metrics. */
@Injectable()
export class QueueFigures {
  readonly #jobs: Gauge<'store' | 'queue' | 'state'>;
  readonly #oldest: Gauge<'store' | 'queue'>;
  #collecting: Promise<void> | undefined;

  constructor(
    @Inject(TOKENS.surveys) private readonly surveys: readonly QueueSurvey[],
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.logger) private readonly logger: Logger,
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
    this.#collecting ??= this.#look().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #look(): Promise<void> {
    const states = await Promise.all(this.surveys.map((survey) => this.#ask(survey)));
    this.#jobs.reset();
    this.#oldest.reset();
    for (const state of states.flat()) this.#show(state);
  }

  /** The other figures must not go missing with these. */
  async #ask(survey: QueueSurvey): Promise<readonly QueueState[]> {
    try {
      return await withDeadline(this.timers, SURVEY_MS, 'looking at queues', survey.survey());
    } catch (error) {
      this.logger.warn('metrics.survey_failed', { error });
      return [];
    }
  }

  #show({ store, queue, oldestSeconds, ...counts }: QueueState): void {
    const { waiting, delayed, active, failed } = counts;
    for (const [state, count] of Object.entries({ waiting, delayed, active, failed })) {
      this.#jobs.set({ store, queue, state }, count);
    }
    this.#oldest.set({ store, queue }, oldestSeconds);
  }
}
