import { callLifecycle } from '#domain';
import type { CallQuery } from '#domain';
import { CALL_COLUMNS } from './call-row.ts';
import { readCallCursor } from './cursors.ts';
import type { Statement } from './database.ts';

/*
 * One walk down an index per state, then the newest of all: constant time whatever is asked for. Without a name,
 * because a plan made for all limits at once would be a poor one.
 */
const listStatement = (appFilter: string): Statement => ({
  text: `
  SELECT ${CALL_COLUMNS} FROM unnest($1::text[]) AS wanted(state)
  CROSS JOIN LATERAL (
    SELECT * FROM calls
    WHERE state = wanted.state AND (created_at, id) < ($2::timestamptz, $3) ${appFilter}
    ORDER BY created_at DESC, id DESC LIMIT $4
  ) c
  ORDER BY c.created_at DESC, c.id DESC LIMIT $4`,
});

const LIST_CALLS = listStatement('');
const LIST_CALLS_OF_APP = listStatement('AND app_key = $5');

/**
 * The statement that lists calls, and one more than the page holds.
 * @throws Fault REQUEST_INVALID when the cursor is not one of ours.
 */
export function listCallsQuery(query: CallQuery): {
  readonly statement: Statement;
  readonly values: readonly unknown[];
} {
  const { createdAt, id } = readCallCursor(query.cursor);
  const states = [...new Set(query.states ?? callLifecycle.states)];
  const values = [states, createdAt, id, query.limit + 1];
  return query.appKey === undefined
    ? { statement: LIST_CALLS, values }
    : { statement: LIST_CALLS_OF_APP, values: [...values, query.appKey] };
}
