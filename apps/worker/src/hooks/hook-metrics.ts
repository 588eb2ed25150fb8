import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { HookAttempt, HookBacklog, HookFailureReason, LaneResult } from '#domain';

const REASONS = [
  'refused',
  'unreachable',
  'tls',
  'timeout',
  'broken',
] as const satisfies readonly HookFailureReason[];
const OUTCOMES = ['1xx', '2xx', '3xx', '4xx', '5xx', ...REASONS] as const;
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 15];

/** Figures of all hooks together: no hook, app or endpoint has a series of its own. */
export class HookMetrics {
  readonly #attempts: Counter<'outcome'>;
  readonly #settled: Counter<'state'>;
  readonly #seconds: Histogram;

  /** @param backlog Asked when somebody wants the figures. */
  constructor(registry: Registry, backlog: () => Promise<HookBacklog>) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'callcast_hook_attempts_total',
      help: 'Requests to endpoints, by the class of the answer or why there was none.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.#attempts.inc({ outcome }, 0);
    this.#settled = new Counter({
      name: 'callcast_hook_deliveries_total',
      help: 'Deliveries that endpoints have taken, and those that were given up.',
      labelNames: ['state'],
      registers,
    });
    for (const state of ['delivered', 'failed']) this.#settled.inc({ state }, 0);
    this.#seconds = new Histogram({
      name: 'callcast_hook_attempt_seconds',
      help: 'Time from the look-up of an endpoint to the end of its answer.',
      buckets: SECONDS,
      registers,
    });
    addBacklog(registry, backlog);
  }

  /** Takes in what has become of a lane. */
  count({ attempts, settled }: LaneResult): void {
    for (const attempt of attempts) {
      this.#attempts.inc({ outcome: outcomeOf(attempt) });
      this.#seconds.observe(attempt.durationMs / 1000);
    }
    for (const { state } of settled) this.#settled.inc({ state });
  }
}

const outcomeOf = ({ status, reason }: HookAttempt): string =>
  status === null ? (reason ?? 'broken') : `${Math.floor(status / 100)}xx`;

/** One query for both; none of them is told while the store is away. */
function addBacklog(registry: Registry, backlog: () => Promise<HookBacklog>): void {
  const registers = [registry];
  const oldest = new Gauge({
    name: 'callcast_hook_oldest_due_seconds',
    help: 'Age of the oldest delivery that is due and has not been taken.',
    registers,
  });
  new Gauge({
    name: 'callcast_hook_deliveries_pending',
    help: 'Deliveries that wait for their turn or for another attempt.',
    registers,
    async collect() {
      const found = await backlog().catch(() => undefined);
      if (found === undefined) {
        this.reset();
        oldest.reset();
        return;
      }
      this.set(found.pending);
      oldest.set(found.oldestDueMs / 1000);
    },
  });
}
