import type { EventFeed, EventRecord } from '#domain';
import { readFeedCursor } from './cursors.ts';
import type { Database, Statement } from './database.ts';
import { EVENT_COLUMNS, eventRecordOf } from './event-row.ts';
import type { EventRow } from './event-row.ts';

/*
 * Events in the order of (transaction, position), but none of a transaction as young as the oldest one still
 * open: an open one may yet commit events before those. So a reader never passes by a late commit.
 */
const IS_SETTLED = 'xid < pg_snapshot_xmin(pg_current_snapshot())';

const TAIL: Statement = {
  name: 'feed-tail',
  text: `
  SELECT xid::text, position::text FROM events
  WHERE ${IS_SETTLED} ORDER BY events.xid DESC, events.position DESC LIMIT 1`,
};

const READ: Statement = {
  name: 'feed-read',
  text: `
  SELECT ${EVENT_COLUMNS} FROM events
  WHERE (xid, position) > ($1::xid8, $2::bigint) AND ${IS_SETTLED}
  ORDER BY events.xid, events.position LIMIT $3`,
};

/** The outbox, read in one order by all. */
export class PrismaEventFeed implements EventFeed {
  constructor(private readonly database: Database) {}

  async tail(): Promise<string> {
    const [last] = await this.database.query<{ xid: string; position: string }>(TAIL, []);
    return last === undefined ? '0-0' : `${last.xid}-${last.position}`;
  }

  async read(cursor: string, limit: number): Promise<readonly EventRecord[]> {
    const { xid, position } = readFeedCursor(cursor);
    const rows = await this.database.query<EventRow>(READ, [xid, position, limit]);
    return rows.map(eventRecordOf);
  }
}
