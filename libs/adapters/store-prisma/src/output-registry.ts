import { MAX_LIVE_OUTPUTS, callLifecycle, canBroadcast, isOutputLive, needsNode } from '#domain';
import type { Secret } from '#foundation';
import type {
  AddOutcome,
  CallId,
  CallRecord,
  CommandMark,
  IdFactory,
  NewEvent,
  NewOutput,
  OutputId,
  OutputRegistry,
  TargetHolder,
  RemoveOutcome,
  RetryOutcome,
} from '#domain';
import type { ChangeWriter } from './change-writer.ts';
import { insertCommand, isBusy } from './command-rows.ts';
import type { Database, Session, Statement } from './database.ts';
import { lockCall, readCall } from './locked-call.ts';
import { FIRST_OUTPUT_STATE, OUTPUT_COLUMNS, OUTPUT_ROWS, OutputStatement } from './output-rows.ts';
import type { OutputRows } from './output-rows.ts';
import { closeOutputs } from './output-steps.ts';

const INSERT_OUTPUTS = new OutputStatement(
  {
    name: 'insert-outputs',
    text: `
  INSERT INTO outputs (${OUTPUT_COLUMNS}, call_id, place, state)
  SELECT ${OUTPUT_COLUMNS}, $1, place + (SELECT coalesce(max(place), -1) FROM outputs WHERE call_id = $1), $2
  FROM ${OUTPUT_ROWS}`,
  },
  3,
);

/** Ended outputs that stay listed: outputs may come and go for days. */
const MAX_ENDED = 24;

const FORGET_ENDED: Statement = {
  name: 'forget-ended-outputs',
  text: `
  DELETE FROM outputs WHERE id IN (
    SELECT id FROM outputs WHERE call_id = $1 AND NOT holds_target ORDER BY place DESC OFFSET ${MAX_ENDED}
  )`,
};

/** Leaves the version alone: the owner's next change must still fit. */
const TELL: Statement = {
  name: 'tell-outputs',
  text: `
  WITH told AS (
    UPDATE calls SET event_seq = event_seq + jsonb_array_length($2::jsonb) WHERE id = $1 RETURNING *
  )
  INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
  SELECT e.id, c.id, c.app_key, c.event_seq - jsonb_array_length($2::jsonb) + e.ordinal, c.epoch, e.type, e.data
  FROM told c, ROWS FROM (
    jsonb_to_recordset($2::jsonb) AS (id text, type text, data jsonb)
  ) WITH ORDINALITY AS e(id, type, data, ordinal)
  ORDER BY e.ordinal`,
};

const HELD_TARGET: Statement = {
  name: 'held-target',
  text: `
  SELECT o.id, o.call_id, c.app_key FROM outputs o JOIN calls c ON c.id = o.call_id
  WHERE o.target_hash = $1 AND o.holds_target`,
};

const CALL_OF: Statement = {
  name: 'call-of-output',
  text: 'SELECT call_id FROM outputs WHERE id = $1',
};

const LEAVING: Statement = {
  name: 'leaving-outputs',
  text: `
  SELECT output_id FROM commands
  WHERE call_id = $1 AND type = 'removeOutput' AND completed_at IS NULL`,
};

/** What the joined parts are. */
interface OutputRegistryParts {
  readonly database: Database;
  readonly changes: ChangeWriter;
  readonly rows: OutputRows;
  readonly ids: IdFactory;
}

/** Outputs of calls that live, as the API changes them: always under the lock of their call. */
export class PrismaOutputRegistry implements OutputRegistry {
  constructor(private readonly parts: OutputRegistryParts) {}

  async addOutputs(
    id: CallId,
    command: CommandMark,
    outputs: readonly NewOutput[],
  ): Promise<AddOutcome> {
    return await this.parts.database.transaction(async (session) => {
      const call = await lockCall(session, id);
      const refusal = call === null ? 'notFound' : await refusalOf(session, call);
      if (call === null || refusal !== undefined) return refusal ?? 'notFound';
      const live = call.outputs.filter(({ state }) => isOutputLive(state)).length;
      if (live + outputs.length > MAX_LIVE_OUTPUTS) return 'tooMany';
      const values = this.parts.rows.values(call.appKey, outputs);
      await session.query(INSERT_OUTPUTS.of(outputs.length), [id, FIRST_OUTPUT_STATE, ...values]);
      await session.query(FORGET_ENDED, [id]);
      return await this.#tellAdded(session, call, command, outputs);
    });
  }

  async #tellAdded(
    session: Session,
    call: CallRecord,
    command: CommandMark,
    outputs: readonly NewOutput[],
  ): Promise<'added' | 'asked'> {
    const events = outputs.map(addedEvent);
    if (!needsNode(call.state)) {
      await this.#change(session, call, { outputs: new Map(), transitions: [], events });
      return 'added';
    }
    const numbered = events.map((event) => ({ id: this.parts.ids.eventId(), ...event }));
    await session.query(TELL, [call.id, JSON.stringify(numbered)]);
    // Without a deadline: the output is stored, and whoever takes the call opens it.
    const row = { ...command, callId: call.id, outputId: outputs[0]?.id };
    await insertCommand(session, { ...row, type: 'addOutput', deadlineMs: null });
    return 'asked';
  }

  async findHolder(url: string, streamKey: Secret): Promise<TargetHolder | null> {
    const { database, rows } = this.parts;
    const [held] = await database.query<{ id: OutputId; call_id: CallId; app_key: string }>(
      HELD_TARGET,
      [rows.targetHash(url, streamKey)],
    );
    if (held === undefined) return null;
    return { outputId: held.id, callId: held.call_id, appKey: held.app_key };
  }

  async findCallOf(id: OutputId): Promise<CallRecord | null> {
    const { database } = this.parts;
    const [row] = await database.query<{ call_id: CallId }>(CALL_OF, [id]);
    return row === undefined ? null : await readCall(database, row.call_id);
  }

  async removeOutput(id: CallId, command: CommandMark, outputId: OutputId): Promise<RemoveOutcome> {
    return await this.parts.database.transaction(async (session) => {
      const call = await lockCall(session, id);
      if (call === null) return 'notFound';
      const output = call.outputs.find((each) => each.id === outputId);
      if (output === undefined) return 'noOutput';
      if (!isOutputLive(output.state)) return 'over';
      const refusal = await refusalOf(session, call);
      if (refusal !== undefined) return refusal;
      const rows = await session.query<{ output_id: OutputId }>(LEAVING, [id]);
      const leaving = new Set([outputId, ...rows.map((row) => row.output_id)]);
      const [gone, staying] = parted(call, leaving);
      const isLast = !staying.some(({ state }) => isOutputLive(state));
      if (isLast && call.spec.mayBeOffAir !== true) return 'last';
      if (needsNode(call.state)) {
        const row = { ...command, callId: id, outputId };
        await insertCommand(session, { ...row, type: 'removeOutput' });
        return 'asked';
      }
      await this.#change(session, call, closeOutputs(gone));
      return 'removed';
    });
  }

  async retryOutput(id: CallId, command: CommandMark, outputId: OutputId): Promise<RetryOutcome> {
    return await this.parts.database.transaction(async (session) => {
      const call = await lockCall(session, id);
      if (call === null) return 'notFound';
      const output = call.outputs.find((each) => each.id === outputId);
      if (output === undefined) return 'noOutput';
      const refusal = await refusalOf(session, call);
      if (refusal !== undefined) return refusal;
      if (!isOutputLive(output.state)) return 'over';
      if (output.state !== 'retrying') return 'notRetrying';
      await insertCommand(session, { ...command, callId: id, outputId, type: 'retryOutput' });
      return 'asked';
    });
  }

  /** A queued call has no owner: its version grows, so that a claim under way looks again. */
  async #change(
    session: Session,
    { id, epoch, version }: CallRecord,
    steps: ReturnType<typeof closeOutputs>,
  ): Promise<void> {
    await this.parts.changes.write(session, { callId: id, epoch, version, call: {}, ...steps });
  }
}

async function refusalOf(
  session: Session,
  { id, state }: CallRecord,
): Promise<'ending' | 'alreadyEnded' | 'busy' | undefined> {
  if (callLifecycle.isTerminal(state)) return 'alreadyEnded';
  if (!canBroadcast(state)) return 'ending';
  return (await isBusy(session, id)) ? 'busy' : undefined;
}

/** The outputs that go, with their backups, and those that stay. */
function parted(
  { outputs }: CallRecord,
  leaving: ReadonlySet<OutputId>,
): [CallRecord['outputs'], CallRecord['outputs']] {
  const goes = ({ id, backup }: CallRecord['outputs'][number]): boolean =>
    leaving.has(id) || (backup !== null && leaving.has(backup.of));
  return [outputs.filter(goes), outputs.filter((output) => !goes(output))];
}

const addedEvent = ({ id, url, backup }: NewOutput): NewEvent => ({
  type: 'output.added',
  data: {
    outputId: id,
    url,
    role: backup === undefined ? 'primary' : 'backup',
    backupOf: backup?.of ?? null,
  },
});
