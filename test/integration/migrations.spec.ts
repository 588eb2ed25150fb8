import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applyMigrations, openStore } from '#adapters/store-prisma';
import { silentLogger } from '#foundation';
import { siblingUrl } from '../support/test-database.ts';
import { newSecretKey } from '../support/store-world.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const MIGRATIONS = `${ROOT}prisma/migrations`;
const names = readdirSync(MIGRATIONS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

const databaseNames: string[] = [];

/** A name that no database has yet. */
function newDatabaseUrl(): string {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  databaseNames.push(name);
  return siblingUrl(inject('databaseUrl'), name);
}

async function sqlOn<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

interface FailedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Prisma's own command line. */
async function prisma(databaseUrl: string, ...words: string[]) {
  try {
    const run = await promisify(execFile)(`${ROOT}node_modules/.bin/prisma`, words, {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: databaseUrl, NO_COLOR: '1' },
    });
    return { status: 0, output: run.stdout + run.stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as FailedRun;
    return { status: code, output: stdout + stderr };
  }
}

afterAll(async () => {
  for (const name of databaseNames) {
    await sqlOn(inject('databaseUrl'), `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  }
});

describe('applyMigrations', () => {
  let databaseUrl: string;
  let applied: string[][];

  beforeAll(async () => {
    databaseUrl = newDatabaseUrl();
    applied = await Promise.all([1, 2, 3].map(() => applyMigrations(databaseUrl)));
  });

  it('three times at once on a missing database makes it, and applies each migration once', async () => {
    expect(applied.flat()).toEqual(names);
    expect(await applyMigrations(databaseUrl)).toEqual([]);
  });

  it('keeps the record that Prisma keeps', async () => {
    const rows = await sqlOn<{ name: string; checksum: string; finished: boolean; steps: number }>(
      databaseUrl,
      `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished,
         applied_steps_count AS steps FROM _prisma_migrations ORDER BY migration_name`,
    );

    const checksumOf = (name: string) =>
      createHash('sha256')
        .update(readFileSync(`${MIGRATIONS}/${name}/migration.sql`))
        .digest('hex');
    expect(rows).toEqual(
      names.map((name) => ({ name, checksum: checksumOf(name), finished: true, steps: 1 })),
    );
  });

  it('satisfies `prisma migrate status` and leaves nothing for `prisma migrate deploy`', async () => {
    const status = await prisma(databaseUrl, 'migrate', 'status');
    const deploy = await prisma(databaseUrl, 'migrate', 'deploy');

    expect(status).toEqual({ status: 0, output: expect.stringContaining('up to date') as string });
    expect(deploy).toEqual({ status: 0, output: expect.stringContaining('No pending') as string });
  });

  it('makes the partial indexes that the schema only mentions', async () => {
    const rows = await sqlOn<{ name: string; definition: string }>(
      databaseUrl,
      `SELECT indexname AS name, substring(indexdef FROM '^CREATE (?:UNIQUE )?INDEX') || ' '
         || substring(indexdef FROM '\\(.*$') AS definition
       FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%WHERE%' ORDER BY 1`,
    );

    expect(rows.map((row) => `${row.name}: ${row.definition}`)).toEqual([
      "calls_by_app_and_verdict_idx: CREATE INDEX (app_key, ((verdict ->> 'result'::text)), ((verdict ->> 'code'::text)), created_at DESC, id DESC) WHERE (verdict IS NOT NULL)",
      'calls_by_trunk_idx: CREATE INDEX (trunk_id, created_at DESC, id DESC) WHERE (trunk_id IS NOT NULL)',
      "calls_by_verdict_idx: CREATE INDEX (((verdict ->> 'result'::text)), ((verdict ->> 'code'::text)), created_at DESC, id DESC) WHERE (verdict IS NOT NULL)",
      'calls_live_call_id_key: CREATE UNIQUE INDEX (call_id, app_key) WHERE (ended_at IS NULL)',
      "calls_live_stream_key: CREATE UNIQUE INDEX ((((spec -> 'wcs'::text) ->> 'toStream'::text)), app_key) WHERE ((ended_at IS NULL) AND (((spec -> 'wcs'::text) ->> 'toStream'::text) IS NOT NULL))",
      'calls_on_trunk_idx: CREATE INDEX (trunk_id, trunk_channel DESC, priority DESC, created_at, id) WHERE ((trunk_id IS NOT NULL) AND (ended_at IS NULL) AND (next_dial_at IS NULL))',
      'calls_owned_idx: CREATE INDEX (node) WHERE (node IS NOT NULL)',
      'calls_preferred_idx: CREATE INDEX (preferred_node) WHERE ((node IS NULL) AND (ended_at IS NULL) AND (preferred_node IS NOT NULL))',
      'calls_scheduled_idx: CREATE INDEX (next_dial_at) WHERE ((node IS NULL) AND (ended_at IS NULL) AND (next_dial_at IS NOT NULL))',
      'calls_waiting_idx: CREATE INDEX (state_since) WHERE ((node IS NULL) AND (ended_at IS NULL) AND (next_dial_at IS NULL))',
      "commands_deadline_idx: CREATE INDEX (deadline) WHERE ((state = 'pending'::text) AND (deadline IS NOT NULL))",
      'commands_open_idx: CREATE INDEX (call_id, "position") WHERE (completed_at IS NULL)',
      "commands_pending_key: CREATE UNIQUE INDEX (call_id, type) WHERE ((completed_at IS NULL) AND (type = 'hangUp'::text))",
      "events_one_end_key: CREATE UNIQUE INDEX (call_id) WHERE (type = 'call.ended'::text)",
      "hook_deliveries_failed_idx: CREATE INDEX (hook_id, created_at DESC, id DESC) WHERE (state = 'failed'::text)",
      'hook_deliveries_settled_idx: CREATE INDEX (settled_at) WHERE (settled_at IS NOT NULL)',
      "hook_deliveries_waiting_idx: CREATE INDEX (hook_id, call_id, seq, ordinal) WHERE (state = 'pending'::text)",
      'hook_lanes_leased_idx: CREATE INDEX (hook_id) WHERE (lease_until IS NOT NULL)',
      'outputs_held_target_key: CREATE UNIQUE INDEX (target_hash) WHERE holds_target',
    ]);
  });

  it('cannot reach a server that is not there', async () => {
    const nobody = 'postgresql://nobody@127.0.0.1:1/nothing';

    await expect(applyMigrations(nobody)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe("Prisma's command line on our engine", () => {
  it('deploys to a missing database what applyMigrations then finds applied', async () => {
    const databaseUrl = newDatabaseUrl();

    const deploy = await prisma(databaseUrl, 'migrate', 'deploy');

    expect(deploy.status).toBe(0);
    expect(await applyMigrations(databaseUrl)).toEqual([]);
  });

  it('finds no difference between migrations and schema', async () => {
    const diff = await prisma(
      inject('databaseUrl'),
      ...['migrate', 'diff', '--exit-code'],
      ...['--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema'],
    );

    expect(diff).toEqual({ status: 0, output: expect.stringContaining('No difference') as string });
  });

  it('fails with its own code when the server is away', async () => {
    const status = await prisma('postgresql://nobody@127.0.0.1:1/nothing', 'migrate', 'status');

    expect(status).toEqual({ status: 1, output: expect.stringContaining('P1001') as string });
  });
});

describe('a store', () => {
  it('does not start on a database without its tables', async () => {
    const databaseUrl = newDatabaseUrl();
    const name = databaseNames.at(-1) ?? '';
    await sqlOn(inject('databaseUrl'), `CREATE DATABASE "${name}"`);
    const store = openStore({ databaseUrl, secretKey: newSecretKey(), logger: silentLogger });

    await expect(store.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });

    await store.stop();
  });
});
