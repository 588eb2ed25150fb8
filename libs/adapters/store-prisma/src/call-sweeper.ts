import { CALL_DEADLINES, callLifecycle, catalogEntry, verdictOf } from '#domain';
import type {
  AbandonedCall,
  CallId,
  CallRecord,
  CallSweeper,
  CommandFault,
  DialJob,
  TrunkId,
} from '#domain';
import type { ChangeWriter } from './change-writer.ts';
import type { Database, Session, Statement } from './database.ts';
import { TAKEOVER_WAIT_MS } from './lease.ts';
import { lockCall } from './locked-call.ts';
import { abandonmentOf, endingOf } from './ownerless-change.ts';

/** A call that has lost its node comes before all others, whatever its priority. */
const JOB = 'id, epoch, CASE WHEN failovers = 0 THEN priority END AS priority, trunk_id';

/** A queued call is a live one without a node. Those with a trunk are looked for by their trunks. */
const FIND_QUEUED: Statement = {
  name: 'find-queued',
  text: `
  SELECT ${JOB} FROM calls
  WHERE node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL AND trunk_id IS NULL
    AND state_since <= clock_timestamp() - $1 * interval '1 ms'
  ORDER BY state_since LIMIT $2`,
};

/** Its time in the queue begins now. */
const TAKE_DUE: Statement = {
  name: 'take-due',
  text: `
  UPDATE calls SET next_dial_at = NULL, state_since = clock_timestamp()
  WHERE id IN (
    SELECT id FROM calls
    WHERE node IS NULL AND ended_at IS NULL AND next_dial_at <= clock_timestamp()
    ORDER BY next_dial_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  RETURNING ${JOB}`,
};

const TAKE_EXPIRED: Statement = {
  name: 'take-expired',
  text: `
  SELECT id FROM calls
  WHERE node IS NULL AND ended_at IS NULL AND next_dial_at IS NULL
    AND state_since <= clock_timestamp() - $1 * interval '1 ms'
  ORDER BY state_since LIMIT 1 FOR UPDATE SKIP LOCKED`,
};

const TAKE_ABANDONED: Statement = {
  name: 'take-abandoned',
  text: `
  SELECT c.id FROM calls c
  WHERE c.node IS NOT NULL AND c.lease_until < clock_timestamp() - ${TAKEOVER_WAIT_MS} * interval '1 ms'
  ORDER BY c.lease_until LIMIT 1 FOR UPDATE OF c SKIP LOCKED`,
};

const EXPIRE_COMMANDS: Statement = {
  name: 'expire-commands',
  text: `
  UPDATE commands SET state = 'refused', payload = NULL, completed_at = clock_timestamp(), fault = $1::jsonb
  WHERE state = 'pending' AND deadline <= clock_timestamp() AND completed_at IS NULL
  RETURNING id`,
};

const EXPIRED = JSON.stringify({
  code: 'COMMAND_EXPIRED',
  detail: catalogEntry('COMMAND_EXPIRED').summary,
} satisfies CommandFault);

interface JobRow {
  readonly id: CallId;
  readonly epoch: number;
  readonly priority: number | null;
  readonly trunk_id: TrunkId | null;
}

const jobOf = ({ id: callId, epoch, priority, trunk_id: trunkId }: JobRow): DialJob => ({
  callId,
  epoch,
  ...(priority === null ? {} : { priority }),
  ...(trunkId === null ? {} : { trunkId }),
});

/** How many calls one sweep ends for waiting too long; the next sweep ends more. */
const EXPIRED_AT_ONCE = 100;

/** The same for all calls: it does not depend on their limits. */
const QUEUE_DEADLINE_MS = CALL_DEADLINES.queued({ ringMs: 0, maxMs: 0 });

/** Finds the calls that nobody looks after. Any number of processes may sweep at once. */
export class PrismaCallSweeper implements CallSweeper {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeWriter,
  ) {}

  async findQueued(olderThanMs: number, limit: number): Promise<readonly DialJob[]> {
    return (await this.database.query<JobRow>(FIND_QUEUED, [olderThanMs, limit])).map(jobOf);
  }

  async takeDue(limit: number): Promise<readonly DialJob[]> {
    return (await this.database.query<JobRow>(TAKE_DUE, [limit])).map(jobOf);
  }

  async takeAbandoned(limit: number): Promise<readonly AbandonedCall[]> {
    const taken: AbandonedCall[] = [];
    while (taken.length < limit) {
      const call = await this.database.transaction((session) => this.#takeOne(session));
      if (call === null) break;
      taken.push(call);
    }
    return taken;
  }

  async #takeOne(session: Session): Promise<AbandonedCall | null> {
    const before = await lockedBy(session, TAKE_ABANDONED, []);
    if (before === null) return null;
    const after = await this.changes.write(session, abandonmentOf(before));
    if (after === null) return null;
    const state = callLifecycle.isTerminal(after.state) ? 'ended' : 'queued';
    return { id: after.id, epoch: after.epoch, state, orphan: before.leg };
  }

  async expireCommands(): Promise<number> {
    return (await this.database.query(EXPIRE_COMMANDS, [EXPIRED])).length;
  }

  async expireQueued(): Promise<number> {
    let count = 0;
    while (count < EXPIRED_AT_ONCE) {
      const isExpired = await this.database.transaction((session) => this.#expireOne(session));
      if (!isExpired) break;
      count++;
    }
    return count;
  }

  async #expireOne(session: Session): Promise<boolean> {
    const call = await lockedBy(session, TAKE_EXPIRED, [QUEUE_DEADLINE_MS]);
    if (call === null) return false;
    const verdict = verdictOf('failed', 'QUEUE_EXPIRED');
    const change = endingOf(call, 'deadlinePassed', verdict);
    return (await this.changes.write(session, change)) !== null;
  }
}

/** The call that a statement has locked, or null. */
async function lockedBy(
  session: Session,
  statement: Statement,
  values: readonly unknown[],
): Promise<CallRecord | null> {
  const [row] = await session.query<{ id: CallId }>(statement, values);
  return row === undefined ? null : await lockCall(session, row.id);
}
