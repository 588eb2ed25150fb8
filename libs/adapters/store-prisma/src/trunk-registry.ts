import { Fault, isTrunkId } from '#domain';
import type {
  Actor,
  NewTrunk,
  Page,
  TrunkChange,
  TrunkId,
  TrunkQuery,
  TrunkRecord,
  TrunkRegistry,
  TrunkUsage,
} from '#domain';
import { invariant } from '#foundation';
import { writeAudit } from './audit-trail.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import type { SealedSecrets } from './sealed-secrets.ts';
import { TRUNK_COLUMNS, trunkRecordOf } from './trunk-row.ts';
import type { TrunkRow } from './trunk-row.ts';

const INSERT: Statement = {
  name: 'insert-trunk',
  text: `
  INSERT INTO trunks AS t (id, app_key, name, settings, password) VALUES ($1, $2, $3, $4::jsonb, $5)
  RETURNING ${TRUNK_COLUMNS}`,
};

const FIND: Statement = {
  name: 'find-trunk',
  text: `SELECT ${TRUNK_COLUMNS} FROM trunks t WHERE t.id = $1`,
};

const FIND_BY_NAME: Statement = {
  name: 'find-trunk-by-name',
  text: `SELECT ${TRUNK_COLUMNS} FROM trunks t WHERE t.app_key = $1 AND t.name = $2`,
};

/** Ids sort by their age. */
const LIST: Statement = {
  name: 'list-trunks',
  text: `
  SELECT ${TRUNK_COLUMNS} FROM trunks t
  WHERE ($1::text IS NULL OR t.app_key = $1) AND t.id > $2
  ORDER BY t.id LIMIT $3`,
};

/** So many calls at most, by indexes that hold no others of the trunk than live ones, or the newest first. */
const upTo = (calls: string): string =>
  `(SELECT count(*)::int FROM (SELECT FROM calls c WHERE c.trunk_id = t.id AND ${calls} LIMIT 10000) counted)`;
const LIVE = 'c.ended_at IS NULL AND c.next_dial_at IS NULL';

const USAGE: Statement = {
  name: 'usage-of-trunks',
  text: `
  SELECT t.id, ${upTo(`${LIVE} AND c.trunk_channel`)} AS channels,
    ${upTo(`${LIVE} AND (c.node IS NULL OR c.trunk_waits)`)} AS waiting,
    ${upTo("c.created_at > clock_timestamp() - interval '1 minute'")} AS placed
  FROM trunks t WHERE t.id = ANY($1)`,
};

/** What is known of its health was found out with the settings before; it is looked at anew, at once. */
const CHANGE: Statement = {
  name: 'change-trunk',
  text: `
  UPDATE trunks t SET
    name = $3, settings = $4::jsonb, password = CASE WHEN $5 THEN $6 ELSE password END,
    version = version + 1, updated_at = clock_timestamp(), check_due_at = clock_timestamp()
  WHERE t.id = $1 AND t.version = $2 AND t.app_key = $7
  RETURNING ${TRUNK_COLUMNS}`,
};

const LOCK: Statement = {
  name: 'lock-trunk',
  text: 'SELECT id FROM trunks WHERE id = $1 FOR UPDATE',
};

const REMOVE: Statement = {
  name: 'remove-trunk',
  text: `
  DELETE FROM trunks
  WHERE id = $1 AND NOT EXISTS (SELECT FROM calls WHERE trunk_id = $1 AND ended_at IS NULL)
  RETURNING id`,
};

/** Trunks as the API sees them. */
export class PrismaTrunkRegistry implements TrunkRegistry {
  constructor(
    private readonly database: Database,
    private readonly secrets: SealedSecrets,
  ) {}

  async createTrunk(trunk: NewTrunk, actor: Actor): Promise<TrunkRecord> {
    const { id, appKey, settings, password } = trunk;
    const sealed = this.secrets.sealTrunkPassword({ tenant: appKey, rowId: id }, password);
    const values = [id, appKey, settings.name, JSON.stringify(settings), sealed];
    return await this.database.transaction(async (session) => {
      const [row] = await session.query<TrunkRow>(INSERT, values);
      invariant(row, 'a stored trunk has a row');
      const after = trunkRecordOf(row);
      await note(session, { actor, action: 'trunk.created', before: null, after });
      return after;
    });
  }

  async findTrunk(id: TrunkId): Promise<TrunkRecord | null> {
    return first(await this.database.query<TrunkRow>(FIND, [id]));
  }

  async findTrunkByName(appKey: string, name: string): Promise<TrunkRecord | null> {
    return first(await this.database.query<TrunkRow>(FIND_BY_NAME, [appKey, name]));
  }

  async listTrunks({ appKey, cursor = '', limit }: TrunkQuery): Promise<Page<TrunkRecord>> {
    if (cursor !== '' && !isTrunkId(cursor)) {
      throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
    }
    const values = [appKey ?? null, cursor, limit + 1];
    const rows = await this.database.query<TrunkRow>(LIST, values);
    return pageOf(rows.map(trunkRecordOf), limit, (last) => last.id);
  }

  async usageOf(ids: readonly TrunkId[]): Promise<ReadonlyMap<TrunkId, TrunkUsage>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<UsageRow>(USAGE, [ids]);
    return new Map(rows.map((row) => [row.id, usageOfRow(row)]));
  }

  async changeTrunk(
    id: TrunkId,
    { appKey, settings, password, version }: TrunkChange,
    actor: Actor,
  ): Promise<TrunkRecord | null> {
    const sealed = this.secrets.sealTrunkPassword({ tenant: appKey, rowId: id }, password ?? null);
    const values = [id, version, settings.name, JSON.stringify(settings)];
    return await this.database.transaction(async (session) => {
      const before = await lockTrunk(session, id);
      const rows = await session.query<TrunkRow>(CHANGE, [
        ...values,
        password !== undefined,
        sealed,
        appKey,
      ]);
      const after = first(rows);
      if (after !== null) await note(session, { actor, action: 'trunk.changed', before, after });
      return after;
    });
  }

  async removeTrunk(id: TrunkId, actor: Actor): Promise<'removed' | 'inUse' | 'notFound'> {
    return await this.database.transaction(async (session) => {
      const before = await lockTrunk(session, id);
      if (before === null) return 'notFound';
      if ((await session.query(REMOVE, [id])).length === 0) return 'inUse';
      await note(session, { actor, action: 'trunk.removed', before, after: null });
      return 'removed';
    });
  }
}

interface UsageRow {
  readonly id: TrunkId;
  readonly channels: number;
  readonly waiting: number;
  readonly placed: number;
}

const usageOfRow = ({ channels, waiting, placed }: UsageRow): TrunkUsage => ({
  channelsInUse: channels,
  callsWaiting: waiting,
  callsLastMinute: placed,
});

const first = ([row]: readonly TrunkRow[]): TrunkRecord | null =>
  row === undefined ? null : trunkRecordOf(row);

/** As it is now, locked until the end of the transaction. Read behind the lock, as everything that may have waited for it. */
async function lockTrunk(session: Session, id: TrunkId): Promise<TrunkRecord | null> {
  await session.query(LOCK, [id]);
  return first(await session.query<TrunkRow>(FIND, [id]));
}

/** Tells of a change within its transaction. Settings hold no secret. */
async function note(
  session: Session,
  step: {
    readonly actor: Actor;
    readonly action: string;
    readonly before: TrunkRecord | null;
    readonly after: TrunkRecord | null;
  },
): Promise<void> {
  const { actor, action, before, after } = step;
  const trunk = after ?? before;
  invariant(trunk, 'a change has a trunk');
  await writeAudit(session, {
    ...{ actor, action, appKey: trunk.appKey, object: trunk.id },
    before: before && { ...before.settings },
    after: after && { ...after.settings },
  });
}
