import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openAnnouncements } from '#adapters/queue-bullmq';
import { LocalServices } from '#adapters/services-local';
import { applyMigrations, openStore } from '#adapters/store-prisma';
import { IdFactory } from '#domain';
import type { HookId } from '#domain';
import { Secret, ServiceGroup, silentLogger, systemClock, systemRandom } from '#foundation';
import { endChild } from '../signalling/pinned-process.ts';

const EVENTS_OF_A_CALL = 10;
/** Events of a step, every STEP_MS, of a light load. */
const STEP_EVENTS = 20;
const STEP_MS = 100;
const STEPS = 40;
const APP = 'bench';

const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the sink tells when all has come that was expected. */
interface Arrived {
  readonly atMs: number;
  readonly timesMs: readonly number[];
}

/** The servers, a worker, an endpoint and the rival. */
export class HookStage {
  readonly #ids = new IdFactory(() => systemClock.wallMs(), systemRandom);

  private constructor(
    private readonly sql: pg.Client,
    private readonly store: ReturnType<typeof openStore>,
    private readonly announcements: ReturnType<typeof openAnnouncements>,
    private readonly sink: { readonly process: ChildProcess; readonly url: string },
    private readonly bare: ChildProcess,
    private readonly endings: (() => Promise<unknown>)[],
  ) {}

  static async open(profileFolder: string | undefined): Promise<HookStage> {
    const folder = mkdtempSync(join(tmpdir(), 'callcast-hooks-'));
    chmodSync(folder, 0o711); // The services run as another user when we are root.
    const endings: (() => Promise<unknown>)[] = [
      () => rm(folder, { recursive: true, force: true }),
    ];
    const services = new LocalServices({
      ...{ folder: join(folder, 'services'), logger: silentLogger },
      ...{ isDurable: false, isFresh: true },
    });
    await services.start();
    endings.unshift(() => services.stop());
    const { databaseUrl, redisUrl } = services.endpoints;
    await applyMigrations(databaseUrl);
    const secretKey = randomBytes(32).toString('base64');
    const store = openStore({
      databaseUrl,
      secretKey: new Secret(secretKey),
      logger: silentLogger,
    });
    const announcements = openAnnouncements({ redisUrl, logger: silentLogger });
    const group = new ServiceGroup([store, announcements]);
    await group.start();
    endings.unshift(() => group.stop());
    const sql = new pg.Client({ connectionString: databaseUrl });
    await sql.connect();
    endings.unshift(() => sql.end());
    const sink = await forked('./sink-process.js', endings);
    const bare = await forked('./bare-posts-process.js', endings);
    const worker = await startWorker(profileFolder, {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      CALLCAST_SECRET_KEY: secretKey,
    });
    endings.unshift(() => endPolitely(worker));
    const { url } = sink.said as { url: string };
    const place = { process: sink.process, url };
    return new HookStage(sql, store, announcements, place, bare.process, endings);
  }

  async close(): Promise<void> {
    for (const end of this.endings) await end();
  }

  /** How many seconds a worker takes. */
  async toldOurs(count: number): Promise<number> {
    const hook = await this.addHook('/fast');
    const arrived = await this.#expect('/fast', count);
    await this.#tell(count / EVENTS_OF_A_CALL, EVENTS_OF_A_CALL);
    const startedMs = Date.now();
    const { atMs } = await arrived();
    await this.#untilSettled();
    await this.removeHook(hook);
    return (atMs - startedMs) / 1000;
  }

  /** How many seconds the rival takes over so many connections. */
  async postedBare(count: number, connections: number): Promise<number> {
    const { rows } = await this.sql.query<{ body: string }>(
      `SELECT convert_from(body, 'UTF8') AS body FROM hook_deliveries ORDER BY id DESC LIMIT $1`,
      [count],
    );
    const bodies = rows.map(({ body }) => body);
    const arrived = await this.#expect('/fast', count);
    const done = once(this.bare, 'message');
    this.bare.send({ url: `${this.sink.url}/fast`, bodies, connections });
    const { atMs } = await arrived();
    const [{ startedMs }] = (await done) as [{ startedMs: number }];
    return (atMs - startedMs) / 1000;
  }

  /** How long events take to an endpoint, in milliseconds, under a light load. */
  async times(): Promise<readonly number[]> {
    const hook = await this.addHook('/timed');
    const arrived = await this.#expect('/timed', STEP_EVENTS * STEPS);
    for (let step = 0; step < STEPS; step += 1) {
      await this.#tell(STEP_EVENTS, 1);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    }
    const { timesMs } = await arrived();
    await this.removeHook(hook);
    return timesMs;
  }

  async addHook(path: string): Promise<HookId> {
    const id = this.#ids.hookId();
    const secret = new Secret(`whsec_${randomBytes(32).toString('base64')}`);
    await this.store.hookRegistry.createHook(
      {
        ...{ id, appKey: APP, url: `${this.sink.url}${path}`, description: '', events: ['*'] },
        ...{ dialect: 'standard', isEnabled: true, secret },
      },
      100,
      { keyId: 'bench', appKey: APP },
    );
    return id;
  }

  async removeHook(id: HookId): Promise<void> {
    await this.store.hookRegistry.deleteHook(id, { keyId: 'bench', appKey: APP });
  }

  /** Events as workers write them, all in one transaction, and the hint that there are some. */
  async #tell(calls: number, eventsOfEach: number): Promise<void> {
    const callIds = Array.from({ length: calls }, () => this.#ids.callId());
    const rows = Array.from({ length: eventsOfEach }, (_, seq) =>
      callIds.map((callId) => ({ id: this.#ids.eventId(), callId, seq: seq + 1 })),
    ).flat();
    await this.sql.query(
      `WITH placed AS (
         INSERT INTO calls (id, call_id, app_key, state, spec, metadata)
         SELECT id, id, $1, 'up', '{}', '{}' FROM unnest($2::text[]) AS t(id)
       )
       INSERT INTO events (id, call_id, app_key, seq, epoch, type, data, at)
       SELECT id, call_id, $1, seq, 1, 'output.publishing',
         jsonb_build_object('outputId', 'out_' || right(call_id, 26), 'attempt', 1), clock_timestamp()
       FROM unnest($3::text[], $4::text[], $5::int[]) AS t(id, call_id, seq)`,
      [
        ...[APP, callIds, rows.map(({ id }) => id), rows.map(({ callId }) => callId)],
        rows.map(({ seq }) => seq),
      ],
    );
    this.announcements.announceEvents();
  }

  async #expect(path: string, count: number): Promise<() => Promise<Arrived>> {
    const { process: sink } = this.sink;
    const expecting = once(sink, 'message');
    sink.send({ path, count });
    await expecting;
    const arrived = once(sink, 'message') as Promise<[Arrived]>;
    return async () => (await arrived)[0];
  }

  async #untilSettled(): Promise<void> {
    const pending = `SELECT 1 FROM hook_deliveries WHERE state = 'pending' LIMIT 1`;
    while (((await this.sql.query(pending)).rowCount ?? 0) > 0) continue;
  }
}

async function forked(name: string, endings: (() => Promise<unknown>)[]) {
  const child = fork(scriptOf(name), { execArgv: [] });
  endings.unshift(() => endChild(child));
  const [said] = (await once(child, 'message')) as [unknown];
  return { process: child, said };
}

async function startWorker(
  profileFolder: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const profile =
    profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
  const child = spawn(process.execPath, [...profile, scriptOf('../../apps/worker/src/main.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      CALLCAST_WORKER_ROLES: 'hooks',
      CALLCAST_HOOKS_ALLOW: '127.0.0.1',
      CALLCAST_HOOKS_PORTS: 'any',
      ...environment,
    },
  });
  process.once('exit', () => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"worker.ready"')) continue;
    child.stdout.resume();
    return child;
  }
  throw new Error('the worker did not start');
}

async function endPolitely(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
