import { ChannelKey, InternalRoutes } from '#adapters/nodes-http';
import { openMetrics } from '#adapters/observe-pino';
import { openAnnouncements } from '#adapters/queue-bullmq';
import { openStore } from '#adapters/store-prisma';
import { IdFactory } from '#domain';
import { ServiceGroup, systemClock, systemRandom, systemTimers } from '#foundation';
import type { Logger } from '#foundation';
import type { Worker } from './build-worker.ts';
import type { WorkerConfig } from './config.ts';
import { HealthServer } from './health/health-server.ts';
import { buildHooks } from './hooks/build-hooks.ts';

/** Joins a worker that delivers hooks and runs no calls: without SIP and RTP, and without a place in the list of nodes. */
export function buildHookWorker(config: WorkerConfig, logger: Logger): Worker {
  const nodeId = new IdFactory(() => systemClock.wallMs(), systemRandom).nodeId();
  const own = logger.child({ nodeId });
  const store = openStore({ ...config, logger: own });
  const announcements = openAnnouncements({ redisUrl: config.redisUrl, logger: own });
  const metrics = openMetrics({ app: 'worker' });
  const key = new ChannelKey(config, systemClock);
  const health =
    config.health === undefined
      ? undefined
      : new HealthServer({
          ...config.health,
          metrics,
          missing: () => [],
          refusal: () => null,
          internal: new InternalRoutes({ node: nodeId, key, routes: [], logger: own }),
          logger: own,
        });
  const hooks = buildHooks({
    ...{ config, announcements, metrics, logger: own, store: store.hooks },
    ...{ clock: systemClock, timers: systemTimers, random: systemRandom },
  });
  return {
    nodeId,
    capacity: 0,
    healthUrl: () => health?.url,
    services: new ServiceGroup([
      store,
      announcements,
      ...hooks,
      ...(health === undefined ? [] : [health]),
    ]),
  };
}
