import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { CallQueue, CallRecord } from '#domain';
import type { Logger } from '#foundation';
import { RequestTraces } from '../http/request-traces.ts';
import { TOKENS } from '../tokens.ts';

/** Puts stored calls on the queue. A call that cannot be put there is safe: the reconciler does it later. */
@Injectable()
export class CallDispatch {
  readonly #failures: Counter;

  constructor(
    @Inject(TOKENS.queue) private readonly queue: CallQueue,
    @Inject(TOKENS.logger) private readonly logger: Logger,
    @Inject(RequestTraces) private readonly traces: RequestTraces,
    @Inject(TOKENS.metrics) metrics: Registry,
  ) {
    this.#failures = new Counter({
      name: 'callcast_enqueue_failures_total',
      help: 'Calls that were stored but could not be put on the queue at once.',
      registers: [metrics],
    });
  }

  /** What waits for its time gets its job from the reconciler when that has come. */
  async send(call: CallRecord): Promise<void> {
    const { id: callId, epoch, priority, spec } = call;
    if (call.state !== 'queued' || call.nextDialAt !== null) return;
    const span = this.traces.begin('calls send', { 'callcast.call': callId });
    const traced = span === undefined ? {} : { traceparent: span.traceparent };
    try {
      const trunk = spec.trunk === undefined ? {} : { trunkId: spec.trunk.id };
      await this.queue.enqueueDial({ callId, epoch, priority, ...trunk, ...traced });
      span?.end();
    } catch (error) {
      span?.end({ failure: 'the queue is away' });
      this.#failures.inc();
      this.logger.warn('call.enqueue_failed', { callId, error });
    }
  }
}
