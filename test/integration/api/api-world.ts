import { randomBytes } from 'node:crypto';
import pg from 'pg';
import supertest from 'supertest';

import { inject } from 'vitest';
import { ChannelKey, NodeClient } from '#adapters/nodes-http';
import { openLogger, openMetrics } from '#adapters/observe-pino';
import { applyMigrations, openStore } from '#adapters/store-prisma';
import type { PrismaStore } from '#adapters/store-prisma';
import { openHookPoster } from '#adapters/hooks-http';
import { HookTargets, IdFactory } from '#domain';
import { Secret, systemClock, systemRandom, systemTimers } from '#foundation';
import { FakeAnnouncements, FakeCallQueue, FakeFigures, FakeRateWindows } from '#testkit';
import { ApiServer } from '../../../apps/api/src/api-server.ts';
import type { ApiParts, ApiSettings } from '../../../apps/api/src/tokens.ts';
import { Contract } from './contract.ts';
import type { ApiDescription } from './contract.ts';

/** The key of every world. */
export const API_KEY = 'test-key-0123456789abcdef';

/** The secret key of every world. */
export const SECRET_KEY = new Secret(randomBytes(32).toString('base64'));

/** A whole API over a real PostgreSQL, and what a spec looks at. */
export interface ApiWorld {
  readonly server: ApiServer;
  readonly store: PrismaStore;
  readonly queue: FakeCallQueue;
  readonly announcements: FakeAnnouncements;
  readonly figures: FakeFigures;
  /** Requests with the key. */
  readonly as: ReturnType<typeof supertest.agent>;
  /** Requests without one. */
  readonly bare: ReturnType<typeof supertest.agent>;
  readonly databaseUrl: string;
  readonly url: string;
  readonly wcsUrl: string;
  /** Every log line so far. */
  readonly lines: readonly string[];
  /** Runs SQL as a bystander. */
  sql(text: string): Promise<void>;
  /** All rows of a table as JSON, one a line. */
  dump(
    table:
      | 'api_keys'
      | 'calls'
      | 'commands'
      | 'idempotency_keys'
      | 'hooks'
      | 'hook_deliveries'
      | 'hook_attempts'
      | 'hook_lanes'
      | 'audit_log'
      | 'sessions',
  ): Promise<string>;
  /** Forgets all calls. */
  forgetCalls(): Promise<void>;
  close(): Promise<void>;
}

/** What a spec may replace. */
export interface WorldOptions {
  /** Of another world, to be shared. Default: a new one. */
  readonly databaseUrl?: string;
  readonly settings?: Partial<ApiSettings>;
  readonly parts?: Partial<ApiParts>;
}

function freshDatabaseUrl(): string {
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/api_${randomBytes(6).toString('hex')}`;
  return url.href;
}

/** Opens an API with a database of its own. */
export async function openWorld(options: WorldOptions = {}): Promise<ApiWorld> {
  const databaseUrl = options.databaseUrl ?? freshDatabaseUrl();
  await applyMigrations(databaseUrl);
  const lines: string[] = [];
  const logger = openLogger({
    level: 'debug',
    destination: { write: (line) => void lines.push(line) },
  });
  const store = openStore({ databaseUrl, secretKey: SECRET_KEY, logger });
  await store.start();
  const bystander = new pg.Pool({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 0 });
  const queue = new FakeCallQueue();
  const announcements = new FakeAnnouncements();
  const figures = new FakeFigures();
  const hookTargets = new HookTargets({ allow: ['127.0.0.1'], allowPrivate: false, ports: 'any' });
  const hookPoster = openHookPoster({
    targets: hookTargets,
    timers: systemTimers,
    clock: systemClock,
  });
  await hookPoster.start();
  const server = await ApiServer.open({
    settings: {
      apiKey: new Secret(API_KEY),
      wcsOpen: 'loopback',
      wcsOrigin: '*',
      wcsStreamPrefix: '',
      allowPrivateTargets: false,
      maxQueued: 0,
      hookTargets,
      limits: {
        ...{ maxCalls: 0, maxQueued: 0, maxCallsPerSecond: 0 },
        ...{ maxRequestsPerSecond: 0, maxKeyRequestsPerSecond: 0 },
      },
      wrongKeysPerMinute: 0,
      dashboardUrl: undefined,
      dashboardFolder: '/nowhere',
      recordings: undefined,
      ...options.settings,
    },
    registry: store.registry,
    outputs: store.outputs,
    commands: store.commands,
    sip: store.sip,
    trunks: store.trunks,
    feed: store.feed,
    cursors: store.cursors,
    keys: store.keys,
    apps: store.apps,
    apiKeys: store.apiKeys,
    sessions: store.sessions,
    audit: store.audit,
    rates: new FakeRateWindows(),
    nodes: store.nodes,
    nodeClient: new NodeClient({
      key: new ChannelKey({ secretKey: SECRET_KEY }, systemClock),
      timers: systemTimers,
    }),
    hooks: store.hookRegistry,
    deliveries: store.deliveries,
    hookPoster,
    queue,
    announcer: announcements,
    announcements,
    figures,
    surveys: [store.queues],
    dependencies: [{ name: 'postgres', isRequired: true, check: () => store.ping() }],
    ids: new IdFactory(() => systemClock.wallMs(), systemRandom),
    clock: systemClock,
    timers: systemTimers,
    metrics: openMetrics(),
    logger,
    ...options.parts,
  });
  const { url, wcsUrl } = await server.listen({ host: '127.0.0.1', port: 0, wcsPort: 0 });
  const { body: description } = await supertest(url).get('/openapi.json').expect(200);
  const contract = new Contract(description as ApiDescription);
  const misfits = new Set<string>();
  const heed = (request: Pick<supertest.Test, 'on' | 'url' | 'method'>): void => {
    request.on('response', (answer: supertest.Response) => {
      const { pathname: path } = new URL(request.url);
      const { status, type, body } = answer;
      const misfit = contract.problemOf({ method: request.method, path, status, type, body });
      if (misfit !== undefined) misfits.add(misfit);
    });
  };
  return {
    server,
    store,
    queue,
    announcements,
    figures,
    as: supertest.agent(url).use(heed).set('authorization', `Bearer ${API_KEY}`),
    bare: supertest.agent(url).use(heed),
    databaseUrl,
    url,
    wcsUrl,
    lines,
    async sql(text) {
      await bystander.query(text);
    },
    async dump(table) {
      const { rows } = await bystander.query<{ row: string }>(
        `SELECT to_jsonb(t)::text AS row FROM ${table} t`,
      );
      return rows.map(({ row }) => row).join('\n');
    },
    async forgetCalls() {
      await bystander.query('TRUNCATE calls CASCADE');
      queue.clear();
    },
    async close() {
      await bystander.end();
      await server.close();
      await hookPoster.stop();
      await store.stop();
      // Whatever a spec was answered must be what /openapi.json says.
      if (misfits.size > 0) throw new Error(['Not as described:', ...misfits].join('\n'));
    },
  };
}

/** The smallest body of `POST /v1/calls`. `name` makes callId and target its own. */
export const callBody = (name: string) => ({
  callId: name,
  to: 'sip:room@sip.example.com',
  outputs: [{ url: 'rtmp://live.example.com/live', streamKey: `key-of-${name}` }],
});
