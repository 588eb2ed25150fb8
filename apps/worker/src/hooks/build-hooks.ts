import type { Registry } from 'prom-client';
import { openHookPoster } from '#adapters/hooks-http';
import { openHookJobs, openHookQueue } from '#adapters/queue-bullmq';
import { hookDeliveries } from '#contracts';
import type { Announcements, HookStore } from '#domain';
import type { Clock, Logger, RandomSource, Service, Timers } from '#foundation';
import type { WorkerConfig } from '../config.ts';
import { HookChores } from './hook-chores.ts';
import { HookDeliverer } from './hook-deliverer.ts';
import { HookDispatch } from './hook-dispatch.ts';
import { HookMetrics } from './hook-metrics.ts';
import { HookRelay } from './hook-relay.ts';

/** Hooks that a worker delivers for at the same time; each is bounded by itself. */
const HOOKS_AT_ONCE = 256;

/** What the delivery of hooks is joined to. */
export interface HooksParts {
  readonly config: Pick<WorkerConfig, 'redisUrl' | 'hookTargets' | 'hooksKeepDays'>;
  readonly store: HookStore;
  readonly announcements: Announcements;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** All that delivers hooks, in the order in which it starts. */
export function buildHooks(parts: HooksParts): Service[] {
  const { config, store, metrics, logger } = parts;
  const queue = openHookQueue({ ...config, logger });
  const jobs = openHookJobs({ ...config, concurrency: HOOKS_AT_ONCE, logger });
  const poster = openHookPoster({ ...parts, targets: config.hookTargets });
  const figures = new HookMetrics(metrics, () => store.backlog());
  const deliverer = new HookDeliverer({
    ...parts,
    jobs,
    poster,
    cut: () => poster.stop(),
    onSettled: (result) => figures.count(result),
    onFree: () => dispatch.wake(),
  });
  const dispatch: HookDispatch = new HookDispatch({
    ...parts,
    queue,
    deliver: (id) => deliverer.deliver(id),
  });
  const relay = new HookRelay({
    ...parts,
    plan: hookDeliveries,
    onStored: () => dispatch.wake(),
  });
  const chores = new HookChores({ ...parts, keepDays: config.hooksKeepDays });
  return [poster, queue, jobs, deliverer, dispatch, relay, chores];
}
