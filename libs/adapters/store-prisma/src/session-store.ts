import { MAX_SESSIONS_OF_KEY, SESSION_IDLE_SECONDS, SESSION_LONGEST_SECONDS } from '#domain';
import type { Actor, NewSession, SessionRecord, SessionStore } from '#domain';
import { invariant } from '#foundation';
import { writeAudit } from './audit-trail.ts';
import type { Database, Statement } from './database.ts';

const IS_LIVE = `ends_at > clock_timestamp() AND seen_at > clock_timestamp() - ${SESSION_IDLE_SECONDS} * interval '1 s'`;

/** Sign-ins of one key come one by one, so that none of them leaves more sessions than there may be. */
const LOCK_KEY: Statement = {
  name: 'lock-sessions-of-key',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('session of ' || $1, 0))`,
};

/** Makes room for one more. */
const TRIM: Statement = {
  name: 'trim-sessions',
  text: `
  DELETE FROM sessions WHERE NOT (${IS_LIVE}) OR token_hash IN (
    SELECT token_hash FROM sessions WHERE key_id = $1 ORDER BY created_at DESC OFFSET ${MAX_SESSIONS_OF_KEY - 1}
  )`,
};

const OPEN: Statement = {
  name: 'open-session',
  text: `
  INSERT INTO sessions (token_hash, key_id, bootstrap_mark, ends_at)
  VALUES ($1, $2, $3, clock_timestamp() + ${SESSION_LONGEST_SECONDS} * interval '1 s') RETURNING ends_at`,
};

const FIND: Statement = {
  name: 'find-session',
  text: `
  SELECT key_id, bootstrap_mark, seen_at, ends_at FROM sessions WHERE token_hash = $1 AND ${IS_LIVE}`,
};

const TOUCH: Statement = {
  name: 'touch-session',
  text: `
  UPDATE sessions SET seen_at = clock_timestamp()
  WHERE token_hash = $1 AND seen_at < clock_timestamp() - interval '1 min'`,
};

const CLOSE: Statement = {
  name: 'close-session',
  text: 'DELETE FROM sessions WHERE token_hash = $1',
};

const CLOSE_ALL: Statement = {
  name: 'close-sessions-of-key',
  text: 'DELETE FROM sessions WHERE key_id = $1 RETURNING 1 AS gone',
};

interface SessionRow {
  readonly key_id: string;
  readonly bootstrap_mark: Buffer | null;
  readonly seen_at: Date;
  readonly ends_at: Date;
}

/** The sessions of people who have signed in. */
export class PrismaSessionStore implements SessionStore {
  constructor(private readonly database: Database) {}

  async openSession({ tokenHash, bootstrapMark, actor }: NewSession): Promise<Date> {
    return await this.database.transaction(async (session) => {
      await session.query(LOCK_KEY, [actor.keyId]);
      await session.query(TRIM, [actor.keyId]);
      const values = [tokenHash, actor.keyId, bootstrapMark];
      const [row] = await session.query<Pick<SessionRow, 'ends_at'>>(OPEN, values);
      invariant(row, 'what was written is there');
      const { ends_at: endsAt } = row;
      await writeAudit(session, {
        ...{ actor, appKey: actor.appKey, action: 'session.opened', object: actor.keyId },
        ...{ before: null, after: { endsAt } },
      });
      return endsAt;
    });
  }

  async findSession(tokenHash: Uint8Array): Promise<SessionRecord | null> {
    const [row] = await this.database.query<SessionRow>(FIND, [tokenHash]);
    if (row === undefined) return null;
    const { key_id: keyId, bootstrap_mark: bootstrapMark, seen_at: seenAt, ends_at: endsAt } = row;
    return { keyId, bootstrapMark, seenAt, endsAt };
  }

  async touchSession(tokenHash: Uint8Array): Promise<void> {
    await this.database.query(TOUCH, [tokenHash]);
  }

  async closeSession(tokenHash: Uint8Array): Promise<void> {
    await this.database.query(CLOSE, [tokenHash]);
  }

  async closeSessions(actor: Actor): Promise<number> {
    return await this.database.transaction(async (session) => {
      const { length: count } = await session.query(CLOSE_ALL, [actor.keyId]);
      await writeAudit(session, {
        ...{ actor, appKey: actor.appKey, action: 'session.all_closed', object: actor.keyId },
        ...{ before: { sessions: count }, after: { sessions: 0 } },
      });
      return count;
    });
  }
}
