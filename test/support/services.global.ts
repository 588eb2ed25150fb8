import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { LocalServices } from '#adapters/services-local';
import { silentLogger } from '#foundation';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server; its user may create databases. */
    databaseUrl: string;
    redisUrl: string;
  }
}

/**
 * Starts one PostgreSQL and one Redis for the whole test run, from local programs in a temporary
 * folder, unless DATABASE_URL and REDIS_URL are given. Specs reach them by `inject('databaseUrl')`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-test-'));
  chmodSync(folder, 0o711); // The servers run as another user when we are root.
  const services = new LocalServices({
    folder,
    logger: silentLogger,
    databaseUrl: process.env['DATABASE_URL'],
    redisUrl: process.env['REDIS_URL'],
    isDurable: false,
  });
  await services.start();
  project.provide('databaseUrl', services.endpoints.databaseUrl);
  project.provide('redisUrl', services.endpoints.redisUrl);
  return async () => {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
