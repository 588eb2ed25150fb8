import { openHookPoster } from '#adapters/hooks-http';
import { ChannelKey, NodeClient } from '#adapters/nodes-http';
import { openMetrics } from '#adapters/observe-pino';
import {
  openAnnouncements,
  openFiguresReceiver,
  openQueue,
  openQueueSurvey,
  openRateWindows,
} from '#adapters/queue-bullmq';
import { openTracer } from '#adapters/trace-otel';
import { openStore } from '#adapters/store-prisma';
import { IdFactory } from '#domain';
import { ServiceGroup, systemClock, systemRandom, systemTimers } from '#foundation';
import type { Logger } from '#foundation';
import { ApiServer } from './api-server.ts';
import type { ApiConfig } from './config.ts';

/** An API that listens. */
export interface RunningApi {
  readonly url: string;
  readonly wcsUrl: string;
  /**
   * Resolves when nothing of it is left.
   * @param delayMs How long it serves before that, not ready. Default: not at all.
   */
  stop(delayMs?: number): Promise<void>;
}

/**
 * Connects to everything outside, then listens.
 * @throws Fault STORE_UNAVAILABLE, or CONFIG_INVALID when the migrations are not applied.
 */
export async function startApi(config: ApiConfig, logger: Logger): Promise<RunningApi> {
  const { redisUrl } = config;
  const store = openStore({ ...config.store, logger });
  const queue = openQueue({ redisUrl, logger });
  const announcements = openAnnouncements({ redisUrl, logger });
  const figures = openFiguresReceiver({ redisUrl, logger });
  const jobSurvey = openQueueSurvey({ redisUrl, logger });
  const rates = openRateWindows({ redisUrl, logger });
  const hookPoster = openHookPoster({
    targets: config.api.hookTargets,
    timers: systemTimers,
    clock: systemClock,
  });
  const tracer =
    config.otelEndpoint === undefined
      ? undefined
      : openTracer({ endpoint: config.otelEndpoint, service: 'callcast-api', logger });
  const outside = new ServiceGroup([
    ...(tracer === undefined ? [] : [tracer]),
    store,
    queue,
    announcements,
    figures,
    jobSurvey,
    rates,
    hookPoster,
  ]);
  await outside.start();
  try {
    const server = await ApiServer.open({
      settings: config.api,
      registry: store.registry,
      outputs: store.outputs,
      commands: store.commands,
      sip: store.sip,
      trunks: store.trunks,
      feed: store.feed,
      cursors: store.cursors,
      keys: store.keys,
      apps: store.apps,
      apiKeys: store.apiKeys,
      sessions: store.sessions,
      audit: store.audit,
      rates,
      nodes: store.nodes,
      nodeClient: new NodeClient({
        key: new ChannelKey(config.store, systemClock),
        timers: systemTimers,
      }),
      hooks: store.hookRegistry,
      deliveries: store.deliveries,
      hookPoster,
      queue,
      announcer: announcements,
      announcements,
      figures,
      surveys: [store.queues, jobSurvey],
      dependencies: [
        { name: 'postgres', isRequired: true, check: () => store.ping() },
        { name: 'redis', isRequired: false, check: () => queue.ping() },
      ],
      ids: new IdFactory(() => systemClock.wallMs(), systemRandom),
      clock: systemClock,
      timers: systemTimers,
      metrics: openMetrics({ app: 'api' }),
      logger,
      tracer,
    });
    const urls = await listenOrClose(server, config);
    const stop = async (delayMs = 0): Promise<void> => {
      await server.close(delayMs);
      await outside.stop();
    };
    return { ...urls, stop };
  } catch (error) {
    await outside.stop();
    throw error;
  }
}

async function listenOrClose(server: ApiServer, { listen }: ApiConfig) {
  try {
    return await server.listen(listen);
  } catch (error) {
    await server.close();
    throw error;
  }
}
