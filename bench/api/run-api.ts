import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalServices } from '#adapters/services-local';
import { applyMigrations } from '#adapters/store-prisma';
import { silentLogger } from '#foundation';
import { quantile, round } from '../rig/quantile.ts';
import { ApiProcess } from './api-process.ts';
import type { ApiName } from './api-process.ts';
import { HttpLoad } from './http-load.ts';
import type { LoadRequest, LoadResult } from './http-load.ts';

const CONNECTIONS = 64;
const ROUNDS = 4;
const WARM_UP_SECONDS = 3;
const SECONDS = 4;
/** Calls that are asked for by turns. */
const KNOWN_CALLS = 1000;
const NAMES = ['ours', 'bare'] as const satisfies readonly ApiName[];
const KEY = 'bench-key-0123456789abcdef';
const USAGE = 'usage: npm run bench -- api [--json] [--profile FOLDER]';

/** A server with the load that is made for it. */
interface Contender {
  readonly load: HttpLoad;
  readonly ids: string[];
  readonly posts: LoadResult[];
  readonly gets: LoadResult[];
}

let serial = 0;

const POST = (): LoadRequest => {
  serial += 1;
  return {
    method: 'POST',
    path: '/v1/calls',
    body: JSON.stringify({
      to: 'sip:room@sip.example.com',
      auth: { username: 'bench', password: `password-${serial}` },
      outputs: [{ url: 'rtmp://live.example.com/live', streamKey: `key-of-${serial}` }],
    }),
  };
};

/**
 * Requests per second of our API as it is shipped, and of a bare Fastify handler that writes the same rows and adds the same
 * job: each in a process of its own, with a database of its own on the same servers, by turns.
 */
export async function runApi(args: readonly string[]): Promise<void> {
  const profileAt = args.indexOf('--profile');
  const profileFolder = profileAt < 0 ? undefined : args[profileAt + 1];
  const known = new Set(['--json', '--profile', profileFolder]);
  if (args.some((arg) => !known.has(arg))) throw new Error(USAGE);
  const folder = mkdtempSync(join(tmpdir(), 'callcast-api-'));
  chmodSync(folder, 0o711); // The services run as another user when we are root.
  const services = new LocalServices({
    folder: join(folder, 'services'),
    logger: silentLogger,
    isDurable: false,
    isFresh: true,
    onCrash: (name) => {
      throw new Error(`${name} ended`);
    },
  });
  const processes: ApiProcess[] = [];
  try {
    await services.start();
    const contenders: Partial<Record<ApiName, Contender>> = {};
    for (const [index, name] of NAMES.entries()) {
      const { databaseUrl, redisUrl } = services.endpoints;
      const database = atPath(databaseUrl, `bench_${name}`);
      await applyMigrations(database);
      const server = await ApiProcess.start(name, {
        logFile: join(folder, `${name}.log`),
        environment: environmentOf(database, atPath(redisUrl, String(index))),
        nodeOptions:
          profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder],
      });
      processes.push(server);
      const load = new HttpLoad({ url: server.url, key: KEY, connections: CONNECTIONS });
      contenders[name] = { load, ids: [], posts: [], gets: [] };
    }
    const { ours, bare } = contenders;
    if (ours === undefined || bare === undefined) throw new Error('both have started');
    await measure([ours, bare]);
    print(ours, bare, args.includes('--json'));
    await Promise.all([ours.load.close(), bare.load.close()]);
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function atPath(url: string, path: string): string {
  const placed = new URL(url);
  placed.pathname = `/${path}`;
  return placed.href;
}

/** As shipped, log lines and all. */
const environmentOf = (databaseUrl: string, redisUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  CALLCAST_SECRET_KEY: randomBytes(32).toString('base64'),
  CALLCAST_API_KEY: KEY,
  CALLCAST_HTTP_PORT: '0',
  CALLCAST_WCS_PORT: '0',
});

async function measure(contenders: readonly Contender[]): Promise<void> {
  for (const { load, ids } of contenders) {
    for (let count = 0; count < KNOWN_CALLS; count += 1) {
      ids.push((JSON.parse(await load.ask(POST(), 202)) as { id: string }).id);
    }
    await load.run(POST, 202, WARM_UP_SECONDS);
    await load.run(getOf(ids), 200, WARM_UP_SECONDS);
  }
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    // Who went first goes second the next time: what the first leaves behind is the second's to bear.
    const order = turn % 2 === 0 ? contenders : contenders.toReversed();
    for (const { load, posts } of order) posts.push(await load.run(POST, 202, SECONDS));
    for (const { load, ids, gets } of order) gets.push(await load.run(getOf(ids), 200, SECONDS));
  }
}

function getOf(ids: readonly string[]): () => LoadRequest {
  let at = 0;
  return () => {
    at = (at + 1) % ids.length;
    return { method: 'GET', path: `/v1/calls/${ids[at]}` };
  };
}

interface Figures {
  readonly ours: number;
  readonly bare: number;
  readonly ratio: number;
  readonly p99Ms: number;
  readonly bareP99Ms: number;
}

function figuresOf(ours: readonly LoadResult[], bare: readonly LoadResult[]): Figures {
  const [rate, bareRate] = [perSecond(ours), perSecond(bare)];
  const p99 = (results: readonly LoadResult[]): number =>
    quantile(
      results.flatMap(({ timesMs }) => timesMs),
      0.99,
    );
  return {
    ours: round(rate, 0),
    bare: round(bareRate, 0),
    ratio: round(rate / bareRate, 3),
    p99Ms: round(p99(ours), 1),
    bareP99Ms: round(p99(bare), 1),
  };
}

function perSecond(results: readonly LoadResult[]): number {
  const sum = (of: (result: LoadResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return sum(({ requests }) => requests) / sum(({ seconds }) => seconds);
}

function print(ours: Contender, bare: Contender, isJson: boolean): void {
  const figures = {
    bench: 'api',
    connections: CONNECTIONS,
    post: figuresOf(ours.posts, bare.posts),
    get: figuresOf(ours.gets, bare.gets),
  };
  for (const [what, one] of [
    ['POST /v1/calls', figures.post],
    ['GET /v1/calls/{id}', figures.get],
  ] as const) {
    console.log(`${what}: ${one.ours} per second, 99 of 100 within ${one.p99Ms} ms`);
    console.log(`  bare Fastify: ${one.bare} per second, ${one.bareP99Ms} ms; ratio ${one.ratio}`);
  }
  if (isJson) console.log(JSON.stringify(figures));
}
