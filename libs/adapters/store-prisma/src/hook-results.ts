import type { HookAttempt, HookId, LaneResult } from '#domain';
import type { Session, Statement } from './database.ts';

/**
 * Lanes that are still ours, and not settled yet, locked: what is written into them meanwhile is seen by the next statement.
 * One after the other by their key, however many the hook has.
 */
const LOCK_LANES: Statement = {
  name: 'hook-lanes-lock',
  text: `
  SELECT l.call_id, l.ctid FROM (SELECT * FROM unnest($2::text[], $3::int[]) AS r(call_id, fence) ORDER BY 1) r
  CROSS JOIN LATERAL (
    SELECT call_id, ctid FROM hook_lanes
    WHERE hook_id = $1 AND call_id = r.call_id AND fence = r.fence AND lease_until IS NOT NULL FOR UPDATE
  ) l`,
};

/** A value and no join: attempts are numbered in the order in which they come. */
const LOG_ATTEMPTS = `
  INSERT INTO hook_attempts
    (delivery_id, duration_ms, status, reason, detail, request_headers, answer_headers, answer_body)
  SELECT a.* FROM unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[], $9::bytea[])
    AS a(delivery_id, duration_ms, status, reason, detail, request_headers, answer_headers, answer_body)
  WHERE (SELECT true FROM hook_deliveries d WHERE d.id = a.delivery_id)`;

/*
 * $10 deliveries that were tried, $11 their calls, $12 how often, $13 their state, $14 milliseconds until the next attempt;
 * $15 lanes that are still ours, $16 where their rows lie, which the lock holds in place. A lane is kept while anything waits
 * in it that is not settled here. Deliveries are found by their ids alone: of a lane that is ours they wait, and are the hook's.
 */
const SETTLE: Statement = {
  name: 'hook-lanes-settle',
  text: `
  WITH logged AS (${LOG_ATTEMPTS}), tried AS MATERIALIZED (
    SELECT * FROM unnest($10::text[], $11::text[], $12::int[], $13::text[], $14::float8[])
      AS r(id, call_id, count, state, delay_ms)
    WHERE call_id = ANY($15)
  ), settled AS (
    UPDATE hook_deliveries d SET
      state = tried.state,
      attempts = d.attempts + tried.count,
      next_at = clock_timestamp() + tried.delay_ms * interval '1 ms',
      settled_at = CASE WHEN tried.state = 'pending' THEN NULL ELSE clock_timestamp() END
    FROM tried WHERE d.id = tried.id
  ), left_over AS MATERIALIZED (
    SELECT l.place, t.delay_ms, EXISTS (
      SELECT 1 FROM hook_deliveries d
      WHERE d.hook_id = $1 AND d.call_id = l.call_id AND d.state = 'pending' AND d.id <> ALL(coalesce(t.ids, '{}'))
    ) AS has_more
    FROM unnest($15::text[], $16::tid[]) AS l(call_id, place) LEFT JOIN (
      SELECT call_id, max(delay_ms) AS delay_ms, array_agg(id) FILTER (WHERE state <> 'pending') AS ids
      FROM tried GROUP BY call_id
    ) t ON t.call_id = l.call_id
  ), freed AS (
    UPDATE hook_lanes l SET
      lease_until = NULL,
      next_at = clock_timestamp() + coalesce(o.delay_ms, 0) * interval '1 ms'
    FROM left_over o WHERE l.ctid = o.place AND o.has_more
  )
  DELETE FROM hook_lanes WHERE ctid = ANY(ARRAY(SELECT place FROM left_over WHERE NOT has_more))`,
};

interface LockedLane {
  readonly call_id: string;
  readonly ctid: string;
}

/** Writes what has become of lanes, in a transaction. Of lanes that are another's by now only the attempts are logged. */
export async function writeResults(
  session: Session,
  id: HookId,
  results: readonly LaneResult[],
): Promise<void> {
  const calls = results.map(({ callId }) => callId);
  const fences = results.map(({ fence }) => fence);
  const locked = await session.query<LockedLane>(LOCK_LANES, [id, calls, fences]);
  const ours = [locked.map((row) => row.call_id), locked.map((row) => row.ctid)];
  const attempts = results.flatMap((result) => result.attempts);
  await session.query(SETTLE, [id, ...attemptColumns(attempts), ...triedColumns(results), ...ours]);
}

const bytesOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One list for each column, for `unnest`. */
const attemptColumns = (attempts: readonly HookAttempt[]): unknown[] => [
  attempts.map(({ deliveryId }) => deliveryId),
  attempts.map(({ durationMs }) => Math.round(durationMs)),
  attempts.map(({ status }) => status),
  attempts.map(({ reason }) => reason),
  attempts.map(({ detail }) => detail),
  attempts.map(({ requestHeaders }) => JSON.stringify(requestHeaders)),
  attempts.map(({ answerHeaders: headers }) => (headers === null ? null : JSON.stringify(headers))),
  attempts.map(({ answerBody }) => bytesOf(answerBody)),
];

/** What has become of each delivery that was tried: its call, the count of its attempts, its state, its wait. */
function triedColumns(results: readonly LaneResult[]): unknown[] {
  const tried = results.flatMap(({ callId, attempts, settled, waits }) => [
    ...settled.map((one) => ({ ...one, callId, delayMs: null, attempts })),
    ...(waits === null ? [] : [{ ...waits, callId, state: 'pending', attempts }]),
  ]);
  const countOf = (id: string, attempts: readonly HookAttempt[]): number =>
    attempts.filter(({ deliveryId }) => deliveryId === id).length;
  return [
    tried.map(({ id }) => id),
    tried.map(({ callId }) => callId),
    tried.map(({ id, attempts }) => countOf(id, attempts)),
    tried.map(({ state }) => state),
    tried.map(({ delayMs }) => delayMs),
  ];
}
