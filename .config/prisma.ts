import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The command line looks for its engine here before it looks for a native one, which needs a download.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= here('../prisma/engine/schema-engine.mjs');

const url = process.env['DATABASE_URL'];

export default defineConfig({
  schema: here('../prisma/schema'),
  migrations: { path: here('../prisma/migrations') },
  ...(url === undefined ? {} : { datasource: { url } }),
});
