import { inject } from 'vitest';
import { hookDeliveries } from '#contracts';
import type { PrismaStore } from '#adapters/store-prisma';
import type { CallEventType, CallId, DeliveryPlan, HookId, HookRecord, NewHook } from '#domain';
import { Secret, invariant } from '#foundation';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';
import { ids, newSecretKey, startStore } from './store-world.ts';

/** A secret that hooks can be signed with. */
export const HOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const MANY = 1_000_000;

/** A store with hooks, and events for them. */
export class HookStoreWorld {
  #serial = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly store: PrismaStore,
    readonly secretKey: Secret,
  ) {}

  /** @param serverUrl Of PostgreSQL. Default: the one of the test run. */
  static async open(serverUrl = inject('databaseUrl')): Promise<HookStoreWorld> {
    const database = await createTestDatabase(serverUrl);
    const secretKey = newSecretKey();
    return new HookStoreWorld(database, await startStore(database.url, secretKey), secretKey);
  }

  async close(): Promise<void> {
    await this.store.stop();
    await this.database.drop();
  }

  /** A name of an app that nobody else has here. */
  newApp(): string {
    this.#serial += 1;
    return `app-${this.#serial}`;
  }

  async newHook(fields: Partial<NewHook> & Pick<NewHook, 'appKey'>): Promise<HookRecord> {
    const hook = await this.store.hookRegistry.createHook(
      {
        id: ids.hookId(),
        url: 'http://127.0.0.1:9/sink',
        description: '',
        events: ['*'],
        dialect: 'standard',
        isEnabled: true,
        secret: new Secret(HOOK_SECRET),
        ...fields,
      },
      MANY,
      { keyId: 'test', appKey: fields.appKey },
    );
    invariant(hook, 'an app may have so many hooks');
    return hook;
  }

  /** Events of a call that nobody runs, each type one: numbered on from `from`. */
  async tell(
    appKey: string,
    types: readonly CallEventType[],
    call: { readonly id: CallId; readonly from?: number } = { id: ids.callId() },
  ): Promise<CallId> {
    await this.database.sql.query(
      `WITH placed AS (
         INSERT INTO calls (id, call_id, app_key, state, spec, metadata) VALUES ($2, $2, $3, 'up', '{}', '{}')
         ON CONFLICT DO NOTHING
       )
       INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
       SELECT e.id, $2, $3, $4 + e.n, 1, e.type, jsonb_build_object('n', e.n)
       FROM unnest($1::text[], $5::text[]) WITH ORDINALITY AS e(id, type, n)`,
      [types.map(() => ids.eventId()), call.id, appKey, (call.from ?? 1) - 1, types],
    );
    return call.id;
  }

  /** Reads the outbox until nothing is left in it; what other specs have open holds it back for a moment. */
  async relayAll(plan: DeliveryPlan = hookDeliveries): Promise<void> {
    while ((await this.#unread()) > 0) await this.store.hooks.relay(1000, plan);
  }

  async #unread(): Promise<number> {
    return await this.#count(
      `SELECT count(*)::int FROM events, hook_relay
       WHERE (events.xid, events.position) > (hook_relay.xid, hook_relay.position)`,
    );
  }

  /** Lets time pass for what waits for a hook: all its times are set back. */
  async pass(hookId: HookId, ms: number): Promise<void> {
    await this.database.sql.query(
      `UPDATE hook_lanes SET next_at = next_at - $2 * interval '1 ms',
         lease_until = lease_until - $2 * interval '1 ms'
       WHERE hook_id = $1`,
      [hookId, ms],
    );
    await this.database.sql.query(
      `UPDATE hooks SET failing_since = failing_since - $2 * interval '1 ms' WHERE id = $1`,
      [hookId, ms],
    );
  }

  /** How long the first lane of a hook waits still, in milliseconds; null where there is none. */
  async waitMs(hookId: HookId): Promise<number | null> {
    const { rows } = await this.database.sql.query<{ ms: number | null }>(
      `SELECT (1000 * extract(epoch FROM min(next_at) - clock_timestamp()))::float8 AS ms
       FROM hook_lanes WHERE hook_id = $1`,
      [hookId],
    );
    return rows[0]?.ms ?? null;
  }

  async lanesOf(hookId: HookId): Promise<number> {
    return await this.#count('SELECT count(*)::int FROM hook_lanes WHERE hook_id = $1', hookId);
  }

  /** The deliveries of a hook, in the order of calls and their events. */
  async deliveriesOf(hookId: HookId): Promise<readonly StoredDelivery[]> {
    const { rows } = await this.database.sql.query<StoredDelivery>(
      `SELECT id, event_id AS "eventId", call_id AS "callId", seq, ordinal, path, type, state, attempts
       FROM hook_deliveries WHERE hook_id = $1 ORDER BY call_id, seq, ordinal`,
      [hookId],
    );
    return rows;
  }

  async #count(sql: string, ...values: readonly unknown[]): Promise<number> {
    const { rows } = await this.database.sql.query<{ count: number }>(sql, [...values]);
    return rows[0]?.count ?? 0;
  }
}

/** A delivery as it lies in the database. */
export interface StoredDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly callId: CallId;
  readonly seq: number;
  readonly ordinal: number;
  readonly path: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
}
