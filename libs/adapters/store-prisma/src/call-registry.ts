import { callLifecycle } from '#domain';
import type {
  CallId,
  CallQuery,
  CallRecord,
  CallRegistry,
  CallState,
  CallStats,
  CommandId,
  EventRecord,
  NewCall,
  Page,
} from '#domain';
import { invariant } from '#foundation';
import { CALL_COLUMNS, callRecordOf } from './call-row.ts';
import type { CallRow } from './call-row.ts';
import type { ChangeWriter } from './change-writer.ts';
import { readCallPage } from './call-list.ts';
import { pageOf } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import { EVENT_COLUMNS, eventRecordOf } from './event-row.ts';
import type { EventRow } from './event-row.ts';
import { lockCall, readCall } from './locked-call.ts';
import type { StoreClient } from './prisma-client.ts';
import type { NewCallWriter } from './new-call-writer.ts';
import { endingOf, stopVerdict } from './ownerless-change.ts';

const FIND_STATS: Statement = {
  name: 'find-stats',
  text: 'SELECT stats FROM calls WHERE id = $1',
};

const FIND_UNANSWERED: Statement = {
  name: 'find-unanswered',
  text: 'SELECT id FROM calls WHERE id = ANY($1) AND answered_at IS NULL AND ended_at IS NULL',
};

const FIND_LIVE_CALL: Statement = {
  name: 'find-live-call',
  text: `
  SELECT ${CALL_COLUMNS} FROM calls c
  WHERE c.call_id = $1 AND c.ended_at IS NULL AND ($2::text IS NULL OR c.app_key = $2)
  ORDER BY c.created_at DESC, c.id DESC LIMIT 1`,
};

const FIND_LIVE_STREAM: Statement = {
  name: 'find-live-stream',
  text: `
  SELECT ${CALL_COLUMNS} FROM calls c
  WHERE c.spec->'wcs'->>'toStream' = $1 AND c.ended_at IS NULL AND ($2::text IS NULL OR c.app_key = $2)
  ORDER BY c.created_at DESC, c.id DESC LIMIT 1`,
};

const LIST_EVENTS: Statement = {
  name: 'list-events',
  text: `SELECT ${EVENT_COLUMNS} FROM events WHERE call_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
};

/** Leaves the version alone: the owner's next change must still fit. */
const ASK_TO_STOP: Statement = {
  name: 'ask-to-stop',
  text: `
  WITH asked AS (
    UPDATE calls SET stop_requested_at = coalesce(stop_requested_at, clock_timestamp())
    WHERE id = $1 RETURNING id
  )
  INSERT INTO commands (id, call_id, type, requested_by) SELECT $2, id, 'hangUp', $3 FROM asked ON CONFLICT DO NOTHING`,
};

/** What the joined parts of the registry are. */
interface RegistryParts {
  readonly database: Database;
  readonly prisma: StoreClient;
  readonly creation: NewCallWriter;
  readonly changes: ChangeWriter;
}

/** Calls as the API sees them. */
export class PrismaCallRegistry implements CallRegistry {
  constructor(private readonly parts: RegistryParts) {}

  async createCall(call: NewCall): Promise<CallRecord> {
    const { creation, database } = this.parts;
    const stored = (await creation.write(database, call)) ?? (await readCall(database, call.id));
    invariant(stored, 'a call that was stored before is there');
    return stored;
  }

  async findCall(id: CallId): Promise<CallRecord | null> {
    return await readCall(this.parts.database, id);
  }

  async findUnanswered(ids: readonly CallId[]): Promise<ReadonlySet<CallId>> {
    const rows = await this.parts.database.query<{ id: CallId }>(FIND_UNANSWERED, [ids]);
    return new Set(rows.map(({ id }) => id));
  }

  async findStats(id: CallId): Promise<CallStats | null> {
    const { database } = this.parts;
    const [row] = await database.query<{ stats: CallStats | null }>(FIND_STATS, [id]);
    return row?.stats ?? null;
  }

  async findLiveCall(callId: string, appKey?: string): Promise<CallRecord | null> {
    const values = [callId, appKey ?? null];
    return firstRecord(await this.parts.database.query<CallRow>(FIND_LIVE_CALL, values));
  }

  async findLiveStream(toStream: string, appKey?: string): Promise<CallRecord | null> {
    const values = [toStream, appKey ?? null];
    return firstRecord(await this.parts.database.query<CallRow>(FIND_LIVE_STREAM, values));
  }

  async listCalls(query: CallQuery): Promise<Page<CallRecord>> {
    return await readCallPage(this.parts.database, query);
  }

  async listEvents(id: CallId, afterSeq: number, limit: number): Promise<Page<EventRecord>> {
    const values = [id, afterSeq, limit + 1];
    const rows = await this.parts.database.query<EventRow>(LIST_EVENTS, values);
    return pageOf(rows.map(eventRecordOf), limit, (last) => String(last.seq));
  }

  async requestStop(
    id: CallId,
    commandId: CommandId,
    requestedBy?: string,
  ): Promise<'ended' | 'asked' | 'alreadyEnded' | 'notFound'> {
    return await this.parts.database.transaction(async (session) => {
      const record = await lockCall(session, id);
      if (record === null) return 'notFound';
      if (callLifecycle.isTerminal(record.state)) return 'alreadyEnded';
      if (await this.#endAtOnce(session, record)) return 'ended';
      await session.query(ASK_TO_STOP, [id, commandId, requestedBy ?? null]);
      return 'asked';
    });
  }

  async #endAtOnce(session: Session, record: CallRecord): Promise<boolean> {
    const step = callLifecycle.step(record.state, 'stopAsked');
    if (step.kind !== 'moved' || !callLifecycle.isTerminal(step.to)) return false;
    const ending = endingOf(record, 'stopAsked', stopVerdict(record));
    return (await this.parts.changes.write(session, ending)) !== null;
  }

  async countLiveCalls(): Promise<Readonly<Partial<Record<CallState, number>>>> {
    const groups = await this.parts.prisma.call.groupBy({
      by: ['state'],
      where: { endedAt: null },
      _count: true,
    });
    return Object.fromEntries(groups.map(({ state, _count }) => [state, _count]));
  }
}

const firstRecord = ([row]: readonly CallRow[]): CallRecord | null =>
  row === undefined ? null : callRecordOf(row);
