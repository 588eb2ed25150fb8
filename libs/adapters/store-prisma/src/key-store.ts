import { Fault, isApiKeyId } from '#domain';
import type {
  Actor,
  ApiKeyRecord,
  KeyRotation,
  KeyScope,
  KeyStore,
  NewApiKey,
  Page,
  PageQuery,
  StoredKey,
} from '#domain';
import { auditColumns } from './audit-trail.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';

interface KeyRow {
  readonly id: string;
  readonly app_key: string;
  readonly name: string;
  readonly scope: KeyScope;
  readonly all_apps: boolean;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

interface CheckedRow extends KeyRow {
  readonly hash: Buffer;
  readonly is_valid: boolean;
  readonly is_app_enabled: boolean;
}

const COLUMNS =
  'id, app_key, name, scope, all_apps, created_at, expires_at, revoked_at, last_used_at';
const IS_VALID =
  '(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())) AS is_valid';

const CREATE_KEY: Statement = {
  name: 'create-key',
  text: `
  WITH written AS (
    INSERT INTO api_keys (id, app_key, name, scope, all_apps, expires_at, hash)
    SELECT $2, app_key, $3, $4, $5, $6::timestamptz, $7::bytea FROM apps WHERE app_key = $1
    RETURNING ${COLUMNS}
  ), audited AS (
    INSERT INTO audit_log (actor_key_id, actor_app, app_key, object, action, before, after)
    SELECT $8, $9, app_key, id, $10, $11::jsonb, $12::jsonb FROM written
  )
  SELECT ${COLUMNS} FROM written`,
};

const END_KEY: Statement = {
  name: 'end-key',
  text: `
  WITH written AS (
    UPDATE api_keys SET revoked_at = CASE WHEN $2 THEN clock_timestamp() END,
      expires_at = least(expires_at, clock_timestamp() + $3 * interval '1 s')
    WHERE id = $1 RETURNING ${COLUMNS}
  ), audited AS (
    INSERT INTO audit_log (actor_key_id, actor_app, app_key, object, action, before, after)
    SELECT $4, $5, app_key, id, $6, $7::jsonb, $8::jsonb FROM written
  )
  SELECT ${COLUMNS} FROM written`,
};

const LOCK_KEY: Statement = {
  name: 'lock-key',
  text: `SELECT ${COLUMNS}, ${IS_VALID} FROM api_keys WHERE id = $1 AND app_key = $2 FOR UPDATE`,
};

const FIND_KEY: Statement = {
  name: 'find-key',
  text: `
  SELECT ${COLUMNS.split(', ')
    .map((column) => `k.${column}`)
    .join(', ')}, k.hash, ${IS_VALID}, a.is_enabled AS is_app_enabled
  FROM api_keys k JOIN apps a ON a.app_key = k.app_key WHERE k.id = $1`,
};

const LIST_KEYS: Statement = {
  name: 'list-keys',
  text: `
  SELECT ${COLUMNS} FROM api_keys
  WHERE ($1::text IS NULL OR app_key = $1) AND (created_at, id) > ($2::timestamptz, $3)
  ORDER BY created_at, id LIMIT $4`,
};

const TOUCH_KEY: Statement = {
  name: 'touch-key',
  text: `
  UPDATE api_keys SET last_used_at = clock_timestamp()
  WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 min')`,
};

/** API keys, and who has made and ended them. */
export class PrismaKeyStore implements KeyStore {
  constructor(private readonly database: Database) {}

  async createKey(key: NewApiKey, actor: Actor): Promise<ApiKeyRecord | null> {
    return await insertKey(this.database, key, { actor, action: 'key.created' });
  }

  async listKeys({
    appKey,
    cursor,
    limit,
  }: PageQuery & { readonly appKey?: string }): Promise<Page<ApiKeyRecord>> {
    const { since, id } = readCursor(cursor);
    const values = [appKey ?? null, since, id, limit + 1];
    const rows = await this.database.query<KeyRow>(LIST_KEYS, values);
    const cursorAfter = (last: ApiKeyRecord): string => `${last.createdAt.getTime()}-${last.id}`;
    return pageOf(rows.map(keyRecordOf), limit, cursorAfter);
  }

  async findKey(id: string): Promise<StoredKey | null> {
    const [row] = await this.database.query<CheckedRow>(FIND_KEY, [id]);
    if (row === undefined) return null;
    const { hash, is_valid: isValid, is_app_enabled: isAppEnabled } = row;
    return { record: keyRecordOf(row), hash, isValid, isAppEnabled };
  }

  async revokeKey(appKey: string, id: string, actor: Actor): Promise<ApiKeyRecord | null> {
    return await this.database.transaction(async (session) => {
      const [row] = await session.query<KeyRow>(LOCK_KEY, [id, appKey]);
      if (row === undefined) return null;
      if (row.revoked_at !== null) return keyRecordOf(row);
      const before = { isRevoked: false };
      const after = { isRevoked: true };
      return await endKey(session, id, { isRevoked: true, seconds: null }, [
        ...auditColumns({ actor, action: 'key.revoked', before, after }),
      ]);
    });
  }

  async rotateKey(rotation: KeyRotation): Promise<ApiKeyRecord | null> {
    const { appKey, id, successor, overlapSeconds, actor } = rotation;
    return await this.database.transaction(async (session) => {
      const [row] = await session.query<CheckedRow>(LOCK_KEY, [id, appKey]);
      if (!row?.is_valid) return null;
      const old = keyRecordOf(row);
      await endKey(session, id, { isRevoked: overlapSeconds === 0, seconds: overlapSeconds }, [
        ...auditColumns({
          actor,
          action: 'key.rotated',
          before: { expiresAt: old.expiresAt },
          after: { successor: successor.id, overlapSeconds },
        }),
      ]);
      const audit = { actor, action: 'key.created' };
      const { id: newId, hash } = successor;
      return await insertKey(session, { ...old, id: newId, hash }, audit);
    });
  }

  async touchKey(id: string): Promise<void> {
    await this.database.query(TOUCH_KEY, [id]);
  }
}

async function insertKey(
  session: Session,
  key: NewApiKey,
  audit: { readonly actor: Actor; readonly action: string },
): Promise<ApiKeyRecord | null> {
  const { id, appKey, name, scope, allApps, expiresAt, hash } = key;
  const after = { name, scope, allApps, expiresAt };
  const [row] = await session.query<KeyRow>(CREATE_KEY, [
    appKey,
    id,
    name,
    scope,
    allApps,
    expiresAt,
    hash,
    ...auditColumns({ ...audit, before: null, after }),
  ]);
  return row === undefined ? null : keyRecordOf(row);
}

async function endKey(
  session: Session,
  id: string,
  { isRevoked, seconds }: { readonly isRevoked: boolean; readonly seconds: number | null },
  audit: readonly (string | null)[],
): Promise<ApiKeyRecord | null> {
  const [row] = await session.query<KeyRow>(END_KEY, [id, isRevoked, seconds, ...audit]);
  return row === undefined ? null : keyRecordOf(row);
}

function readCursor(cursor: string | undefined): { since: Date | '-infinity'; id: string } {
  if (cursor === undefined) return { since: '-infinity', id: '' };
  const [, millis, id] = /^(\d{1,15})-(.+)$/.exec(cursor) ?? [];
  if (millis === undefined || id === undefined || !isApiKeyId(id)) {
    throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
  }
  return { since: new Date(Number(millis)), id };
}

const keyRecordOf = (row: KeyRow): ApiKeyRecord => ({
  id: row.id,
  appKey: row.app_key,
  name: row.name,
  scope: row.scope,
  allApps: row.all_apps,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  lastUsedAt: row.last_used_at,
});
