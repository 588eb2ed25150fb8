import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from './free-port.ts';
import { makePassword } from './password.ts';
import { findPostgresFolder } from './program-path.ts';
import {
  SERVER_ENVIRONMENT,
  ServerProcess,
  ServerStartError,
  endStaleServer,
  runAs,
} from './server-process.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivate } from './service-folder.ts';
import type { Watchdog } from './watchdog.ts';

/** What a server of ours is made of. */
export interface ServerOptions {
  /** Folder of all local services. */
  readonly folder: string;
  readonly account: ServiceAccount | undefined;
  readonly watchdog: Watchdog;
  /** True: data outlives a power cut. False: fast, for tests. */
  readonly isDurable: boolean;
  /** True: data of earlier runs is removed. */
  readonly isFresh: boolean;
  readonly onRestart: () => void;
  readonly onCrash: () => void;
}

const SUPERUSER = 'postgres';
const PORT_TRIES = 5;
const MAX_CONNECTIONS = 300;

/** Nobody enters without the password. Ours instead of the cluster's, which may be one that trusts all. */
const HOST_RULES = 'host all all 127.0.0.1/32 scram-sha-256\n';
const HOST_RULES_NAME = 'postgres.hba';

/** How our server is reached. */
interface Access {
  readonly port: number;
  readonly password: string;
}

/** The address of a database on our server. */
function databaseUrl({ port, password }: Access, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** A running private cluster. */
export interface RunningPostgres {
  readonly server: ServerProcess;
  readonly url: string;
}

/** Starts the private cluster under `folder`/postgres, made first if need be, and its database. */
export async function startPostgres(
  options: ServerOptions,
  database: string,
): Promise<RunningPostgres> {
  const home = join(options.folder, 'postgres');
  const data = join(home, 'data');
  const recordPath = join(options.folder, 'postgres.pid');
  await endStaleServer({ recordPath, folder: home, stopSignal: 'INT' });
  if (options.isFresh) rmSync(home, { recursive: true, force: true });
  makePrivate(home, options.account);
  if (!existsSync(data)) await createCluster(home, data, options);
  const { server, access } = await startOnFreePort(options, { data, recordPath });
  try {
    await createDatabase(access, database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { server, url: databaseUrl(access, database) };
}

/** Made under another name and renamed when whole, so that a crash leaves no half of a cluster. */
async function createCluster(home: string, data: string, options: ServerOptions): Promise<void> {
  const draft = join(home, 'data.new');
  rmSync(draft, { recursive: true, force: true });
  const args = ['-D', draft, `--username=${SUPERUSER}`, '--auth=reject', '--encoding=UTF8'];
  args.push('--locale=C.UTF-8', ...(options.isDurable ? [] : ['--no-sync']));
  await runToEnd(join(requirePostgres(), 'initdb'), args, { home, account: options.account });
  renameSync(draft, data);
}

async function runToEnd(
  program: string,
  args: readonly string[],
  where: {
    readonly home: string;
    readonly account: ServiceAccount | undefined;
    readonly input?: string;
  },
): Promise<void> {
  const child = spawn(program, args, {
    ...runAs(where.account),
    cwd: where.home,
    env: SERVER_ENVIRONMENT,
    stdio: 'pipe',
    detached: true,
  });
  // A program that ends early does not read it; its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(where.input);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new ServerStartError(`${program} failed`, Buffer.concat(output).toString('utf8'));
}

function requirePostgres(majorVersion?: string): string {
  const folder = findPostgresFolder(majorVersion);
  if (folder !== undefined) return folder;
  const what = majorVersion === undefined ? 'PostgreSQL' : `PostgreSQL ${majorVersion}`;
  throw new Error(
    `${what} is not installed: apt-get install postgresql${majorVersion === undefined ? '' : `-${majorVersion}`}, or set DATABASE_URL`,
  );
}

async function startOnFreePort(
  options: ServerOptions,
  at: { readonly data: string; readonly recordPath: string },
): Promise<{ server: ServerProcess; access: Access }> {
  // A cluster is read only by the major version that made it.
  const version = readFileSync(join(at.data, 'PG_VERSION'), 'utf8').trim();
  const program = join(requirePostgres(version), 'postgres');
  const password = makePassword();
  for (let tries = 1; ; tries++) {
    const port = await findFreePort();
    try {
      await setPassword(options, { data: at.data, program, password });
      const server = await startServer(options, { ...at, program, port });
      return { server, access: { port, password } };
    } catch (error) {
      const isRetried = error instanceof ServerStartError && isPassing(error.log);
      if (!isRetried || tries === PORT_TRIES) throw error;
    }
  }
}

/**
 * A new password for every start, set while nobody can connect: by the program's single-user mode,
 * through its input, since arguments are readable for every user of the machine.
 */
async function setPassword(
  options: ServerOptions,
  at: { readonly data: string; readonly program: string; readonly password: string },
): Promise<void> {
  const rules = join(options.folder, HOST_RULES_NAME);
  writeFileSync(rules, HOST_RULES);
  chmodSync(rules, 0o644); // The account reads it, whatever our umask.
  const encryption = ['-c', 'password_encryption=scram-sha-256'];
  const args = ['--single', '-D', at.data, ...settings(options), ...encryption, 'postgres'];
  const input = `ALTER ROLE ${SUPERUSER} PASSWORD '${at.password}'\n`;
  await runToEnd(at.program, args, { home: at.data, account: options.account, input });
}

/** The port was taken meanwhile, or the children of a killed server still hold its shared memory. */
function isPassing(log: string): boolean {
  return /Address already in use|could not bind|shared memory block .* is still in use/.test(log);
}

function startServer(
  options: ServerOptions,
  at: { data: string; recordPath: string; program: string; port: number },
): Promise<ServerProcess> {
  return ServerProcess.start({
    program: at.program,
    args: ['-D', at.data, '-p', String(at.port), ...settings(options)],
    folder: at.data,
    recordPath: at.recordPath,
    logPath: join(options.folder, 'postgres.log'),
    account: options.account,
    stopSignal: 'INT',
    watchdog: options.watchdog,
    isReady: (pid) => Promise.resolve(isPostmasterReady(at.data, pid)),
    onRestart: options.onRestart,
    onCrash: options.onCrash,
  });
}

function settings({ folder, isDurable }: ServerOptions): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    hba_file: join(folder, HOST_RULES_NAME),
    // No socket file: its path may be at most 107 bytes long, and folders of users are longer.
    unix_socket_directories: '',
    max_connections: String(MAX_CONNECTIONS),
    shared_buffers: '64MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** postmaster.pid: line 1 is the process, line 8 becomes `ready` when connections are taken. */
function isPostmasterReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false; // Not written yet.
  }
}

async function createDatabase(access: Access, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(access, 'postgres') });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
