import { openLogger } from '#adapters/observe-pino';
import { SignallingServer } from '#adapters/sip-transport';
import { Fault } from '#domain';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import { readConfig } from './config.ts';

/** EX_CONFIG of sysexits.h: starting again will not help. */
const EXIT_CONFIG = 78;

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

async function main(): Promise<void> {
  const config = readConfig();
  const logger = openLogger({ level: config.logLevel, fields: { app: 'signaling' } });
  const server = new SignallingServer({
    ...config,
    logger,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
  });
  await server.start();
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info('signaling.stopping', { signal });
    void server.stop().finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('parent gone'));
  const { controlAddress, sipAddress } = server;
  // Whoever started us waits for this line, whatever the log level.
  openLogger({ fields: { app: 'signaling' } }).info('signaling.ready', {
    control: `${controlAddress.host}:${controlAddress.port}`,
    sip: `${bracketed(sipAddress.host)}:${sipAddress.port}`,
  });
}

main().catch((error: unknown) => {
  const isConfig = error instanceof Fault && error.code === 'CONFIG_INVALID';
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  openLogger({ fields: { app: 'signaling' } }).error('signaling.start_failed', {
    detail: isConfig ? error.detail : detail,
  });
  process.exit(isConfig ? EXIT_CONFIG : 1);
});
