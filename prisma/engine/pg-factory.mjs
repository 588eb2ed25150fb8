// A driver adapter factory for the schema engine: @prisma/adapter-pg with three corrections that
// migrations need. One session per adapter, because the engine's advisory lock and search_path live in it.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { readAddress } from './address.mjs';

/** PostgreSQL's internal type "char", in which pg_catalog keeps its one-letter codes. */
const INTERNAL_CHAR_OID = 18;
const TEXT_OID = 25;

/** Lets the engine read "char" columns, which the adapter refuses: as text that is declared a character. */
function readInternalChars(pool, adapter) {
  let charColumns = [];
  const poolQuery = pool.query.bind(pool);
  pool.query = async (...args) => {
    const result = await poolQuery(...args);
    charColumns = [];
    for (const [index, field] of (result.fields ?? []).entries()) {
      if (field.dataTypeID !== INTERNAL_CHAR_OID) continue;
      field.dataTypeID = TEXT_OID;
      charColumns.push(index);
    }
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
}

/** Sends a script whole, in one implicit transaction; the adapter would cut it at every semicolon. */
function runScriptsWhole(pool, adapter) {
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      adapter.onError(error);
    }
  };
}

async function openAdapter(address, onDisposed) {
  const pool = new pg.Pool({ ...address.connection, max: 1 });
  // A session that breaks while idle is reported by the next query.
  pool.on('error', () => undefined);
  const adapter = await new PrismaPg(pool, { schema: address.schema }).connect();
  readInternalChars(pool, adapter);
  runScriptsWhole(pool, adapter);
  adapter.dispose = async () => {
    await pool.end();
    await onDisposed();
  };
  return adapter;
}

async function runOnce(address, sql) {
  const client = new pg.Client(address.connection);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * The factory that the schema engine opens its sessions with. The engine leaves its main session open, and with it
 * the advisory lock: who has opened an engine calls `closeSessions` when done.
 */
export function pgFactory(databaseUrl) {
  const address = readAddress(databaseUrl);
  const sessions = new Set();
  const open = async (where, onDisposed) => {
    const adapter = await openAdapter(where, async () => {
      sessions.delete(adapter);
      await onDisposed?.();
    });
    sessions.add(adapter);
    return adapter;
  };
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => open(address),
    // The adapter would drop the shadow database while it is still connected to it.
    connectToShadowDb: async () => {
      const shadow = readAddress(databaseUrl, `prisma_migrate_shadow_db_${randomUUID()}`);
      await runOnce(address, `CREATE DATABASE "${shadow.database}" TEMPLATE template0`);
      return open(shadow, () =>
        runOnce(address, `DROP DATABASE IF EXISTS "${shadow.database}" WITH (FORCE)`),
      );
    },
    closeSessions: async () => {
      await Promise.all([...sessions].map((session) => session.dispose()));
    },
  };
}
