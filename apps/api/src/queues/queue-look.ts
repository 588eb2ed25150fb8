import { Inject, Injectable } from '@nestjs/common';
import type { QueueState, QueueSurvey } from '#domain';
import { withDeadline } from '#foundation';
import type { Logger, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

const SURVEY_MS = 2_000;

/** Looks at every queue, those that are tables and those in Redis: once for all who ask meanwhile. */
@Injectable()
export class QueueLook {
  #looking: Promise<readonly QueueState[]> | undefined;

  constructor(
    @Inject(TOKENS.surveys) private readonly surveys: readonly QueueSurvey[],
    @Inject(TOKENS.timers) private readonly timers: Timers,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** What cannot be asked is missing. */
  look(): Promise<readonly QueueState[]> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<readonly QueueState[]> {
    return (await Promise.all(this.surveys.map((survey) => this.#ask(survey)))).flat();
  }

  /** The others must not go missing with these. */
  async #ask(survey: QueueSurvey): Promise<readonly QueueState[]> {
    try {
      return await withDeadline(this.timers, SURVEY_MS, 'looking at queues', survey.survey());
    } catch (error) {
      this.logger.warn('queues.survey_failed', { error });
      return [];
    }
  }
}
