import { Fault } from '#domain';
import type { AuditEntry, AuditTrail, NewAuditEntry, Page, PageQuery } from '#domain';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';

interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor_key_id: string;
  readonly actor_app: string;
  readonly app_key: string;
  readonly action: string;
  readonly object: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

const WRITE: Statement = {
  name: 'write-audit',
  text: `
  INSERT INTO audit_log (actor_key_id, actor_app, action, before, after, app_key, object)
  VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7)`,
};

const listStatement = (name: string, filter: string): Statement => ({
  name,
  text: `
  SELECT id, at, actor_key_id, actor_app, app_key, action, object, before, after FROM audit_log
  WHERE id < $1 ${filter} ORDER BY id DESC LIMIT $2`,
});

const LIST = listStatement('list-audit', '');
const LIST_OF_APP = listStatement('list-audit-of-app', 'AND app_key = $3');

/** Before all lines: where the first page starts. */
const NEWEST = String(2n ** 63n - 1n);

/** What a statement that changes something writes of it: who, what, before, after. */
export const auditColumns = ({
  actor,
  action,
  before,
  after,
}: Pick<NewAuditEntry, 'actor' | 'action'> & {
  readonly before: object | null;
  readonly after: object | null;
}): readonly (string | null)[] => [
  actor.keyId,
  actor.appKey,
  action,
  before === null ? null : JSON.stringify(before),
  after === null ? null : JSON.stringify(after),
];

/** Writes a line, within the transaction of what it tells where the session is one. */
export async function writeAudit(session: Session, entry: NewAuditEntry): Promise<void> {
  await session.query(WRITE, [...auditColumns(entry), entry.appKey, entry.object]);
}

/** Who has changed what. */
export class PrismaAuditTrail implements AuditTrail {
  constructor(private readonly database: Database) {}

  async write(entry: NewAuditEntry): Promise<void> {
    await writeAudit(this.database, entry);
  }

  async listAudit({
    cursor = NEWEST,
    limit,
    appKey,
  }: PageQuery & { readonly appKey?: string }): Promise<Page<AuditEntry>> {
    if (!/^\d{1,19}$/.test(cursor) || BigInt(cursor) > BigInt(NEWEST)) {
      throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
    }
    const values = [cursor, limit + 1];
    const rows = await (appKey === undefined
      ? this.database.query<AuditRow>(LIST, values)
      : this.database.query<AuditRow>(LIST_OF_APP, [...values, appKey]));
    return pageOf(rows.map(entryOf), limit, (last) => last.id);
  }
}

const entryOf = (row: AuditRow): AuditEntry => ({
  id: row.id,
  at: row.at,
  actor: { keyId: row.actor_key_id, appKey: row.actor_app },
  appKey: row.app_key,
  action: row.action,
  object: row.object,
  before: row.before,
  after: row.after,
});
