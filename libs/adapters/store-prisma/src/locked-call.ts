import type { CallId, CallRecord } from '#domain';
import { CALL_COLUMNS, callRecordOf } from './call-row.ts';
import type { CallRow } from './call-row.ts';
import type { Session, Statement } from './database.ts';

const LOCK_CALL: Statement = {
  name: 'lock-call',
  text: 'SELECT id FROM calls WHERE id = $1 FOR UPDATE',
};

const READ_CALL: Statement = {
  name: 'find-call',
  text: `SELECT ${CALL_COLUMNS} FROM calls c WHERE c.id = $1`,
};

/** The call as it is now, or null. */
export async function readCall(session: Session, id: CallId): Promise<CallRecord | null> {
  const [row] = await session.query<CallRow>(READ_CALL, [id]);
  return row === undefined ? null : callRecordOf(row);
}

/**
 * The call as it is now, locked until the end of the transaction. Read in a statement of its own: one that has waited
 * for the lock would see the call of now with the outputs of then.
 */
export async function lockCall(session: Session, id: CallId): Promise<CallRecord | null> {
  await session.query(LOCK_CALL, [id]);
  return await readCall(session, id);
}
