import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { applyMigrations } from '#adapters/store-prisma';

/** A database of one spec file, migrated, on the server of the test run. */
export interface TestDatabase {
  readonly url: string;
  /** Plain SQL, past all our code. */
  readonly sql: pg.Pool;
  drop(): Promise<void>;
}

/** The address of another database on the same server. */
export function siblingUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Makes a new, migrated database; drop it in afterAll. */
export async function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = siblingUrl(serverUrl, name);
  await applyMigrations(url);
  const sql = new pg.Pool({ connectionString: url, max: 4 });
  // Tests cut connections, and so does the drop at the end.
  sql.on('error', () => undefined);
  return {
    url,
    sql,
    async drop() {
      await sql.end();
      const server = new pg.Client({ connectionString: serverUrl });
      await server.connect();
      await server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      await server.end();
    },
  };
}
