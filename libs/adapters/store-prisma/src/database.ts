import pg from 'pg';
import { readAddress } from '#prisma-engine/address';
import { systemTimers, withDeadline } from '#foundation';
import type { Logger, Service } from '#foundation';
import { toFault } from './fault-map.ts';

/** An SQL text. With a name it is prepared once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

/** Runs statements: on any free connection, or inside one transaction. */
export interface Session {
  query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]>;
}

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** A transaction that hangs holds up renewals and the event feed. */
const IDLE_TRANSACTION_MS = 3_000;
/** With its grace shorter than the renewal's period of 2 s: the next one comes on a fresh connection. */
const LEASE_TIMEOUT_MS = 1_400;
const LEASE_GRACE_MS = 300;
const GRACE_MS = 1_000;
const PING_TIMEOUT_MS = 2_000;

const asSession = (client: pg.Pool | pg.PoolClient): Session => ({
  async query<Row extends object>(statement: Statement, values: readonly unknown[]) {
    try {
      const result = await client.query<Row>({ ...statement, values: [...values] });
      return result.rows;
    } catch (error) {
      throw toFault(error);
    }
  },
});

function openPool(
  databaseUrl: string,
  limits: {
    readonly size: number;
    readonly connectMs: number;
    readonly statementMs: number;
    readonly graceMs: number;
  },
): pg.Pool {
  return new pg.Pool({
    ...readAddress(databaseUrl).connection,
    application_name: 'callcast',
    max: limits.size,
    keepAlive: true,
    connectionTimeoutMillis: limits.connectMs,
    statement_timeout: limits.statementMs,
    // A dead connection does not answer: give up a moment after the server would have.
    query_timeout: limits.statementMs + limits.graceMs,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
  });
}

/** The connections to PostgreSQL: a pool for all, and one of its own for leases, which must never wait. */
export class Database implements Service, Session {
  /** Also carries Prisma's queries. */
  readonly pool: pg.Pool;
  readonly #leasePool: pg.Pool;
  readonly #session: Session;
  /** Runs the renewal of leases, and nothing else. */
  readonly leases: Session;
  #ending: Promise<void> | undefined;

  constructor(databaseUrl: string, logger: Logger) {
    this.pool = openPool(databaseUrl, {
      size: POOL_SIZE,
      connectMs: CONNECT_TIMEOUT_MS,
      statementMs: STATEMENT_TIMEOUT_MS,
      graceMs: GRACE_MS,
    });
    this.#leasePool = openPool(databaseUrl, {
      size: 2,
      connectMs: LEASE_TIMEOUT_MS,
      statementMs: LEASE_TIMEOUT_MS,
      graceMs: LEASE_GRACE_MS,
    });
    for (const pool of [this.pool, this.#leasePool]) {
      // A connection broke while idle; the pool opens another one when it is needed.
      pool.on('error', (error) => logger.warn('store.connection_lost', { reason: error.message }));
      // One that breaks while it goes from hand to hand: its next statement tells. Unheard, it would end the process.
      pool.on('connect', (client) => client.on('error', () => undefined));
    }
    this.#session = asSession(this.pool);
    this.leases = asSession(this.#leasePool);
  }

  /** @throws Fault STORE_UNAVAILABLE, or CONFIG_INVALID when the migrations are missing. */
  async start(): Promise<void> {
    await this.query({ text: 'SELECT FROM calls LIMIT 1' }, []);
    await this.leases.query({ text: 'SELECT 1' }, []);
  }

  stop(): Promise<void> {
    this.#ending ??= Promise.all([this.pool.end(), this.#leasePool.end()]).then(() => undefined);
    return this.#ending;
  }

  /** @throws When no answer came within 2 s. */
  async ping(): Promise<void> {
    const answer = this.query({ text: 'SELECT 1' }, []);
    await withDeadline(systemTimers, PING_TIMEOUT_MS, 'the database', answer);
  }

  query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    return this.#session.query<Row>(statement, values);
  }

  /** Runs `work` in one transaction; it is rolled back when `work` throws. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(asSession(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      broken = await rollBack(client);
      throw toFault(error);
    } finally {
      client.release(broken);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw toFault(error);
    }
  }
}

/** The error when the connection is not fit for another transaction. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return toFault(error);
  }
}
