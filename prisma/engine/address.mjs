// Reads a DATABASE_URL as Prisma writes it: with its own parameters, which node-postgres must not see.
const PRISMA_PARAMETERS = ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer'];

/** Where a database is: connection settings for node-postgres, its name and its schema. */
export function readAddress(databaseUrl, database) {
  const url = new URL(databaseUrl);
  const schema = url.searchParams.get('schema') ?? 'public';
  for (const name of PRISMA_PARAMETERS) url.searchParams.delete(name);
  if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
  return {
    host: url.hostname,
    port: url.port === '' ? '5432' : url.port,
    user: decodeURIComponent(url.username),
    database: decodeURIComponent(url.pathname.slice(1)),
    schema,
    connection: { connectionString: url.href, options: `-c search_path="${schema}"` },
  };
}
