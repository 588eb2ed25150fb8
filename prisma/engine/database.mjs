// Databases as such: made, dropped, reached; and their errors in the codes of Prisma's command line.
import pg from 'pg';
import { readAddress } from './address.mjs';

/** Where a database is made and dropped from. */
const MAINTENANCE_DATABASE = 'postgres';
/** SQLSTATE duplicate_database, and unique_violation when two sessions create it in the same instant. */
const ALREADY_THERE = ['42P04', '23505'];

async function withClient(databaseUrl, database, use) {
  const client = new pg.Client(readAddress(databaseUrl, database).connection);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Fails when the database cannot be entered. */
export async function reachDatabase(databaseUrl) {
  await withClient(databaseUrl, undefined, (client) => client.query('SELECT 1'));
}

/** Makes the database of the address unless it is there. Any number of processes may do so at once. */
export async function createDatabase(databaseUrl) {
  const { database } = readAddress(databaseUrl);
  await withClient(databaseUrl, MAINTENANCE_DATABASE, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount !== 0) return;
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
    } catch (error) {
      if (!ALREADY_THERE.includes(error.code)) throw error;
    }
  });
  return database;
}

/** Drops the database of the address. */
export async function dropDatabase(databaseUrl) {
  const { database } = readAddress(databaseUrl);
  await withClient(databaseUrl, MAINTENANCE_DATABASE, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)}`),
  );
}

const cannotReach = ({ host, port }) => [
  'P1001',
  `Can't reach database server at \`${host}:${port}\`\n\nPlease make sure your database server is running at \`${host}:${port}\`.`,
];
const isRefused = ({ user }) => [
  'P1000',
  `Authentication failed against database server, the provided database credentials for \`${user}\` are not valid.`,
];
const isMissing = ({ host, port, database }) => [
  'P1003',
  `Database \`${database}\` does not exist on the database server at \`${host}:${port}\`.`,
];

const KNOWN_ERRORS = new Map([
  ['ECONNREFUSED', cannotReach],
  ['ENOTFOUND', cannotReach],
  ['DatabaseNotReachable', cannotReach],
  ['28P01', isRefused],
  ['28000', isRefused],
  ['AuthenticationFailed', isRefused],
  ['3D000', isMissing],
  ['DatabaseDoesNotExist', isMissing],
]);

/** An error in the words of Prisma's command line: its code, where it has one, and the text. */
export function describeError(error, databaseUrl) {
  const causes = [error?.code, error?.cause?.kind, error?.cause?.code, error?.cause?.originalCode];
  const known = causes.map((cause) => KNOWN_ERRORS.get(cause)).find((entry) => entry !== undefined);
  if (known === undefined) return { code: error?.code, message: error?.message ?? String(error) };
  const [code, message] = known(readAddress(databaseUrl));
  return { code, message };
}
