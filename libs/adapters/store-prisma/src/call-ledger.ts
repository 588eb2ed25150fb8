import { callLifecycle, needsNode } from '#domain';
import type {
  CallChange,
  CallId,
  CallLedger,
  ClaimedCall,
  CommandFault,
  CommandId,
  CommandRecord,
  PreferredCall,
  NewEvent,
  NodeId,
  OpenedOutput,
  OutputId,
  OutputRecord,
} from '#domain';
import { CALL_COLUMNS, OUTPUT_JSON, outputRecordOf } from './call-row.ts';
import type { CallRow, OutputRow } from './call-row.ts';
import type { ChangeWriter } from './change-writer.ts';
import { PENDING_COLUMNS, commandRecordOf } from './command-rows.ts';
import type { PendingRow } from './command-rows.ts';
import type { Database, Statement } from './database.ts';
import { factId, isTold } from './fact-id.ts';
import { LEASE_MS } from './lease.ts';
import { lockCall } from './locked-call.ts';
import { closeOutputs } from './output-steps.ts';
import { HAS_FRESH_TURN } from './trunk-gate.ts';
import type { SealedCall, SealedOutput, SealedSecrets } from './sealed-secrets.ts';

/** With a trunk only while it has the turn. */
const FIND_CLAIMABLE: Statement = {
  name: 'find-claimable',
  text: `
  SELECT ${CALL_COLUMNS}, c.sip_password, c.dtmf FROM calls c
  WHERE c.id = $1 AND c.epoch = $2 AND c.node IS NULL AND c.ended_at IS NULL
    AND (c.next_dial_at IS NULL OR c.next_dial_at <= clock_timestamp())
    AND (c.preferred_node IS NULL OR c.preferred_node = $3 OR c.preferred_until <= clock_timestamp())
    AND (c.trunk_id IS NULL OR ${HAS_FRESH_TURN})`,
};

const SEALED_OUTPUTS: Statement = {
  name: 'sealed-outputs',
  text: 'SELECT id, stream_key, url_credentials FROM outputs WHERE call_id = $1',
};

const OPEN_OUTPUTS: Statement = {
  name: 'open-outputs',
  text: `
  SELECT ${OUTPUT_JSON} AS output, o.id, o.stream_key, o.url_credentials, c.app_key
  FROM outputs o JOIN calls c ON c.id = o.call_id
  WHERE o.id = $1 OR (o.backup_of = $1 AND o.call_id = (SELECT call_id FROM outputs WHERE id = $1))
  ORDER BY o.place`,
};

/** A lease that has run out is not renewed: another node may be about to take it. */
const RENEW: Statement = {
  name: 'renew',
  text: `
  UPDATE calls SET lease_until = clock_timestamp() + ${LEASE_MS} * interval '1 ms'
  WHERE node = $1 AND ended_at IS NULL AND lease_until > clock_timestamp()
    AND ($2::text[] IS NULL OR id = ANY($2))
  RETURNING id`,
};

const PENDING_COMMANDS: Statement = {
  name: 'pending-commands',
  text: `
  SELECT ${PENDING_COLUMNS} FROM commands m JOIN calls c ON c.id = m.call_id
  WHERE m.state = 'pending' AND m.completed_at IS NULL AND c.node = $1
    AND (m.deadline IS NULL OR m.deadline > clock_timestamp())
  ORDER BY m.position`,
};

/** Waits for whoever is about to take the call away from its node, and then does not fit any more. */
const BEGIN_COMMAND: Statement = {
  name: 'begin-command',
  text: `
  UPDATE commands SET state = 'running', payload = NULL
  WHERE id = $1 AND state = 'pending' AND (deadline IS NULL OR deadline > clock_timestamp())
    AND call_id IN (SELECT id FROM calls WHERE node = $2 FOR SHARE)
  RETURNING id`,
};

const PREFERRED_CALLS: Statement = {
  name: 'preferred-calls',
  text: `
  SELECT id, epoch, trunk_id AS "trunkId" FROM calls
  WHERE preferred_node = $1 AND node IS NULL AND ended_at IS NULL LIMIT 100`,
};

/** The first answer stays. */
const COMPLETE_COMMAND: Statement = {
  name: 'complete-command',
  text: `
  UPDATE commands
  SET state = $2, fault = $3::jsonb, payload = NULL, completed_at = clock_timestamp()
  WHERE id = $1 AND completed_at IS NULL`,
};

/** $1 call, $2 id of the event, $3 type, $4 data. The step that is written next numbers its events behind it. */
const ADD_FACT: Statement = {
  name: 'add-fact',
  text: `
  WITH counted AS (
    UPDATE calls SET event_seq = event_seq + 1
    WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM events WHERE id = $2)
    RETURNING id, app_key, event_seq, epoch
  )
  INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
  SELECT $2, id, app_key, event_seq, epoch, $3, $4::jsonb FROM counted
  RETURNING id`,
};

const VERSION_OF: Statement = {
  name: 'version-of',
  text: 'SELECT version FROM calls WHERE id = $1 AND epoch = $2',
};

/** Its outputs may be changed while a call is claimed, which then is looked at again. */
const CLAIM_ATTEMPTS = 3;

type ClaimableRow = CallRow & SealedCall;
type OpenableRow = SealedOutput & { readonly app_key: string; readonly output: OutputRow };

/** What the joined parts of the ledger are. */
interface LedgerParts {
  readonly database: Database;
  readonly changes: ChangeWriter;
  readonly secrets: SealedSecrets;
}

/** Calls as the nodes that run them see them. */
export class PrismaCallLedger implements CallLedger {
  constructor(private readonly parts: LedgerParts) {}

  async claim(id: CallId, epoch: number, node: NodeId): Promise<ClaimedCall | null> {
    for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
      const [row] = await this.parts.database.query<ClaimableRow>(FIND_CLAIMABLE, [
        id,
        epoch,
        node,
      ]);
      if (row === undefined) return null;
      const call = await this.#tryClaim(row, node);
      if (call !== null) return call;
    }
    return null;
  }

  async #tryClaim(row: ClaimableRow, node: NodeId): Promise<ClaimedCall | null> {
    const { database, changes, secrets } = this.parts;
    const { id, epoch } = row;
    const step = callLifecycle.step(row.state, 'nodeClaimed');
    if (step.kind !== 'moved') return null;
    // Opened first: a node with another key must not take what it cannot run.
    const sealed = await database.query<SealedOutput>(SEALED_OUTPUTS, [id]);
    const opened = secrets.openAll({ tenant: row.app_key, rowId: id }, row, sealed);
    const record = await changes.write(database, {
      callId: id,
      epoch,
      version: row.version,
      transitions: [{ machine: 'call', from: step.from, to: step.to, event: 'nodeClaimed' }],
      call: { state: step.to, preferredNode: null },
      outputs: new Map(),
      events: [{ type: 'call.claimed', data: { node } }],
      owner: { node, isFailover: false },
    });
    return record === null ? null : { record, secrets: opened };
  }

  async openOutputs(id: OutputId): Promise<readonly OpenedOutput[]> {
    const { database, secrets } = this.parts;
    const rows = await database.query<OpenableRow>(OPEN_OUTPUTS, [id]);
    return rows.map((row) => ({
      record: outputRecordOf(row.output),
      ...secrets.openOutput(row.app_key, row),
    }));
  }

  async versionOf(id: CallId, epoch: number): Promise<number | null> {
    const { database } = this.parts;
    const [row] = await database.query<{ version: number }>(VERSION_OF, [id, epoch]);
    return row?.version ?? null;
  }

  async renew(node: NodeId, held?: ReadonlySet<CallId>): Promise<ReadonlySet<CallId>> {
    const values = [node, held === undefined ? null : [...held]];
    const rows = await this.parts.database.leases.query<{ id: CallId }>(RENEW, values);
    return new Set(rows.map((row) => row.id));
  }

  async commit(change: CallChange): Promise<boolean> {
    const { database, changes } = this.parts;
    const { state } = change.call;
    const isEnd = state !== undefined && callLifecycle.isTerminal(state);
    if (!isEnd) return await this.#commitStep(change);
    return await database.transaction(async (session) => {
      const call = await lockCall(session, change.callId);
      const isOurs = call?.epoch === change.epoch && call.version === change.version;
      if (call === null || !isOurs) return false;
      return (await changes.write(session, withOutputsClosed(change, call.outputs))) !== null;
    });
  }

  /** A step out of this node is more than one statement. */
  async #commitStep(change: CallChange): Promise<boolean> {
    const { database, changes } = this.parts;
    const { state } = change.call;
    const isLeaving = state !== undefined && !needsNode(state);
    if (!isLeaving) return (await changes.write(database, change)) !== null;
    return await database.transaction(
      async (session) => (await changes.write(session, change)) !== null,
    );
  }

  async addFact(id: CallId, key: string, event: NewEvent): Promise<boolean> {
    const values = [id, factId(id, key), event.type, JSON.stringify(event.data)];
    try {
      return (await this.parts.database.query(ADD_FACT, values)).length > 0;
    } catch (error) {
      // Somebody told the same at the same time, and was first.
      if (isTold(error)) return false;
      throw error;
    }
  }

  async pendingCommands(node: NodeId): Promise<readonly CommandRecord[]> {
    const { database, secrets } = this.parts;
    const rows = await database.query<PendingRow>(PENDING_COMMANDS, [node]);
    return rows.flatMap((row) => commandRecordOf(row, secrets) ?? []);
  }

  async preferredCalls(node: NodeId): Promise<readonly PreferredCall[]> {
    return await this.parts.database.query(PREFERRED_CALLS, [node]);
  }

  async beginCommand(id: CommandId, node: NodeId): Promise<boolean> {
    return (await this.parts.database.query(BEGIN_COMMAND, [id, node])).length > 0;
  }

  async completeCommand(
    id: CommandId,
    result: 'done' | 'refused',
    fault?: CommandFault,
  ): Promise<void> {
    const told = fault === undefined ? null : JSON.stringify(fault);
    await this.parts.database.query(COMPLETE_COMMAND, [id, result, told]);
  }
}

/** An end that forgot an output, perhaps one that was added just now, would hold its target for ever. */
function withOutputsClosed(change: CallChange, outputs: readonly OutputRecord[]): CallChange {
  const open = outputs.map((output): OutputRecord => {
    const state = change.outputs.get(output.id)?.state ?? output.state;
    return { ...output, state };
  });
  const closing = closeOutputs(open);
  const patches = new Map(change.outputs);
  for (const [id, patch] of closing.outputs) patches.set(id, { ...patches.get(id), ...patch });
  return {
    ...change,
    transitions: [...change.transitions, ...closing.transitions],
    outputs: patches,
    events: [...closing.events, ...change.events],
  };
}
