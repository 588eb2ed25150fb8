import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalServices, identifyProcess } from '#adapters/services-local';
import type { LocalServicesOptions, ServiceEndpoints } from '#adapters/services-local';
import { silentLogger } from '#foundation';
import { until } from '../support/until.ts';

const HOLDER = new URL('../support/hold-services.mjs', import.meta.url).pathname;
const GONE_WITHIN_MS = 15_000;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function temporaryFolder(mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-spec-'));
  chmodSync(folder, mode);
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function localServices(
  folder: string,
  more: Pick<LocalServicesOptions, 'isDurable' | 'onRestart'> = {},
): LocalServices {
  const services = new LocalServices({ folder, logger: silentLogger, isDurable: false, ...more });
  cleanups.push(() => services.stop());
  return services;
}

/** Another process that starts services in `folder`, and the line it prints. */
async function hold(folder: string): Promise<{ holder: ChildProcess; line: unknown }> {
  const holder = spawn(process.execPath, [HOLDER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => void holder.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
  return { holder, line: JSON.parse(line) as unknown };
}

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function passwordOf(url: string): string {
  return new URL(url).password;
}

async function askRedis(redisUrl: string, command: string): Promise<string> {
  const { hostname, port, password } = new URL(redisUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    if (password !== '') {
      socket.write(`AUTH ${password}\r\n`);
      await once(socket, 'data');
    }
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('latin1').trim();
  } finally {
    socket.destroy();
  }
}

function livingPids({ pids }: Pick<ServiceEndpoints, 'pids'>): string[] {
  return Object.keys(pids).filter((name) => identifyProcess(pids[name] ?? 0) !== undefined);
}

async function untilGone(endpoints: ServiceEndpoints): Promise<number> {
  const started = performance.now();
  while (livingPids(endpoints).length > 0 && performance.now() - started < GONE_WITHIN_MS)
    await pause(20);
  return performance.now() - started;
}

describe('local services', () => {
  it('serve a database and a queue, and nothing is left after the stop', async () => {
    const services = localServices(temporaryFolder());

    await services.start();
    const { endpoints } = services;
    const rows = await query(endpoints.databaseUrl, 'SELECT current_database() AS name');
    const pong = await askRedis(endpoints.redisUrl, 'PING');
    const policy = await askRedis(endpoints.redisUrl, 'CONFIG GET maxmemory-policy');
    await services.stop();

    expect(rows).toEqual([{ name: 'callcast' }]);
    expect(pong).toBe('+PONG');
    expect(policy).toContain('noeviction');
    expect(livingPids(endpoints)).toEqual([]);
  });

  it('keep the data from one start to the next', async () => {
    const folder = temporaryFolder();
    const services = localServices(folder);
    await services.start();
    await query(services.endpoints.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await services.stop();

    await services.start();

    expect(await query(services.endpoints.databaseUrl, 'SELECT answer FROM kept')).toEqual([
      { answer: 42 },
    ]);
  });

  it('come back on the same address, with their data, when they are killed', async () => {
    const restarted: string[] = [];
    const services = localServices(temporaryFolder(), {
      isDurable: true,
      onRestart: (name) => restarted.push(name),
    });
    await services.start();
    const before = services.endpoints;
    await query(before.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');

    for (const pid of Object.values(before.pids)) process.kill(pid, 'SIGKILL');
    await until(() => restarted.length === 2, 'both to be back', 30_000);

    const after = services.endpoints;
    expect(after.databaseUrl).toBe(before.databaseUrl);
    expect(after.pids).not.toEqual(before.pids);
    expect(await query(after.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await askRedis(after.redisUrl, 'PING')).toBe('+PONG');
    await services.stop();
    expect(livingPids(after)).toEqual([]);
  });

  it('let nobody in without the password, and show it in no argument', async () => {
    const services = localServices(temporaryFolder());
    await services.start();
    const { databaseUrl, redisUrl, pids } = services.endpoints;
    const databasePassword = passwordOf(databaseUrl);
    const redisPassword = passwordOf(redisUrl);

    const withoutPassword = [databaseUrl, redisUrl].map((url) => {
      const open = new URL(url);
      open.password = '';
      return open.href;
    });
    const [openDatabase = '', openRedis = ''] = withoutPassword;
    const wrongDatabase = databaseUrl.replace(databasePassword, 'wrong');

    await expect(query(openDatabase, 'SELECT 1')).rejects.toThrow();
    await expect(query(wrongDatabase, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await askRedis(openRedis, 'PING')).toMatch(/^-NOAUTH/);
    for (const pid of Object.values(pids)) {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      expect(command).not.toContain(databasePassword);
      expect(command).not.toContain(redisPassword);
    }
  });

  it('close a cluster that an earlier version left open to all, and keep its data', async () => {
    const folder = temporaryFolder();
    const services = localServices(folder);
    await services.start();
    await query(services.endpoints.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await query(services.endpoints.databaseUrl, 'ALTER ROLE postgres PASSWORD NULL');
    await services.stop();
    const rules = join(folder, 'postgres/data/pg_hba.conf');
    writeFileSync(rules, 'host all all 127.0.0.1/32 trust\n');

    await services.start();

    const { databaseUrl } = services.endpoints;
    const wrong = databaseUrl.replace(passwordOf(databaseUrl), 'wrong');
    expect(await query(databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('begin empty when asked to', async () => {
    const folder = temporaryFolder();
    const services = localServices(folder);
    await services.start();
    await query(services.endpoints.databaseUrl, 'CREATE TABLE kept ()');
    await services.stop();
    const fresh = new LocalServices({ folder, logger: silentLogger, isFresh: true });
    cleanups.push(() => fresh.stop());

    await fresh.start();

    const found = await query(fresh.endpoints.databaseUrl, `SELECT to_regclass('kept') AS name`);
    expect(found).toEqual([{ name: null }]);
  });

  it('end when their parent is killed', async () => {
    const { holder, line } = await hold(temporaryFolder());
    const endpoints = line as ServiceEndpoints;
    expect(livingPids(endpoints).sort()).toEqual(['postgres', 'redis']);

    holder.kill('SIGKILL');

    expect(await untilGone(endpoints)).toBeLessThan(GONE_WITHIN_MS);
  });

  it('of a crashed run are found, ended and started anew', async () => {
    const folder = temporaryFolder();
    const { holder, line } = await hold(folder);
    const crashed = line as ServiceEndpoints;
    await killWatchdogOf(holder);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(livingPids(crashed).sort()).toEqual(['postgres', 'redis']);

    const services = localServices(folder);
    await services.start();

    expect(livingPids(crashed)).toEqual([]);
    expect(await query(services.endpoints.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuse a folder that another living process uses', async () => {
    const folder = temporaryFolder();
    const { holder } = await hold(folder);

    const second = localServices(folder).start();

    await expect(second).rejects.toMatchObject({
      name: 'FolderBusyError',
      ownerPid: holder.pid,
    });
  });

  it('of two copies run side by side', async () => {
    const [first, second] = [localServices(temporaryFolder()), localServices(temporaryFolder())];

    await Promise.all([first.start(), second.start()]);
    await query(first.endpoints.databaseUrl, 'CREATE TABLE only_here ()');

    const tables = `SELECT count(*)::int AS n FROM pg_tables WHERE tablename = 'only_here'`;
    expect(await query(first.endpoints.databaseUrl, tables)).toEqual([{ n: 1 }]);
    expect(await query(second.endpoints.databaseUrl, tables)).toEqual([{ n: 0 }]);
  });

  it('move to a folder of their own when their user cannot enter the one given', async () => {
    const closed = temporaryFolder(0o700);
    const services = localServices(join(closed, 'services'));

    await services.start();

    const [row] = await query(services.endpoints.databaseUrl, 'SHOW data_directory');
    const { data_directory: used } = row as { data_directory: string };
    cleanups.unshift(() => rmSync(join(used, '../..'), { recursive: true, force: true }));
    expect(used.startsWith(closed)).toBe(process.getuid?.() !== 0);
  });

  it('that are given by address are not started', async () => {
    const given = { databaseUrl: 'postgresql://db.example/x', redisUrl: 'redis://cache.example' };
    const folder = temporaryFolder();
    const services = new LocalServices({ folder, logger: silentLogger, ...given });

    await services.start();

    expect(services.endpoints).toEqual({ ...given, pids: {} });
  });

  it('survive being started and stopped twice', async () => {
    const services = localServices(temporaryFolder());

    await services.start();
    const { endpoints } = services;
    await services.start();
    expect(services.endpoints).toEqual(endpoints);
    await services.stop();
    await services.stop();

    expect(livingPids(endpoints)).toEqual([]);
  });
});

/** The watchdog is the only shell among the children of the holder. */
async function killWatchdogOf(holder: ChildProcess): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8');
  for (const pid of children.trim().split(' ').map(Number)) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    if (name.trim() === 'sh') process.kill(pid, 'SIGKILL');
  }
}
