import type { Actor, AppPatch, AppRecord, AppStore, Page, PageQuery } from '#domain';
import { NO_APP_LIMITS } from '#domain';
import { auditColumns } from './audit-trail.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';

interface AppRow {
  readonly app_key: string;
  readonly name: string;
  readonly is_enabled: boolean;
  readonly max_calls: number | null;
  readonly max_queued: number | null;
  readonly max_calls_per_second: number | null;
  readonly max_requests_per_second: number | null;
  readonly max_key_requests_per_second: number | null;
  readonly sip_domains: readonly string[] | null;
  readonly rtmp_hosts: readonly string[] | null;
  readonly created_at: Date;
  readonly changed_at: Date;
}

const COLUMNS = `app_key, name, is_enabled, max_calls, max_queued, max_calls_per_second, max_requests_per_second,
  max_key_requests_per_second, sip_domains, rtmp_hosts, created_at, changed_at`;
const AUDITED = `audited AS (
    INSERT INTO audit_log (actor_key_id, actor_app, app_key, action, object, before, after)
    SELECT $11, $12, app_key, $13, app_key, $14::jsonb, $15::jsonb FROM written
  )`;

const FIND_APP: Statement = {
  name: 'find-app',
  text: `SELECT ${COLUMNS} FROM apps WHERE app_key = $1`,
};

const LOCK_APP: Statement = {
  name: 'lock-app',
  text: `SELECT ${COLUMNS} FROM apps WHERE app_key = $1 FOR UPDATE`,
};

const LIST_APPS: Statement = {
  name: 'list-apps',
  text: `
  SELECT ${COLUMNS} FROM apps
  WHERE app_key > $1 AND ($2::text IS NULL OR app_key = $2)
  ORDER BY app_key LIMIT $3`,
};

const CREATE_APP: Statement = {
  name: 'create-app',
  text: `
  WITH written AS (
    INSERT INTO apps (app_key, name, is_enabled, max_calls, max_queued, max_calls_per_second, max_requests_per_second,
      max_key_requests_per_second, sip_domains, rtmp_hosts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb)
    ON CONFLICT DO NOTHING RETURNING ${COLUMNS}
  ), ${AUDITED}
  SELECT ${COLUMNS} FROM written`,
};

const CHANGE_APP: Statement = {
  name: 'change-app',
  text: `
  WITH written AS (
    UPDATE apps SET name = $2, is_enabled = $3, max_calls = $4, max_queued = $5, max_calls_per_second = $6,
      max_requests_per_second = $7, max_key_requests_per_second = $8, sip_domains = $9::jsonb, rtmp_hosts = $10::jsonb,
      changed_at = clock_timestamp()
    WHERE app_key = $1 RETURNING ${COLUMNS}
  ), ${AUDITED}
  SELECT ${COLUMNS} FROM written`,
};

type AppFields = Required<AppPatch>;

/** Tenants, and who has changed them. */
export class PrismaAppStore implements AppStore {
  constructor(private readonly database: Database) {}

  async findApp(appKey: string): Promise<AppRecord | null> {
    const [row] = await this.database.query<AppRow>(FIND_APP, [appKey]);
    return row === undefined ? null : appRecordOf(row);
  }

  async createApp(appKey: string, patch: AppPatch, actor: Actor): Promise<AppRecord | null> {
    const after: AppFields = {
      name: appKey,
      isEnabled: true,
      limits: NO_APP_LIMITS,
      allowed: { sipDomains: null, rtmpHosts: null },
      ...patch,
    };
    const change = { appKey, before: null, after, actor, action: 'app.created' };
    return await write(this.database, CREATE_APP, change);
  }

  async changeApp(appKey: string, patch: AppPatch, actor: Actor): Promise<AppRecord | null> {
    return await this.database.transaction(async (session) => {
      const [row] = await session.query<AppRow>(LOCK_APP, [appKey]);
      if (row === undefined) return null;
      const before = fieldsOf(appRecordOf(row));
      const change = { appKey, before, after: { ...before, ...patch }, actor };
      return await write(session, CHANGE_APP, { ...change, action: 'app.changed' });
    });
  }

  async listApps({
    cursor = '',
    limit,
    appKey,
  }: PageQuery & { readonly appKey?: string }): Promise<Page<AppRecord>> {
    const rows = await this.database.query<AppRow>(LIST_APPS, [cursor, appKey ?? null, limit + 1]);
    return pageOf(rows.map(appRecordOf), limit, (last) => last.appKey);
  }
}

const fieldsOf = ({ name, isEnabled, limits, allowed }: AppRecord): AppFields => ({
  name,
  isEnabled,
  limits,
  allowed,
});

async function write(
  session: Session,
  statement: Statement,
  change: {
    readonly appKey: string;
    readonly before: AppFields | null;
    readonly after: AppFields;
    readonly actor: Actor;
    readonly action: string;
  },
): Promise<AppRecord | null> {
  const { appKey, after } = change;
  const { name, isEnabled, limits, allowed } = after;
  const [row] = await session.query<AppRow>(statement, [
    appKey,
    name,
    isEnabled,
    limits.maxCalls,
    limits.maxQueued,
    limits.maxCallsPerSecond,
    limits.maxRequestsPerSecond,
    limits.maxKeyRequestsPerSecond,
    jsonOrNull(allowed.sipDomains),
    jsonOrNull(allowed.rtmpHosts),
    ...auditColumns(change),
  ]);
  return row === undefined ? null : appRecordOf(row);
}

const jsonOrNull = (list: readonly string[] | null): string | null =>
  list === null ? null : JSON.stringify(list);

const appRecordOf = (row: AppRow): AppRecord => ({
  appKey: row.app_key,
  name: row.name,
  isEnabled: row.is_enabled,
  limits: {
    maxCalls: row.max_calls,
    maxQueued: row.max_queued,
    maxCallsPerSecond: row.max_calls_per_second,
    maxRequestsPerSecond: row.max_requests_per_second,
    maxKeyRequestsPerSecond: row.max_key_requests_per_second,
  },
  allowed: { sipDomains: row.sip_domains, rtmpHosts: row.rtmp_hosts },
  createdAt: row.created_at,
  changedAt: row.changed_at,
});
