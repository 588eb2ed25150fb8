import { CALL_DEADLINES, callLifecycle, catalogEntry, verdictOf } from '#domain';
import type { AbandonedCall, CallId, CallRecord, CallSweeper, CommandFault } from '#domain';
import type { ChangeWriter } from './change-writer.ts';
import type { Database, Session, Statement } from './database.ts';
import { TAKEOVER_WAIT_MS } from './lease.ts';
import { lockCall } from './locked-call.ts';
import { abandonmentOf, endingOf } from './ownerless-change.ts';

/** A queued call is a live one without a node. Those with a trunk are looked for by their trunks. */
const FIND_QUEUED: Statement = {
  name: 'find-queued',
  text: `
  SELECT id, epoch FROM calls
  WHERE node IS NULL AND ended_at IS NULL AND trunk_id IS NULL
    AND state_since <= clock_timestamp() - $1 * interval '1 ms'
  ORDER BY state_since LIMIT $2`,
};

const TAKE_EXPIRED: Statement = {
  name: 'take-expired',
  text: `
  SELECT c.id FROM calls c
  WHERE c.node IS NULL AND c.ended_at IS NULL
    AND c.state_since <= clock_timestamp() - $1 * interval '1 ms'
  ORDER BY c.state_since LIMIT 1 FOR UPDATE OF c SKIP LOCKED`,
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

  async findQueued(
    olderThanMs: number,
    limit: number,
  ): Promise<readonly { id: CallId; epoch: number }[]> {
    return await this.database.query(FIND_QUEUED, [olderThanMs, limit]);
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
