import { LIVE_CALL_STATES } from '#domain';
import type { CallRecord, CallState, IdFactory, NewCall } from '#domain';
import type { Session, Statement } from './database.ts';
import {
  FIRST_OUTPUT_STATE,
  OUTPUT_COLUMNS,
  OUTPUT_ROWS,
  OutputStatement,
  newOutputRecord,
} from './output-rows.ts';
import type { OutputRows } from './output-rows.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

const FIRST_CALL_STATE: CallState = 'queued';

/** The value of the column app_key: $3, once the app with the limits $11 may place one more call. One that is stored has passed. */
const ADMITTED_APP = `
      CASE WHEN $11::jsonb IS NULL OR EXISTS (SELECT FROM calls WHERE id = $1) THEN $3
      ELSE admit_call($3, $11::jsonb) END`;

const INSERT_CALL: Required<Statement> = {
  name: 'insert-call',
  text: `
  WITH stored AS (
    INSERT INTO calls (id, call_id, app_key, state, spec, metadata, sip_password, dtmf, event_seq, trunk_id,
      priority, start_at, next_dial_at, redial)
    VALUES ($1, $2, ${ADMITTED_APP}, $4, $5::jsonb, $6::jsonb, $7, $8, 1, $5::jsonb->'trunk'->>'id',
      $13, $14, $14, $15::jsonb)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, call_id, app_key, epoch, created_at
  ), targets AS (
    INSERT INTO outputs (${OUTPUT_COLUMNS}, call_id, place, state)
    SELECT ${OUTPUT_COLUMNS.replace('id,', 't.id,')}, s.id, t.place - 1, $9
    FROM stored s, ${OUTPUT_ROWS}
  ), told AS (
    INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
    SELECT $10, id, app_key, 1, epoch, 'call.queued', $12::jsonb FROM stored
  )
  SELECT created_at FROM stored`,
};

/** Where the values of the outputs begin in INSERT_CALL. */
const FIRST_OF_OUTPUTS = 16;

/** Stores new calls with their outputs and `call.queued` in one statement. */
export class NewCallWriter {
  readonly #insert = new OutputStatement(INSERT_CALL, FIRST_OF_OUTPUTS);

  constructor(
    private readonly ids: IdFactory,
    private readonly secrets: SealedSecrets,
    private readonly rows: OutputRows,
  ) {}

  /** @returns The call; null when there is one of that id, which an earlier attempt has stored. */
  async write(session: Session, call: NewCall): Promise<CallRecord | null> {
    const row = { tenant: call.appKey, rowId: call.id };
    const insert = this.#insert.of(call.outputs.length);
    const [stored] = await session.query<{ created_at: Date }>(insert, [
      call.id,
      call.callId,
      call.appKey,
      FIRST_CALL_STATE,
      JSON.stringify(call.spec),
      JSON.stringify(call.metadata),
      this.secrets.sealSipPassword(row, call.sipPassword),
      this.secrets.sealDtmf(row, call.dtmf),
      FIRST_OUTPUT_STATE,
      this.ids.eventId(),
      limitsOf(call),
      JSON.stringify(queuedFacts(call)),
      call.priority ?? 0,
      call.startAt ?? null,
      call.redial === undefined ? null : JSON.stringify(call.redial),
      ...this.rows.values(call.appKey, call.outputs),
    ]);
    return stored === undefined ? null : newRecord(call, stored.created_at);
  }
}

const limitsOf = ({ admission }: NewCall): string | null =>
  admission === undefined ? null : JSON.stringify({ ...admission, liveStates: LIVE_CALL_STATES });

/** What `call.queued` tells. */
const queuedFacts = ({ callId, startAt }: NewCall) => ({
  callId,
  ...(startAt === undefined ? {} : { startAt: startAt.toISOString() }),
});

const newRecord = (call: NewCall, createdAt: Date): CallRecord => ({
  id: call.id,
  callId: call.callId,
  appKey: call.appKey,
  state: FIRST_CALL_STATE,
  version: 0,
  epoch: 0,
  node: null,
  spec: call.spec,
  metadata: call.metadata,
  outputs: call.outputs.map(newOutputRecord),
  verdict: null,
  sipStatus: 0,
  mediaPath: null,
  leg: null,
  muted: false,
  heldBy: null,
  priority: call.priority ?? 0,
  startAt: call.startAt ?? null,
  redial: call.redial ?? null,
  redials: 0,
  nextDialAt: call.startAt ?? null,
  failovers: 0,
  stopRequestedAt: null,
  createdAt,
  answeredAt: null,
  endedAt: null,
});
