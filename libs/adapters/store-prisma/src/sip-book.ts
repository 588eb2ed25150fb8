import { Fault, KEPT_SIP_MESSAGES } from '#domain';
import type { CallId, Page, SipBook, SipRecord } from '#domain';
import { pageOf } from './cursors.ts';
import type { Database, Statement } from './database.ts';

/** Only of a call that is there; then those between the first and the last go. */
const ADD: Statement = {
  name: 'add-sip-messages',
  text: `
  WITH added AS (
    INSERT INTO sip_messages (call_id, epoch, seq, at, direction, summary, text)
    SELECT c.id, m.epoch, m.seq, m.at, m.direction, m.summary, m.text
    FROM calls c, jsonb_to_recordset($2::jsonb)
      AS m(epoch int, seq int, at timestamptz, direction text, summary text, text text)
    WHERE c.id = $1
    ON CONFLICT DO NOTHING
  )
  DELETE FROM sip_messages WHERE call_id = $1 AND epoch = $3 AND seq > $4 AND seq <= $5`,
};

const LIST: Statement = {
  name: 'list-sip-messages',
  text: `
  SELECT epoch, seq, at, direction, summary, text FROM sip_messages
  WHERE call_id = $1 AND (epoch, seq) > ($2, $3) ORDER BY epoch, seq LIMIT $4`,
};

const PLACE = /^(\d{1,9})-(\d{1,9})$/;

/** The SIP messages of calls. */
export class PrismaSipBook implements SipBook {
  constructor(private readonly database: Database) {}

  async add(id: CallId, records: readonly SipRecord[]): Promise<void> {
    const newest = records.at(-1);
    if (newest === undefined) return;
    const { first, last } = KEPT_SIP_MESSAGES;
    const values = [id, JSON.stringify(records), newest.epoch, first, newest.seq - last];
    await this.database.query(ADD, values);
  }

  async list(id: CallId, cursor: string | undefined, limit: number): Promise<Page<SipRecord>> {
    const [, epoch, seq] = PLACE.exec(cursor ?? '0-0') ?? [];
    if (epoch === undefined || seq === undefined) {
      throw new Fault('REQUEST_INVALID', { detail: 'The cursor is not one of ours.' });
    }
    const values = [id, Number(epoch), Number(seq), limit + 1];
    const rows = await this.database.query<SipRecord>(LIST, values);
    return pageOf(rows, limit, (last) => `${last.epoch}-${last.seq}`);
  }
}
