import type {
  Actor,
  HookId,
  HookPatch,
  HookQuery,
  HookRecord,
  HookRegistry,
  NewHook,
  Page,
} from '#domain';
import type { Secret } from '#foundation';
import { writeAudit } from './audit-trail.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import { HOOK_COLUMNS, hookRecordOf, openHookSecrets } from './hook-rows.ts';
import type { HookRow, SealedHook } from './hook-rows.ts';
import { NEWEST_ROW, readRowCursor, rowCursorAfter } from './row-cursor.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SecretBox } from './secret-box.ts';

/** One after the other for each app, so that its hooks can be counted. */
const LOCK_APP: Statement = {
  name: 'hook-lock-app',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('hooks of ' || $1, 0))`,
};

const CREATE: Statement = {
  name: 'hook-create',
  text: `
  INSERT INTO hooks (id, app_key, url, description, events, dialect, secret, disabled_reason, disabled_at)
  SELECT $1, $2, $3, $4, $5, $6, $7,
    CASE WHEN $8::boolean THEN NULL ELSE 'operator' END, CASE WHEN $8 THEN NULL ELSE clock_timestamp() END
  WHERE (SELECT count(*) FROM hooks WHERE app_key = $2 AND deleted_at IS NULL AND id <> $1) < $9
  ON CONFLICT (id) DO UPDATE SET secret = EXCLUDED.secret
  RETURNING ${HOOK_COLUMNS}`,
};

const FIND: Statement = {
  name: 'hook-find',
  text: `SELECT ${HOOK_COLUMNS} FROM hooks WHERE id = $1 AND deleted_at IS NULL`,
};

/** As weak as can be: whoever stores deliveries of the hook meanwhile does not wait. */
const LOCK: Statement = {
  name: 'hook-lock',
  text: `${FIND.text} FOR NO KEY UPDATE`,
};

const listStatement = (name: string, filter: string): Statement => ({
  name,
  text: `
  SELECT ${HOOK_COLUMNS} FROM hooks WHERE (created_at, id) < ($1::timestamptz, $2) AND deleted_at IS NULL ${filter}
  ORDER BY created_at DESC, id DESC LIMIT $3`,
});

const LIST = listStatement('hook-list', '');
const LIST_OF_APP = listStatement('hook-list-of-app', 'AND app_key = $4');

/** $6 why it is off, null where it is on; $7 whether its failures are forgotten. */
const CHANGE: Statement = {
  name: 'hook-change',
  text: `
  UPDATE hooks SET url = $2, description = $3, events = $4, dialect = $5, disabled_reason = $6::text,
    disabled_at = CASE WHEN $6::text IS NULL THEN NULL ELSE coalesce(disabled_at, clock_timestamp()) END,
    failing_since = CASE WHEN $7::boolean THEN NULL ELSE failing_since END
  WHERE id = $1 RETURNING ${HOOK_COLUMNS}`,
};

/** In the order in which lanes are locked everywhere. */
const TRY_AT_ONCE: Statement = {
  name: 'hook-try-at-once',
  text: `
  WITH waiting AS (
    SELECT call_id FROM hook_lanes WHERE hook_id = $1 AND next_at > clock_timestamp() ORDER BY call_id FOR UPDATE
  )
  UPDATE hook_lanes l SET next_at = clock_timestamp() FROM waiting w WHERE l.hook_id = $1 AND l.call_id = w.call_id`,
};

const DELETE: Statement = {
  name: 'hook-delete',
  text: `
  UPDATE hooks SET deleted_at = clock_timestamp(), disabled_reason = 'operator',
    disabled_at = coalesce(disabled_at, clock_timestamp())
  WHERE id = $1`,
};

const FIND_SECRETS: Statement = {
  name: 'hook-find-secrets',
  text: `
  SELECT id, app_key, secret, CASE WHEN previous_until > clock_timestamp() THEN previous_secret END AS previous_secret
  FROM hooks WHERE id = $1 AND deleted_at IS NULL`,
};

const ROTATE: Statement = {
  name: 'hook-rotate',
  text: `
  UPDATE hooks SET secret = $2, previous_secret = $3,
    previous_until = clock_timestamp() + $4::int * interval '1 s'
  WHERE id = $1 RETURNING previous_until`,
};

/** Hooks as the API sees them. */
export class PrismaHookRegistry implements HookRegistry {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  async createHook(hook: NewHook, limit: number, actor: Actor): Promise<HookRecord | null> {
    const { id, appKey, url, description, events, dialect, isEnabled, secret } = hook;
    return await this.database.transaction(async (session) => {
      await session.query(LOCK_APP, [appKey]);
      const [row] = await session.query<HookRow>(CREATE, [
        ...[id, appKey, url, description, events, dialect],
        ...[this.#seal(hook, 'hookSecret', secret), isEnabled, limit],
      ]);
      if (row === undefined) return null;
      const created = hookRecordOf(row);
      await audit(session, { actor, action: 'hook.created', before: null, after: created });
      return created;
    });
  }

  async findHook(id: HookId): Promise<HookRecord | null> {
    return await readHook(this.database, FIND, id);
  }

  async listHooks({ appKey, cursor, limit }: HookQuery): Promise<Page<HookRecord>> {
    const { createdAt, id } = readRowCursor(cursor, NEWEST_ROW);
    const values = [createdAt, id, limit + 1];
    const rows = await (appKey === undefined
      ? this.database.query<HookRow>(LIST, values)
      : this.database.query<HookRow>(LIST_OF_APP, [...values, appKey]));
    return pageOf(rows.map(hookRecordOf), limit, rowCursorAfter);
  }

  async changeHook(id: HookId, patch: HookPatch, actor: Actor): Promise<HookRecord | null> {
    return await this.database.transaction(async (session) => {
      const before = await readHook(session, LOCK, id);
      if (before === null) return null;
      const { url, description, events, dialect } = { ...before, ...patch };
      const reason = reasonAfter(before, patch);
      const isNew = url !== before.url || (before.disabled !== null && reason === null);
      const values = [id, url, description, events, dialect, reason, isNew];
      const [row] = await session.query<HookRow>(CHANGE, values);
      if (row === undefined) return null;
      if (isNew) await session.query(TRY_AT_ONCE, [id]);
      const after = hookRecordOf(row);
      await audit(session, { actor, action: 'hook.changed', before, after });
      return after;
    });
  }

  async deleteHook(id: HookId, actor: Actor): Promise<boolean> {
    return await this.database.transaction(async (session) => {
      const before = await readHook(session, LOCK, id);
      if (before === null) return false;
      await session.query(DELETE, [id]);
      await audit(session, { actor, action: 'hook.deleted', before, after: null });
      return true;
    });
  }

  async rotateSecret(
    id: HookId,
    { secret, overlapSeconds }: { readonly secret: Secret; readonly overlapSeconds: number },
    actor: Actor,
  ): Promise<Date | null> {
    return await this.database.transaction(async (session) => {
      const hook = await readHook(session, LOCK, id);
      const [sealed] = await session.query<SealedHook>(FIND_SECRETS, [id]);
      if (hook === null || sealed === undefined) return null;
      const [present = secret] = openHookSecrets(this.box, sealed);
      const [rotated] = await session.query<{ previous_until: Date }>(ROTATE, [
        id,
        this.#seal(hook, 'hookSecret', secret),
        this.#seal(hook, 'previousHookSecret', present),
        overlapSeconds,
      ]);
      await writeAudit(session, {
        ...{ actor, appKey: hook.appKey, action: 'hook.secret_rotated', object: id },
        ...{ before: null, after: { overlapSeconds } },
      });
      return rotated?.previous_until ?? null;
    });
  }

  async openSecrets(id: HookId): Promise<readonly Secret[] | null> {
    const [row] = await this.database.query<SealedHook>(FIND_SECRETS, [id]);
    return row === undefined ? null : openHookSecrets(this.box, row);
  }

  #seal(
    { id, appKey }: Pick<HookRecord, 'id' | 'appKey'>,
    column: 'hookSecret' | 'previousHookSecret',
    secret: Secret,
  ): Buffer {
    return this.box.seal(secret, { column: SEALED_COLUMNS[column], tenant: appKey, rowId: id });
  }
}

async function readHook(
  session: Session,
  statement: Statement,
  id: HookId,
): Promise<HookRecord | null> {
  const [row] = await session.query<HookRow>(statement, [id]);
  return row === undefined ? null : hookRecordOf(row);
}

/** Why a hook is off after a change: one that is off already keeps its reason. */
function reasonAfter({ disabled }: HookRecord, { isEnabled }: HookPatch): string | null {
  if (isEnabled === true) return null;
  return disabled?.reason ?? (isEnabled === false ? 'operator' : null);
}

interface HookChange {
  readonly actor: Actor;
  readonly action: string;
  readonly before: HookRecord | null;
  readonly after: HookRecord | null;
}

async function audit(
  session: Session,
  { actor, action, before, after }: HookChange,
): Promise<void> {
  const known = after ?? before;
  if (known === null) return;
  await writeAudit(session, {
    ...{ actor, appKey: known.appKey, action, object: known.id },
    ...{ before: fieldsOf(before), after: fieldsOf(after) },
  });
}

/** What the trail keeps of a hook. The query of a URL may hold a token. */
const fieldsOf = (hook: HookRecord | null): Record<string, unknown> | null =>
  hook && {
    url: hook.url.replace(/\?.*$/s, '?…'),
    description: hook.description,
    events: hook.events,
    dialect: hook.dialect,
    disabled: hook.disabled?.reason ?? null,
  };
