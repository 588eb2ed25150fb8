// Applies the migrations of this project without Prisma's command line, as `prisma migrate deploy` would.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase } from './database.mjs';
import { openEngine } from './wasm-engine.mjs';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));

async function readMigration(name) {
  const content = await readFile(join(MIGRATIONS_FOLDER, name, 'migration.sql'), 'utf8');
  return {
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: content } },
  };
}

async function readMigrations() {
  const entries = await readdir(MIGRATIONS_FOLDER, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return {
    baseDir: MIGRATIONS_FOLDER,
    shadowDbInitScript: '',
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(MIGRATIONS_FOLDER, 'migration_lock.toml'), 'utf8'),
    },
    migrationDirectories: await Promise.all(names.sort().map(readMigration)),
  };
}

/**
 * Makes the database when it is missing and applies what has not been applied.
 * Several at once are safe: the engine holds an advisory lock, and the later ones find nothing to do.
 * @returns The names of the migrations applied now.
 */
export async function deployMigrations(databaseUrl) {
  await createDatabase(databaseUrl);
  const { engine, close } = await openEngine({ databaseUrl });
  try {
    const applied = await engine.applyMigrations({
      migrationsList: await readMigrations(),
      filters: { externalTables: [], externalEnums: [] },
    });
    return applied.appliedMigrationNames;
  } finally {
    await close();
  }
}
