import { callLifecycle, catalogEntry, isAnswered, needsNode, outputLifecycle } from '#domain';
import type { CallChange, CallRecord, CommandFault, IdFactory, NodeId, OutputPatch } from '#domain';
import { CALL_COLUMNS, callRecordOf } from './call-row.ts';
import type { CallRow } from './call-row.ts';
import type { Session, Statement } from './database.ts';
import { LEASE_MS, PREFERENCE_MS } from './lease.ts';

/** A new owner of a call, or none; with it the epoch grows and the old owner is fenced off. */
export interface OwnerChange {
  readonly node: NodeId | null;
  /** The old owner was lost, and counts. */
  readonly isFailover: boolean;
}

/** A step of a call, with what only the store may change. */
export interface StoredChange extends CallChange {
  readonly owner?: OwnerChange;
}

/*
 * The one statement that moves calls. $1 id, $2 epoch, $3 version: the row must be as the writer knows it, else
 * nothing happens at all. $4 what changes in the call, $5 transitions, $6 events, $7 outputs by id.
 * The version guards the whole row, so that the old node can be read beside the update.
 */
const WRITE_CHANGE: Statement = {
  name: 'write-change',
  text: `
  WITH changed AS (
    UPDATE calls SET
      version = version + 1,
      epoch = epoch + ($4::jsonb->>'epochStep')::int,
      failovers = failovers + ($4::jsonb->>'failoverStep')::int,
      state = coalesce($4::jsonb->>'state', state),
      state_since = CASE WHEN $4::jsonb->>'state' <> state THEN clock_timestamp() ELSE state_since END,
      node = CASE WHEN $4::jsonb ? 'node' THEN $4::jsonb->>'node' ELSE node END,
      lease_until = CASE
        WHEN NOT $4::jsonb ? 'node' THEN lease_until
        WHEN $4::jsonb->>'node' IS NOT NULL THEN clock_timestamp() + ${LEASE_MS} * interval '1 ms'
      END,
      verdict = coalesce(verdict, $4::jsonb->'verdict'),
      sip_status = coalesce(($4::jsonb->>'sipStatus')::int, sip_status),
      media_path = coalesce($4::jsonb->>'mediaPath', media_path),
      stats = coalesce($4::jsonb->'stats', stats),
      trunk_channel = trunk_channel AND NOT $4::jsonb ? 'leavesTrunk',
      trunk_turn_at = CASE WHEN $4::jsonb->'node' = 'null'::jsonb THEN NULL ELSE trunk_turn_at END,
      trunk_waits = trunk_waits AND $4::jsonb->'node' IS DISTINCT FROM 'null'::jsonb,
      redials = redials + CASE WHEN $4::jsonb ? 'nextDialMs' THEN 1 ELSE 0 END,
      -- A call that was asked to stop meanwhile does not wait: who takes it ends it.
      next_dial_at = CASE
        WHEN $4::jsonb ? 'nextDialMs' AND stop_requested_at IS NULL
          THEN clock_timestamp() + ($4::jsonb->>'nextDialMs')::float8 * interval '1 ms'
        WHEN $4::jsonb->>'state' IS NULL THEN next_dial_at
      END,
      leg = CASE WHEN $4::jsonb ? 'leg' THEN nullif($4::jsonb->'leg', 'null'::jsonb) ELSE leg END,
      muted = coalesce(($4::jsonb->>'muted')::boolean, muted),
      held_by = CASE WHEN $4::jsonb ? 'heldBy' THEN $4::jsonb->>'heldBy' ELSE held_by END,
      preferred_node = CASE
        WHEN $4::jsonb ? 'preferredNode' THEN $4::jsonb->>'preferredNode' ELSE preferred_node
      END,
      preferred_until = CASE
        WHEN $4::jsonb ? 'preferredNode' THEN clock_timestamp() + ${PREFERENCE_MS} * interval '1 ms'
        ELSE preferred_until
      END,
      answered_at = CASE
        WHEN ($4::jsonb->>'isAnswered')::boolean THEN coalesce(answered_at, clock_timestamp())
        ELSE answered_at
      END,
      ended_at = CASE WHEN ($4::jsonb->>'isEnded')::boolean THEN clock_timestamp() END,
      event_seq = event_seq + jsonb_array_length($6::jsonb)
    WHERE id = $1 AND epoch = $2 AND version = $3 AND ended_at IS NULL
    RETURNING *
  ), moved AS (
    INSERT INTO transitions (call_id, version, ordinal, machine, from_state, to_state, event, epoch, node)
    SELECT c.id, c.version, t.ordinal, t.machine, t."from", t."to", t.event, c.epoch,
      coalesce((SELECT node FROM calls WHERE id = $1), c.node)
    FROM changed c, ROWS FROM (
      jsonb_to_recordset($5::jsonb) AS (machine text, "from" text, "to" text, event text)
    ) WITH ORDINALITY AS t(machine, "from", "to", event, ordinal)
  ), told AS (
    INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
    SELECT e.id, c.id, c.app_key, c.event_seq - jsonb_array_length($6::jsonb) + e.ordinal, c.epoch, e.type, e.data
    FROM changed c, ROWS FROM (
      jsonb_to_recordset($6::jsonb) AS (id text, type text, data jsonb)
    ) WITH ORDINALITY AS e(id, type, data, ordinal)
    ORDER BY e.ordinal
  ), patched AS (
    UPDATE outputs o SET
      state = coalesce(p.patch->>'state', o.state),
      holds_target = coalesce((p.patch->>'holdsTarget')::boolean, o.holds_target),
      attempts = coalesce((p.patch->>'attempts')::int, o.attempts),
      next_retry_at = CASE
        WHEN p.patch ? 'nextRetryAt' THEN (p.patch->>'nextRetryAt')::timestamptz ELSE o.next_retry_at
      END,
      published_at = CASE
        WHEN (p.patch->>'published')::boolean THEN coalesce(o.published_at, clock_timestamp())
        ELSE o.published_at
      END,
      audio_codec = coalesce(p.patch->>'audioCodec', o.audio_codec),
      fault = CASE WHEN p.patch ? 'fault' THEN nullif(p.patch->'fault', 'null'::jsonb) ELSE o.fault END
    FROM changed c, jsonb_each($7::jsonb) AS p(id, patch)
    WHERE o.call_id = c.id AND o.id = p.id
  )
  SELECT ${CALL_COLUMNS} FROM changed c`,
};

/**
 * After the end, in a statement of its own: the one before has waited for a stop request that held the call, and does
 * not see the command that this request has written meanwhile.
 */
const REFUSE_COMMANDS: Statement = {
  name: 'refuse-commands',
  text: `
  UPDATE commands SET state = 'refused', payload = NULL, completed_at = clock_timestamp()
  WHERE call_id = $1 AND completed_at IS NULL`,
};

/**
 * A call has left its node. What that one was at is refused, but for the transfer that was just this; what is repeatable
 * was never begun, and waits for the next node. Whoever begins a command waits for the row of the call, and so for this.
 */
const LEAVE_COMMANDS: Statement = {
  name: 'leave-commands',
  text: `
  UPDATE commands SET
    state = CASE WHEN type = 'transfer' AND $2 THEN 'done' ELSE 'refused' END,
    fault = CASE WHEN type = 'transfer' AND $2 THEN NULL ELSE $3::jsonb END,
    completed_at = clock_timestamp()
  WHERE call_id = $1 AND state = 'running' AND completed_at IS NULL`,
};

const OWNER_LOST = JSON.stringify({
  code: 'COMMAND_OWNER_LOST',
  detail: catalogEntry('COMMAND_OWNER_LOST').summary,
} satisfies CommandFault);

function callPatchOf({ call, owner }: StoredChange): object {
  const isEnded = call.state !== undefined && callLifecycle.isTerminal(call.state);
  // An owner that shuts down gives its call back to the queue, and the lease with it.
  const isReleased = call.state !== undefined && !needsNode(call.state);
  return {
    ...call,
    isAnswered: call.state !== undefined && isAnswered(call.state),
    isEnded,
    epochStep: owner === undefined ? 0 : 1,
    failoverStep: owner?.isFailover === true ? 1 : 0,
    ...(isReleased ? { node: null } : owner === undefined ? {} : { node: owner.node }),
  };
}

const outputPatchOf = (patch: OutputPatch): object =>
  patch.state !== undefined && outputLifecycle.isTerminal(patch.state)
    ? { ...patch, holdsTarget: false }
    : patch;

/** Writes steps of calls: transition rows, call row, outputs and outbox in one statement. */
export class ChangeWriter {
  constructor(private readonly ids: IdFactory) {}

  /**
   * Writes a step if epoch and version still fit. The end of a call also releases its lease and refuses
   * the commands that wait; the loss of its node refuses those that were begun.
   * @returns The call after it, with its outputs as they were before; null when it did not fit.
   */
  async write(session: Session, change: StoredChange): Promise<CallRecord | null> {
    const events = change.events.map((event) => ({ id: this.ids.eventId(), ...event }));
    const outputs = [...change.outputs].map(([id, patch]) => [id, outputPatchOf(patch)] as const);
    const [row] = await session.query<CallRow>(WRITE_CHANGE, [
      change.callId,
      change.epoch,
      change.version,
      JSON.stringify(callPatchOf(change)),
      JSON.stringify(change.transitions),
      JSON.stringify(events),
      JSON.stringify(Object.fromEntries(outputs)),
    ]);
    if (row === undefined) return null;
    if (row.ended_at !== null) await session.query(REFUSE_COMMANDS, [change.callId]);
    else if (row.node === null && change.call.state !== undefined) {
      const isGivenAway = change.owner === undefined;
      await session.query(LEAVE_COMMANDS, [change.callId, isGivenAway, OWNER_LOST]);
    }
    return callRecordOf(row);
  }
}
