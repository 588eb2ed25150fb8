import { Fault, nextTurn, spacingMsOf, verdictOf } from '#domain';
import type {
  CallId,
  ErrorCode,
  IdFactory,
  NextCall,
  NodeId,
  TrunkGate,
  TrunkId,
  TrunkSettings,
  TrunkWait,
  TurnMove,
  TurnWait,
} from '#domain';
import type { ChangeWriter } from './change-writer.ts';
import type { Database, Session, Statement } from './database.ts';
import { lockCall } from './locked-call.ts';
import { endingOf } from './ownerless-change.ts';

/** From the turn to the claim of a queued call: a node that needs longer has died over it. */
const CLAIM_MS = 5_000;
/** From the turn to the INVITE of a call that a node runs; no call stays longer in `claimed`. */
const INVITE_MS = 25_000;

/** Of `calls c`: its node may claim it now. */
export const HAS_FRESH_TURN = `c.trunk_turn_at > clock_timestamp() - ${CLAIM_MS} * interval '1 ms'`;

const LOCK: Statement = {
  name: 'lock-turns',
  text: 'SELECT settings FROM trunks WHERE id = $1 FOR UPDATE',
};

/**
 * Read in a statement of its own, after the lock: one that has waited for the lock would see the calls as they were before.
 * A turn is alive while its call waits to be claimed, or is with a node that holds its lease and has told of no INVITE.
 * Calls that were given to another node are none of $2's. First come the calls that have a channel, then those of the highest priority, then the older ones.
 */
const READ_FACTS: Statement = {
  name: 'read-turns',
  text: `
  SELECT
    extract(epoch FROM t.opens_at - clock_timestamp())::float8 * 1000 AS opens_in_ms,
    CASE
      WHEN t.turn_call IS NULL THEN 'none'
      WHEN EXISTS (
        SELECT FROM calls c WHERE c.id = t.turn_call AND c.ended_at IS NULL AND (
          c.node IS NULL AND ${HAS_FRESH_TURN}
          OR c.lease_until > clock_timestamp() AND c.state IN ('claimed', 'dialing')
            AND c.trunk_turn_at > clock_timestamp() - ${INVITE_MS} * interval '1 ms'
        )
      ) THEN 'alive'
      ELSE 'lost'
    END AS turn,
    (SELECT count(*)::int FROM calls c WHERE c.trunk_id = t.id AND c.ended_at IS NULL AND c.next_dial_at IS NULL
       AND c.trunk_channel)
      AS channels,
    h.id AS head_id, h.epoch AS head_epoch, h.trunk_channel AS head_channel, h.node IS NULL AS head_is_queued
  FROM trunks t LEFT JOIN LATERAL (
    SELECT c.id, c.epoch, c.trunk_channel, c.node FROM calls c
    WHERE c.trunk_id = t.id AND c.ended_at IS NULL AND c.next_dial_at IS NULL AND (
      c.node IS NULL AND (${HAS_FRESH_TURN}) IS NOT TRUE
        AND (c.preferred_node IS NULL OR c.preferred_node = $2 OR c.preferred_until <= clock_timestamp())
      OR c.trunk_waits AND c.state = 'claimed' AND c.lease_until > clock_timestamp()
    )
    ORDER BY c.trunk_channel DESC, c.priority DESC, c.created_at, c.id LIMIT 1
  ) h ON true
  WHERE t.id = $1`,
};

const GIVE_TURN: Statement = {
  name: 'give-turn',
  text: `
  UPDATE calls SET trunk_turn_at = clock_timestamp(), trunk_channel = true, trunk_waits = false
  WHERE id = $1 AND epoch = $2 AND ended_at IS NULL AND (node IS NULL) = $3
  RETURNING id`,
};

const NOTE_TURN: Statement = {
  name: 'note-turn',
  text: 'UPDATE trunks SET turn_call = $2 WHERE id = $1',
};

const FORFEIT: Statement = {
  name: 'forfeit-turn',
  text: `
  UPDATE trunks SET turn_call = NULL, opens_at = clock_timestamp() + $2::float8 * interval '1 ms'
  WHERE id = $1`,
};

const BEGIN_TO_WAIT: Statement = {
  name: 'begin-to-wait-for-turn',
  text: `
  UPDATE calls SET trunk_waits = true
  WHERE id = $1 AND ended_at IS NULL AND node IS NOT NULL AND NOT trunk_waits`,
};

/** Also of a turn that was forfeited meanwhile: the INVITE has left. */
const INVITE_SENT: Statement = {
  name: 'invite-of-turn-sent',
  text: `
  WITH told AS (
    UPDATE calls SET trunk_turn_at = NULL WHERE id = $2
  )
  UPDATE trunks SET
    turn_call = nullif(turn_call, $2),
    opens_at = greatest(opens_at, clock_timestamp()
      + coalesce(1000 / (settings->>'maxCallsPerSecond')::float8, 0) * interval '1 ms')
  WHERE id = $1
  RETURNING extract(epoch FROM opens_at - clock_timestamp())::float8 * 1000 AS opens_in_ms`,
};

const GIVE_BACK: Statement = {
  name: 'give-turn-back',
  text: `
  WITH told AS (
    UPDATE calls SET trunk_turn_at = NULL, trunk_waits = false WHERE id = $2
  )
  UPDATE trunks SET turn_call = NULL WHERE id = $1 AND turn_call = $2`,
};

/** $1 call, $2 id of the event, $3 reason. Once for each stay in the queue: with the epoch. */
const TELL_WAITING: Statement = {
  name: 'tell-waiting-for-trunk',
  text: `
  WITH counted AS (
    UPDATE calls SET event_seq = event_seq + 1
    WHERE id = $1 AND node IS NULL AND ended_at IS NULL AND NOT EXISTS (
      SELECT FROM events e
      WHERE e.call_id = $1 AND e.type = 'call.waiting_for_trunk' AND e.epoch = calls.epoch
    )
    RETURNING id, app_key, event_seq, epoch, spec
  )
  INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
  SELECT $2, id, app_key, event_seq, epoch, 'call.waiting_for_trunk',
    jsonb_build_object('trunk', spec->'trunk'->>'name', 'reason', $3::text)
  FROM counted RETURNING id`,
};

const FIND_AWAITED: Statement = {
  name: 'find-awaited-trunks',
  text: `
  SELECT DISTINCT trunk_id AS id FROM calls
  WHERE trunk_id IS NOT NULL AND node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL`,
};

const TAKE_QUEUED: Statement = {
  name: 'take-queued-of-trunk',
  text: `
  SELECT id FROM calls WHERE trunk_id = $1 AND node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL
  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
};

/** How many calls of a closed trunk are ended at a time. */
const ENDED_AT_ONCE = 100;

interface FactsRow {
  readonly opens_in_ms: number;
  readonly turn: 'none' | 'alive' | 'lost';
  readonly channels: number;
  readonly head_id: CallId | null;
  readonly head_epoch: number | null;
  readonly head_channel: boolean | null;
  readonly head_is_queued: boolean;
}

/** Who asks: a node for whoever is first in the queue, or a call that a node runs. */
interface Asking {
  readonly node?: NodeId;
  readonly callId?: CallId;
}

/** What came of asking for a turn under the lock of the trunk. */
type Decision =
  | { readonly kind: 'closed'; readonly code: ErrorCode }
  | { readonly kind: 'idle' }
  | TurnWait
  | { readonly kind: 'go'; readonly callId: CallId; readonly epoch: number };

/** What the joined parts are. */
interface TrunkGateParts {
  readonly database: Database;
  readonly changes: ChangeWriter;
  readonly ids: IdFactory;
}

/** Turns in PostgreSQL: decided one at a time under the lock of the trunk, on its clock. */
export class PrismaTrunkGate implements TrunkGate {
  constructor(private readonly parts: TrunkGateParts) {}

  async nextCall(id: TrunkId, node: NodeId): Promise<NextCall> {
    const decision = await this.#decide(id, { node });
    if (decision.kind !== 'closed') return decision;
    return { kind: 'closed', endedCalls: await this.#endQueued(id, decision.code) };
  }

  async askTurn(id: TrunkId, callId: CallId): Promise<{ readonly kind: 'go' } | TurnWait> {
    await this.parts.database.query(BEGIN_TO_WAIT, [callId]);
    const decision = await this.#decide(id, { callId });
    if (decision.kind === 'closed') throw new Fault(decision.code);
    if (decision.kind === 'wait') return decision;
    if (decision.kind === 'go') return { kind: 'go' };
    // It has lost its lease, and somebody else will ask for it.
    return { kind: 'wait', reason: 'callsPerSecond', retryInMs: CLAIM_MS };
  }

  async inviteSent(id: TrunkId, callId: CallId): Promise<number> {
    const rows = await this.parts.database.query<{ opens_in_ms: number }>(INVITE_SENT, [
      id,
      callId,
    ]);
    return Math.max(0, rows[0]?.opens_in_ms ?? 0);
  }

  async giveBack(id: TrunkId, callId: CallId): Promise<void> {
    await this.parts.database.query(GIVE_BACK, [id, callId]);
  }

  async tellWaiting(callId: CallId, reason: TrunkWait): Promise<boolean> {
    const { database, ids } = this.parts;
    return (await database.query(TELL_WAITING, [callId, ids.eventId(), reason])).length > 0;
  }

  async findAwaited(): Promise<readonly TrunkId[]> {
    const rows = await this.parts.database.query<{ id: TrunkId }>(FIND_AWAITED, []);
    return rows.map((row) => row.id);
  }

  async #decide(id: TrunkId, asking: Asking): Promise<Decision> {
    return await this.parts.database.transaction(async (session) => {
      const [trunk] = await session.query<{ settings: TrunkSettings }>(LOCK, [id]);
      if (trunk === undefined) return { kind: 'closed', code: 'TRUNK_NOT_FOUND' };
      if (!trunk.settings.enabled) return { kind: 'closed', code: 'TRUNK_DISABLED' };
      const [row] = await session.query<FactsRow>(READ_FACTS, [id, asking.node ?? null]);
      if (row === undefined) return { kind: 'idle' };
      const move = moveOf(trunk.settings, row, asking);
      return await this.#apply(session, id, { move, row, settings: trunk.settings });
    });
  }

  async #apply(
    session: Session,
    id: TrunkId,
    given: {
      readonly move: TurnMove;
      readonly row: FactsRow;
      readonly settings: TrunkSettings;
    },
  ): Promise<Decision> {
    const { move, row, settings } = given;
    if (move.kind === 'forfeit') {
      await session.query(FORFEIT, [id, move.retryInMs]);
      return { kind: 'wait', reason: 'callsPerSecond', retryInMs: move.retryInMs };
    }
    const { head_id: callId, head_epoch: epoch } = row;
    if (move.kind !== 'go' || callId === null || epoch === null) {
      return move.kind === 'go' ? { kind: 'idle' } : move;
    }
    const turns = await session.query(GIVE_TURN, [callId, epoch, row.head_is_queued]);
    // It has ended or was taken off meanwhile: the next one may be asked for at once.
    if (turns.length === 0) return { kind: 'wait', reason: 'callsPerSecond', retryInMs: 0 };
    if (settings.maxCallsPerSecond !== null) await session.query(NOTE_TURN, [id, callId]);
    return { kind: 'go', callId, epoch };
  }

  async #endQueued(id: TrunkId, code: ErrorCode): Promise<number> {
    const { database, changes } = this.parts;
    for (let count = 0; count < ENDED_AT_ONCE; count++) {
      const isEnded = await database.transaction(async (session) => {
        const [row] = await session.query<{ id: CallId }>(TAKE_QUEUED, [id]);
        const call = row === undefined ? null : await lockCall(session, row.id);
        if (call === null) return false;
        const ending = endingOf(call, 'failed', verdictOf('failed', code));
        return (await changes.write(session, ending)) !== null;
      });
      if (!isEnded) return count;
    }
    return ENDED_AT_ONCE;
  }
}

function moveOf(settings: TrunkSettings, row: FactsRow, { callId }: Asking): TurnMove {
  const { head_id: headId, head_is_queued: isQueued } = row;
  return nextTurn({
    spacingMs: spacingMsOf(settings.maxCallsPerSecond),
    maxChannels: settings.maxChannels,
    opensInMs: row.opens_in_ms,
    turn: row.turn,
    channelsInUse: row.channels,
    head:
      headId === null
        ? null
        : {
            hasChannel: row.head_channel === true,
            isAsking: callId === undefined ? isQueued : headId === callId,
          },
  });
}
