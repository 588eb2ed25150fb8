import 'reflect-metadata';
import { openLogger, openMetrics } from '#adapters/observe-pino';
import { openAnnouncements, openQueue } from '#adapters/queue-bullmq';
import { openStore } from '#adapters/store-prisma';
import { Fault, IdFactory } from '#domain';
import { ServiceGroup, systemClock, systemRandom, systemTimers } from '#foundation';
import { ApiServer } from './api-server.ts';
import { CONFIG_EXIT_CODE, SettingsError, readConfig } from './config.ts';

async function main(): Promise<void> {
  const config = readConfig();
  const logger = openLogger({ level: config.logLevel, fields: { app: 'api' } });
  const store = openStore({ ...config.store, logger });
  const queue = openQueue({ redisUrl: config.redisUrl, logger });
  const announcements = openAnnouncements({ redisUrl: config.redisUrl, logger });
  const services = new ServiceGroup([store, queue, announcements]);
  await services.start();
  const server = await ApiServer.open({
    settings: config.api,
    registry: store.registry,
    feed: store.feed,
    queue,
    announcer: announcements,
    announcements,
    dependencies: [
      { name: 'store', check: () => store.ping() },
      { name: 'queue', check: () => queue.ping() },
    ],
    ids: new IdFactory(() => systemClock.wallMs(), systemRandom),
    clock: systemClock,
    timers: systemTimers,
    metrics: openMetrics({ app: 'api' }),
    logger,
  });
  const urls = await server.listen(config.listen);
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info('api.stopping', { signal });
    server
      .close()
      .then(() => services.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error('api.stop_failed', { error: String(error) });
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('parent gone'));
  logger.info('api.ready', urls);
}

main().catch((error: unknown) => {
  const isConfig =
    error instanceof SettingsError || (error instanceof Fault && error.code === 'CONFIG_INVALID');
  const detail = error instanceof Error ? (isConfig ? error.message : error.stack) : String(error);
  openLogger({ fields: { app: 'api' } }).error('api.start_failed', { detail });
  process.exit(isConfig ? CONFIG_EXIT_CODE : 1);
});
