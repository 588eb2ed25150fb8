import { deployMigrations } from '#prisma-engine/migrate';
import { toFault } from './fault-map.ts';

/**
 * Makes the database when it is missing and applies the migrations of `prisma/migrations`, as
 * `prisma migrate deploy` would. Safe when several processes do so at once.
 * @returns The names of the migrations applied now.
 * @throws Fault STORE_UNAVAILABLE when the database cannot be reached.
 */
export async function applyMigrations(databaseUrl: string): Promise<string[]> {
  try {
    return await deployMigrations(databaseUrl);
  } catch (error) {
    throw toFault(error);
  }
}
