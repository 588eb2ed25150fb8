import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { LIVE_CALL_STATES } from '#domain';
import type { CallRegistry } from '#domain';
import { withDeadline } from '#foundation';
import type { Logger, Timers } from '#foundation';
import { TOKENS } from '../tokens.ts';

const COUNT_MS = 2_000;

/** Live calls by state, counted when somebody asks for the metrics. */
@Injectable()
export class CallFigures {
  constructor(
    @Inject(TOKENS.registry) registry: CallRegistry,
    @Inject(TOKENS.timers) timers: Timers,
    @Inject(TOKENS.logger) logger: Logger,
    @Inject(TOKENS.metrics) metrics: Registry,
  ) {
    new Gauge({
      name: 'callcast_calls',
      help: 'Live calls by state. Absent when the store cannot be asked.',
      labelNames: ['state'] as const,
      registers: [metrics],
      async collect() {
        this.reset();
        try {
          const work = registry.countLiveCalls();
          const counts = await withDeadline(timers, COUNT_MS, 'counting calls', work);
          for (const state of LIVE_CALL_STATES) this.set({ state }, counts[state] ?? 0);
        } catch (error) {
          // The other figures must not go missing with these.
          logger.warn('metrics.count_failed', { error });
        }
      },
    });
  }
}
