import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalServices } from '#adapters/services-local';
import { applyMigrations } from '#adapters/store-prisma';
import { silentLogger } from '#foundation';
import { ApiProcess } from '../api/api-process.ts';
import { HttpLoad } from '../api/http-load.ts';
import { median, quantile, round } from '../rig/quantile.ts';
import { callIdOf, seed } from './seed.ts';

const CALLS = 100_000;
const EVENTS_PER_CALL = 10;
/** Of each list; so that 99 of 100 says something. */
const REQUESTS = 400;
const WARM_UP = 40;
const KEY = 'bench-key-0123456789abcdef';
const USAGE = 'usage: npm run bench -- lists [--json]';

/** What is asked for. With `isWalked` each request is for the page behind the one before. */
interface List {
  readonly name: string;
  readonly path: (turn: number) => string;
  readonly isWalked?: boolean;
}

/** Another call at every turn, from everywhere. */
const someCall = (turn: number): number => ((turn * 7919) % CALLS) + 1;
const trunkOf = (turn: number): string => `trunk_${String(turn % 20).padStart(26, '0')}`;
const momentOf = (turn: number): string =>
  encodeURIComponent(new Date(Date.now() - someCall(turn) * 1000).toISOString());

/** What any answer takes on this machine at this time. */
const NOTHING: List = { name: 'an empty answer', path: () => '/livez' };

const LISTS: readonly List[] = [
  { name: 'the newest', path: () => '/v1/calls' },
  { name: 'the oldest', path: () => '/v1/calls?order=oldest' },
  { name: 'page by page', path: () => '/v1/calls?limit=100', isWalked: true },
  { name: 'page by page of an app', path: () => '/v1/calls?appKey=default', isWalked: true },
  { name: 'from a moment on', path: (n) => `/v1/calls?createdTo=${momentOf(n)}` },
  { name: 'one state', path: () => '/v1/calls?state=up' },
  { name: 'live ones of an app', path: (n) => `/v1/calls?live=true&appKey=app-${n % 97}` },
  { name: 'one name', path: (n) => `/v1/calls?callId=show-${n % 2000}` },
  { name: 'one trunk', path: (n) => `/v1/calls?trunk=${trunkOf(n)}` },
  { name: 'one node', path: (n) => `/v1/calls?node=node_${n % 7}` },
  { name: 'one result', path: () => '/v1/calls?verdict=failed' },
  { name: 'one code of an app', path: (n) => `/v1/calls?verdict=SIP_BUSY&appKey=app-${n % 97}` },
  {
    name: 'one field of the metadata',
    path: (n) => `/v1/calls?appKey=default&metadata=order=${someCall(n)}`,
  },
  {
    name: 'a trunk, a result and a time',
    path: (n) => `/v1/calls?trunk=${trunkOf(n)}&verdict=failed&createdTo=${momentOf(n)}`,
    isWalked: true,
  },
  { name: 'one call', path: (n) => `/v1/calls/${callIdOf(someCall(n))}` },
  { name: 'the events of a call', path: (n) => `/v1/calls/${callIdOf(someCall(n))}/events` },
];

/** How long lists take over 100,000 calls and 1,000,000 events, one request after the other. */
export async function runLists(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--json')) throw new Error(USAGE);
  const folder = mkdtempSync(join(tmpdir(), 'callcast-lists-'));
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
  let api: ApiProcess | undefined;
  try {
    await services.start();
    const { databaseUrl, redisUrl } = services.endpoints;
    await applyMigrations(databaseUrl);
    api = await ApiProcess.start('ours', {
      logFile: join(folder, 'api.log'),
      environment: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        CALLCAST_SECRET_KEY: randomBytes(32).toString('base64'),
        CALLCAST_API_KEY: KEY,
        CALLCAST_HTTP_PORT: '0',
        CALLCAST_WCS_PORT: '0',
      },
      nodeOptions: [],
    });
    // A store that has started knows its secret key; what is seeded is sealed with none.
    const seconds = await seed(databaseUrl, { calls: CALLS, eventsPerCall: EVENTS_PER_CALL });
    await report(api.url, { seconds, isJson: args.includes('--json') });
  } finally {
    await api?.stop();
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function report(
  url: string,
  { seconds, isJson }: { readonly seconds: number; readonly isJson: boolean },
): Promise<void> {
  const load = new HttpLoad({ url, key: KEY, connections: 1 });
  console.log(`${CALLS} calls and ${CALLS * EVENTS_PER_CALL} events in ${round(seconds, 1)} s`);
  const lists: Record<string, Figures> = {};
  for (const list of [NOTHING, ...LISTS]) {
    const timesMs = await timesOf(load, list);
    const one = { p50Ms: round(median(timesMs), 1), p99Ms: round(quantile(timesMs, 0.99), 1) };
    lists[list.name] = one;
    console.log(`${list.name}: half within ${one.p50Ms} ms, 99 of 100 within ${one.p99Ms} ms`);
  }
  await load.close();
  const p99Ms = Math.max(...LISTS.map(({ name }) => lists[name]?.p99Ms ?? 0));
  const amounts = { calls: CALLS, events: CALLS * EVENTS_PER_CALL, seedSeconds: round(seconds, 1) };
  if (isJson) console.log(JSON.stringify({ bench: 'lists', ...amounts, p99Ms, lists }));
}

async function timesOf(load: HttpLoad, { path, isWalked = false }: List): Promise<number[]> {
  const timesMs: number[] = [];
  let next: string | null = null;
  for (let turn = 0; turn < WARM_UP + REQUESTS; turn++) {
    const page: string = next ?? path(turn);
    const beganMs = performance.now();
    const text = await load.ask({ method: 'GET', path: page }, 200);
    if (turn >= WARM_UP) timesMs.push(performance.now() - beganMs);
    if (isWalked) next = nextPage(page, text);
  }
  return timesMs;
}

function nextPage(path: string, text: string): string | null {
  const { nextCursor } = JSON.parse(text) as { readonly nextCursor: string | null };
  if (nextCursor === null) return null;
  const [list = ''] = path.split(/[?&]cursor=/);
  return `${list}${list.includes('?') ? '&' : '?'}cursor=${nextCursor}`;
}
