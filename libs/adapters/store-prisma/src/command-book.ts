import { COMMAND_RULES, callLifecycle, muteEvent, needsNode } from '#domain';
import type {
  CallId,
  CallRecord,
  CommandBook,
  CommandId,
  CommandOutcome,
  CommandReport,
  NewCommand,
  Page,
} from '#domain';
import type { ChangeWriter } from './change-writer.ts';
import { REPORT_COLUMNS, commandReportOf, insertCommand, isBusy } from './command-rows.ts';
import type { ReportRow } from './command-rows.ts';
import { pageOf, readPosition } from './cursors.ts';
import type { Database, Session, Statement } from './database.ts';
import { lockCall } from './locked-call.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

const FIND: Statement = {
  name: 'find-command',
  text: `SELECT ${REPORT_COLUMNS} FROM commands WHERE id = $1`,
};

const LIST: Statement = {
  name: 'list-commands',
  text: `
  SELECT ${REPORT_COLUMNS} FROM commands WHERE call_id = $1 AND ($2::bigint IS NULL OR position < $2)
  ORDER BY position DESC LIMIT $3`,
};

/** What the joined parts are. */
interface CommandBookParts {
  readonly database: Database;
  readonly changes: ChangeWriter;
  readonly secrets: SealedSecrets;
}

/** Commands as the API writes and reads them: written under the lock of their call. */
export class PrismaCommandBook implements CommandBook {
  constructor(private readonly parts: CommandBookParts) {}

  async request(id: CallId, command: NewCommand): Promise<CommandOutcome> {
    const { order } = command;
    const { secrets, database } = this.parts;
    return await database.transaction(async (session) => {
      const call = await lockCall(session, id);
      if (call === null) return 'notFound';
      if (callLifecycle.isTerminal(call.state)) return 'alreadyEnded';
      if (!COMMAND_RULES[order.type].fits(call.state)) return 'notAnswered';
      if (await isBusy(session, id)) return 'busy';
      const place = { tenant: call.appKey, rowId: command.id };
      const payload = order.type === 'dtmf' ? secrets.sealOrder(place, order.order) : null;
      const isDone = await this.#doInQueue(session, call, command);
      await insertCommand(session, {
        ...command,
        callId: id,
        type: order.type,
        payload,
        ...(order.type === 'transfer' ? { targetNode: order.node } : {}),
        isDone,
      });
      return isDone ? 'done' : 'asked';
    });
  }

  /** A call that waits has no owner to ask. Its version grows, so that a claim under way looks again. */
  async #doInQueue(session: Session, call: CallRecord, { order }: NewCommand): Promise<boolean> {
    const isMute = order.type === 'mute' || order.type === 'unmute';
    if (!isMute || needsNode(call.state)) return false;
    const muted = order.type === 'mute';
    const type = muteEvent(muted, call);
    if (type === undefined) return true;
    await this.parts.changes.write(session, {
      callId: call.id,
      epoch: call.epoch,
      version: call.version,
      transitions: [],
      call: { muted },
      outputs: new Map(),
      events: [{ type, data: {} }],
    });
    return true;
  }

  async find(id: CommandId): Promise<CommandReport | null> {
    const [row] = await this.parts.database.query<ReportRow>(FIND, [id]);
    return row === undefined ? null : commandReportOf(row);
  }

  async list(id: CallId, cursor: string | undefined, limit: number): Promise<Page<CommandReport>> {
    const values = [id, cursor === undefined ? null : readPosition(cursor), limit + 1];
    const rows = await this.parts.database.query<ReportRow>(LIST, values);
    const { items, nextCursor } = pageOf(rows, limit, (last) => last.position);
    return { items: items.map(commandReportOf), nextCursor };
  }
}
