import { Secret, randomHex, systemClock, systemRandom, systemTimers } from '#foundation';
import type { Logger, Service } from '#foundation';
import { SignallingServer } from '#adapters/sip-transport';
import type { DrachtioPlace } from '#contracts';
import type { WorkerConfig } from './config.ts';

/** A signalling server of the worker's own, on loopback and with a secret that nobody else knows. */
export interface EmbeddedSignalling {
  readonly service: Service;
  readonly address: DrachtioPlace;
}

/** Starts it: its port is known only then. */
export async function startEmbeddedSignalling(
  config: WorkerConfig,
  logger: Logger,
): Promise<EmbeddedSignalling> {
  const secret = new Secret(randomHex(systemRandom, 24));
  const server = new SignallingServer({
    control: { host: '127.0.0.1', port: 0, secret },
    ...config.signalling,
    logger,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
  });
  await server.start();
  return { service: server, address: { ...server.controlAddress, secret } };
}
