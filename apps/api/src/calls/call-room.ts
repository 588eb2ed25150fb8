import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '#domain';
import type { NodeRegistry, QueueSurvey } from '#domain';
import type { Clock, Logger, Micros } from '#foundation';
import { TOKENS } from '../tokens.ts';
import type { ApiSettings } from '../tokens.ts';

/** How long a look at nodes and queue is believed, so that a flood of calls costs one a second. */
const LOOK_MS = 1_000;
/** When clients may try again. Nodes tell of their room every 2 s. */
const RETRY_AFTER_SECONDS = 5;

/** Whether one more call may wait: always while a node takes calls, else until so many wait. */
@Injectable()
export class CallRoom {
  #lookedAt: Micros | undefined;
  #looking: Promise<void> | undefined;
  /** How many more may wait by the last look. */
  #left = Infinity;

  constructor(
    @Inject(TOKENS.settings) private readonly settings: Pick<ApiSettings, 'maxQueued'>,
    @Inject(TOKENS.nodes) private readonly nodes: Pick<NodeRegistry, 'listNodes'>,
    @Inject(TOKENS.surveys) private readonly surveys: readonly QueueSurvey[],
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(TOKENS.logger) private readonly logger: Logger,
  ) {}

  /** Takes one of the places. @throws Fault CAPACITY_FULL. */
  async take(): Promise<void> {
    if (this.settings.maxQueued === 0) return;
    if (!this.#isFresh()) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
      await this.#looking;
    }
    if (this.#left <= 0) {
      throw new Fault('CAPACITY_FULL', {
        detail: 'No node takes calls, and as many wait as may.',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#left -= 1;
  }

  #isFresh(): boolean {
    const ageMs = (this.clock.nowMicros() - (this.#lookedAt ?? 0)) / 1_000;
    return this.#lookedAt !== undefined && ageMs < LOOK_MS;
  }

  async #look(): Promise<void> {
    try {
      const nodes = await this.nodes.listNodes();
      const takesCalls = nodes.some(({ refusal }) => refusal === null);
      this.#left = takesCalls ? Infinity : this.settings.maxQueued - (await this.#waiting());
    } catch (error) {
      // The call itself will not get far then; and if it does, it may wait.
      this.#left = Infinity;
      this.logger.warn('calls.room_unknown', { error });
    }
    this.#lookedAt = this.clock.nowMicros();
  }

  /** Of the table: what is in Redis are hints. */
  async #waiting(): Promise<number> {
    const states = await Promise.all(this.surveys.map((survey) => survey.survey()));
    const calls = states
      .flat()
      .find(({ store, queue }) => store === 'postgres' && queue === 'calls');
    return calls?.waiting ?? 0;
  }
}
