import { Fault, USUAL_DEADLINE_SECONDS } from '#domain';
import type {
  CallId,
  CommandFault,
  CommandId,
  CommandMark,
  CommandOrder,
  CommandRecord,
  CommandReport,
  CommandType,
  NodeId,
  OutputId,
} from '#domain';
import type { Session, Statement } from './database.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

/** Most commands of one call that wait for their answer. */
const MAX_WAITING = 16;

/** Under the lock of the call, so that commands are as old as their position. */
const INSERT: Statement = {
  name: 'insert-command',
  text: `
  INSERT INTO commands (id, call_id, type, requested_by, payload, output_id, target_node, deadline, state, completed_at)
  SELECT $2, $1, $3, $4, $5, $6, $7, clock_timestamp() + $8::bigint * interval '1 ms', $9,
    CASE WHEN $9 = 'done' THEN clock_timestamp() END`,
};

const COUNT_WAITING: Statement = {
  name: 'count-waiting-commands',
  text: 'SELECT count(*)::int AS count FROM commands WHERE call_id = $1 AND completed_at IS NULL',
};

/** Whether the call has as many commands that wait as it may have. */
export async function isBusy(session: Session, id: CallId): Promise<boolean> {
  const [row] = await session.query<{ count: number }>(COUNT_WAITING, [id]);
  return (row?.count ?? 0) >= MAX_WAITING;
}

/** A command as it is written down. */
export interface CommandRow extends CommandMark {
  readonly callId: CallId;
  readonly type: CommandType;
  /** Null for none. Default: the usual one. */
  readonly deadlineMs?: number | null;
  readonly payload?: Buffer | null;
  readonly outputId?: OutputId | undefined;
  readonly targetNode?: NodeId;
  /** Default: it waits. */
  readonly isDone?: boolean;
}

/** Stores a command, under the lock of its call. */
export async function insertCommand(session: Session, row: CommandRow): Promise<void> {
  const { deadlineMs = USUAL_DEADLINE_SECONDS * 1_000, payload, outputId, targetNode } = row;
  await session.query(INSERT, [
    row.callId,
    row.id,
    row.type,
    row.requestedBy,
    payload ?? null,
    outputId ?? null,
    targetNode ?? null,
    deadlineMs,
    row.isDone === true ? 'done' : 'pending',
  ]);
}

/** A command as a node reads it. */
export interface PendingRow {
  readonly id: CommandId;
  readonly call_id: CallId;
  readonly app_key: string;
  readonly type: CommandType;
  readonly payload: Buffer | null;
  readonly output_id: OutputId | null;
  readonly target_node: NodeId | null;
  readonly left_ms: number | null;
}

/** Columns of a PendingRow, from `commands m` and `calls c`. */
export const PENDING_COLUMNS = `
  m.id, m.call_id, c.app_key, m.type, m.payload, m.output_id, m.target_node,
  (extract(epoch FROM m.deadline - clock_timestamp()) * 1000)::float8 AS left_ms`;

/** The command of a row; undefined where it cannot be opened, which must not keep the others from being carried out. */
export function commandRecordOf(
  row: PendingRow,
  secrets: SealedSecrets,
): CommandRecord | undefined {
  const { id, call_id: callId, left_ms: leftMs, output_id: outputId } = row;
  const { type } = row;
  if (type === 'addOutput' || type === 'removeOutput' || type === 'retryOutput') {
    return outputId === null ? undefined : { id, callId, leftMs, type, outputId };
  }
  if (type === 'hangUp') return { id, callId, leftMs, type };
  const order = orderOf({ ...row, type }, secrets);
  return order && { id, callId, leftMs, ...order };
}

function orderOf(
  row: PendingRow & { readonly type: CommandOrder['type'] },
  secrets: SealedSecrets,
): CommandOrder | undefined {
  const { id, type, payload, target_node: node } = row;
  if (type === 'transfer') return node === null ? undefined : { type, node };
  if (type !== 'dtmf') return { type };
  try {
    const place = { tenant: row.app_key, rowId: id };
    return payload === null ? undefined : { type, order: secrets.openOrder(place, payload) };
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** A command as the API reads it. */
export interface ReportRow {
  readonly id: CommandId;
  readonly call_id: CallId;
  readonly type: CommandType;
  readonly state: CommandReport['state'];
  readonly fault: CommandFault | null;
  readonly requested_by: string | null;
  readonly created_at: Date;
  readonly deadline: Date | null;
  readonly completed_at: Date | null;
  readonly position: string;
}

/** Columns of a ReportRow. */
export const REPORT_COLUMNS =
  'id, call_id, type, state, fault, requested_by, created_at, deadline, completed_at, position';

/** What is told of a command. */
export const commandReportOf = (row: ReportRow): CommandReport => ({
  id: row.id,
  callId: row.call_id,
  type: row.type,
  state: row.state,
  fault: row.fault,
  requestedBy: row.requested_by,
  createdAt: row.created_at,
  deadline: row.deadline,
  completedAt: row.completed_at,
});
