import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalServices } from '#adapters/services-local';
import type { CallEventType, CallId, HookId } from '#domain';
import { silentLogger } from '#foundation';
import { eventually } from '../support/eventually.ts';
import { HookLedger } from '../support/hook-ledger.ts';
import type { LedgerLine } from '../support/hook-ledger.ts';
import { HookStoreWorld } from '../support/hook-store-world.ts';
import { ids } from '../support/store-world.ts';

/** Each ends with the death of all workers, in the middle of their work; in every third one PostgreSQL crashes instead. */
const ROUNDS = Number(process.env['HOOK_ROUNDS'] ?? 3);
/** A round takes seconds. */
const TIMEOUT = { timeout: 60_000 + ROUNDS * 20_000 };
const CALLS = 30;
const EVENTS_A_ROUND = 4;
const HOOKS = 2;
const CUT_EVERY = 19;
const APP = 'app';

const folder = mkdtempSync(join(tmpdir(), 'callcast-ledger-'));
chmodSync(folder, 0o711); // The services run as another user when we are root.
let hasRestarted: (() => void) | undefined;
const services = new LocalServices({
  folder,
  logger: silentLogger,
  // What was committed is there after the crash.
  isDurable: true,
  onRestart: () => hasRestarted?.(),
});
const ledger = new HookLedger(CUT_EVERY);
const workers = new Set<ChildProcess>();
let world: HookStoreWorld;
let redis: Redis;

beforeAll(async () => {
  await Promise.all([services.start(), ledger.open()]);
  world = await HookStoreWorld.open(services.endpoints.databaseUrl);
  redis = new Redis(services.endpoints.redisUrl);
});
afterAll(async () => {
  await killWorkers();
  redis.disconnect();
  await world.close();
  await Promise.all([services.stop(), ledger.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function startWorker(): Promise<void> {
  const child = spawn(process.execPath, ['dist/apps/worker/src/main.js'], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: world.database.url,
      REDIS_URL: services.endpoints.redisUrl,
      CALLCAST_SECRET_KEY: world.secretKey.reveal(),
      CALLCAST_WORKER_ROLES: 'hooks',
      CALLCAST_HOOKS_ALLOW: '127.0.0.1',
      CALLCAST_HOOKS_PORTS: 'any',
      CALLCAST_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workers.add(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if ((JSON.parse(line) as { event: string }).event !== 'worker.ready') continue;
    child.stdout.resume();
    return;
  }
  throw new Error('the worker did not start');
}

async function killWorkers(): Promise<void> {
  const all = [...workers];
  workers.clear();
  await Promise.all(
    all.map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}

/** Ends PostgreSQL in the middle of what it does, and waits until it is back. */
async function restartPostgres(): Promise<void> {
  const back = new Promise<void>((resolve) => {
    hasRestarted = resolve;
  });
  process.kill(services.endpoints.pids['postgres'] ?? NaN, 'SIGKILL');
  await back;
}

/** What happens in a call in a round; its end in the last one. */
function typesOf(round: number): CallEventType[] {
  const types = Array<CallEventType>(EVENTS_A_ROUND).fill('media.silent');
  if (round === 0) types[0] = 'call.queued';
  if (round === ROUNDS - 1) types[EVENTS_A_ROUND - 1] = 'call.ended';
  return types;
}

/** The events of a round, one of each call after the other; what cannot be written is written when PostgreSQL is back. */
async function tellRound(calls: readonly CallId[], round: number): Promise<void> {
  for (const [index, type] of typesOf(round).entries()) {
    for (const id of calls) {
      const from = round * EVENTS_A_ROUND + index + 1;
      await eventually(async () => {
        await world.tell(APP, [type], { id, from }).catch(async (error: unknown) => {
          // It may have been written all the same.
          if (await isTold(id, from)) return;
          throw error;
        });
      });
    }
  }
}

async function isTold(id: CallId, seq: number): Promise<boolean> {
  const values = [id, seq];
  const sql = 'SELECT 1 FROM events WHERE call_id = $1 AND seq = $2';
  return await eventually(
    async () => ((await world.database.sql.query(sql, values)).rowCount ?? 0) > 0,
  );
}

const takenOf = async (hookId: HookId): Promise<Set<string>> =>
  new Set(
    (await world.deliveriesOf(hookId))
      .filter(({ state }) => state === 'delivered')
      .map(({ eventId }) => eventId),
  );

/** Waits are ended meanwhile, and nobody's lease. */
async function untilAllTold(): Promise<void> {
  const { sql } = world.database;
  await eventually(async () => {
    await sql.query('UPDATE hook_lanes SET next_at = clock_timestamp() WHERE lease_until IS NULL');
    expect((await sql.query('SELECT 1 FROM hook_lanes')).rowCount).toBe(0);
    const unread = `SELECT 1 FROM events, hook_relay
      WHERE (events.xid, events.position) > (hook_relay.xid, hook_relay.position)`;
    expect((await sql.query(unread)).rowCount).toBe(0);
  });
}

describe('hook workers that are killed, and a PostgreSQL that crashes', () => {
  it('lose nothing, and say twice only what was not known to be taken', TIMEOUT, async () => {
    const names = Array.from({ length: HOOKS }, (_, index) => `hook-${index}`);
    const hooks = new Map<string, HookId>();
    for (const name of names) {
      hooks.set(name, (await world.newHook({ appKey: APP, url: ledger.url(name) })).id);
    }
    const calls = Array.from({ length: CALLS }, () => ids.callId());
    /** What was known to be taken when a round had ended. */
    const taken: ReadonlyMap<string, ReadonlySet<string>>[] = [];

    for (let round = 0; round < ROUNDS; round++) {
      ledger.round = round;
      await Promise.all([startWorker(), startWorker()]);
      const from = ledger.lines.length;
      const telling = tellRound(calls, round);
      const share = (part: number): number =>
        from + Math.round(CALLS * EVENTS_A_ROUND * HOOKS * part);
      if (round % 3 === 1) {
        await ledger.until(share(0.3));
        await restartPostgres();
        await telling;
        await untilAllTold();
      }
      await ledger.until(share(0.6));
      await killWorkers();
      await telling;
      const entries = [...hooks].map(async ([name, id]) => [name, await takenOf(id)] as const);
      taken.push(new Map(await Promise.all(entries)));
      // Of the workers that are dead.
      for (const id of hooks.values()) await world.pass(id, 30_000);
      // A Redis that has lost everything is no loss; with their locks the jobs of the dead last for seconds.
      if (round % 2 === 0 || round === ROUNDS - 1) await redis.flushall();
    }
    ledger.round = ROUNDS;
    await startWorker();
    await untilAllTold();

    const { sql } = world.database;
    // Workers that have no other role run no calls.
    expect((await sql.query('SELECT id FROM nodes')).rows).toEqual([]);
    const { rows } = await sql.query<{ id: string }>('SELECT id FROM events');
    for (const [name, hookId] of hooks) {
      const lines = ledger.lines.filter(({ hook }) => hook === name);
      expect(new Set(lines.map(({ id }) => id))).toEqual(new Set(rows.map(({ id }) => id)));
      expect(await takenOf(hookId)).toEqual(new Set(rows.map(({ id }) => id)));
      const again = doublesOf(lines);
      expect(again.filter(([first, second]) => first.body !== second.body)).toEqual([]);
      expect(again.filter(([first]) => first.isCut).length).toBeGreaterThan(0);
      expect(
        again.filter(
          ([first, second]) =>
            !first.isCut &&
            (first.round === second.round || taken[first.round]?.get(name)?.has(first.id)),
        ),
      ).toEqual([]);
      for (const id of calls) expectInOrder(lines.filter(({ callId }) => callId === id));
    }
  });
});

/** Requests of the same id, each with the one before it. */
function doublesOf(lines: readonly LedgerLine[]): [LedgerLine, LedgerLine][] {
  const last = new Map<string, LedgerLine>();
  const doubles: [LedgerLine, LedgerLine][] = [];
  for (const line of lines) {
    const before = last.get(line.id);
    if (before !== undefined) doubles.push([before, line]);
    last.set(line.id, line);
  }
  return doubles;
}

/** By what an endpoint knows of a call: all events, none before the one that it follows, one end. */
function expectInOrder(lines: readonly LedgerLine[]): void {
  const count = ROUNDS * EVENTS_A_ROUND;
  const firsts = lines.filter(
    ({ id }, index) => lines.findIndex((line) => line.id === id) === index,
  );
  expect(firsts.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  expect(firsts.filter(({ type }) => type === 'call.ended').map(({ seq }) => seq)).toEqual([count]);
  for (let round = 0; round <= ROUNDS; round++) {
    const seqs = lines.filter((line) => line.round === round).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  }
}
