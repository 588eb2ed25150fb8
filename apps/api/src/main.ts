import 'reflect-metadata';
import { openLogger } from '#adapters/observe-pino';
import { applyMigrations } from '#adapters/store-prisma';
import { Fault } from '#domain';
import { CONFIG_EXIT_CODE, SettingsError, readConfig } from './config.ts';
import { startApi } from './start-api.ts';

/** Applies the migrations before it starts; else somebody else has to. */
const MIGRATE_FLAG = '--migrate';
const FIELDS = { app: 'api' };

async function main(): Promise<void> {
  const config = readConfig();
  const logger = openLogger({ level: config.logLevel, fields: FIELDS });
  if (process.argv.includes(MIGRATE_FLAG)) await applyMigrations(config.store.databaseUrl);
  const api = await startApi(config, logger);

  let signals = 0;
  const stop = (reason: string, delayMs: number): void => {
    signals += 1;
    logger.info('api.stopping', { reason });
    // Who asks twice does not want to wait.
    const stopped = api.stop(signals === 1 ? delayMs : 0);
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('api.stop_failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM', config.stopDelayMs));
  process.on('SIGINT', () => stop('SIGINT', 0));
  process.on('disconnect', () => stop('parent gone', 0));
  // Whoever started us waits for this line, whatever the log level.
  openLogger({ fields: FIELDS }).info('api.ready', { url: api.url, wcsUrl: api.wcsUrl });
}

/** What an operator has to read; the place in the code only where the fault is ours. */
function startProblem(error: unknown): Record<string, unknown> {
  if (error instanceof SettingsError) return { problems: error.problems };
  if (error instanceof Fault) return { code: error.code, detail: error.detail };
  return { error };
}

main().catch((error: unknown) => {
  const isConfig =
    error instanceof SettingsError || (error instanceof Fault && error.code === 'CONFIG_INVALID');
  openLogger({ fields: FIELDS }).error('api.start_failed', startProblem(error));
  process.exit(isConfig ? CONFIG_EXIT_CODE : 1);
});
