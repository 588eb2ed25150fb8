import { openLogger } from '#adapters/observe-pino';
import { rotateSecrets } from '#adapters/store-prisma';
import { Fault } from '#domain';
import { ConfigError, readStoreSettings } from '../config.ts';

/** Seals every stored secret again with the current key. @returns The exit code: 0 when none is left of another key. */
export async function runRotation(): Promise<number> {
  const logger = openLogger({ fields: { app: 'cli' } });
  try {
    const columns = await rotateSecrets({ ...readStoreSettings(), logger });
    for (const { table, column, resealed, left } of columns) {
      console.log(`${table}.${column}: ${resealed} sealed again, ${left} left`);
    }
    const isWhole = columns.every(({ left }) => left === 0);
    console.log(
      isWhole
        ? 'Everything is sealed with CALLCAST_SECRET_KEY: no other key is needed any more.'
        : 'Some secrets are not sealed with CALLCAST_SECRET_KEY yet. Name the keys that open them in CALLCAST_SECRET_KEYS_OTHER and run this again once no process seals with another key.',
    );
    return isWhole ? 0 : 1;
  } catch (error) {
    if (error instanceof Fault && error.code === 'CONFIG_INVALID')
      throw new ConfigError(error.detail);
    throw error;
  }
}
