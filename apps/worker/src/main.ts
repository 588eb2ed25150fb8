import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { openLogger } from '#adapters/observe-pino';
import { Fault } from '#domain';
import { buildHookWorker } from './build-hook-worker.ts';
import { buildWorker } from './build-worker.ts';
import { readConfig } from './config.ts';
import { startEmbeddedSignalling } from './embedded-signalling.ts';
import { WorkerModule } from './worker.module.ts';

/** EX_CONFIG of sysexits.h: starting again will not help. */
const EXIT_CONFIG = 78;

async function main(): Promise<void> {
  const config = readConfig();
  const logger = openLogger({ level: config.logLevel, fields: { app: 'worker' } });
  const runsCalls = config.roles.has('calls');
  const embedded =
    runsCalls && config.drachtio === undefined
      ? await startEmbeddedSignalling(config, logger)
      : undefined;
  const drachtio = config.drachtio ?? embedded?.address;
  const { services, nodeId, capacity, healthUrl } =
    runsCalls && drachtio !== undefined
      ? buildWorker(config, drachtio, logger)
      : buildHookWorker(config, logger);
  const app = await NestFactory.createApplicationContext(WorkerModule.with(services), {
    logger: false,
    abortOnError: false,
  });
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info('worker.stopping', { signal });
    const closing = app.close().then(() => embedded?.service.stop());
    closing.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('worker.stop_failed', { error: String(error) });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('parent gone'));
  // Whoever started us waits for this line, whatever the log level.
  openLogger({ fields: { app: 'worker' } }).info('worker.ready', {
    nodeId,
    capacity,
    healthUrl: healthUrl(),
  });
}

main().catch((error: unknown) => {
  const isConfig = error instanceof Fault && error.code === 'CONFIG_INVALID';
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  openLogger({ fields: { app: 'worker' } }).error('worker.start_failed', {
    detail: isConfig ? error.detail : detail,
  });
  process.exit(isConfig ? EXIT_CONFIG : 1);
});
