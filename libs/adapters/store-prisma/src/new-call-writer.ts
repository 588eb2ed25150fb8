import type { CallRecord, CallState, IdFactory, NewCall, NewOutput, OutputState } from '#domain';
import { invariant } from '#foundation';
import type { Session, Statement } from './database.ts';
import type { SealedSecrets } from './sealed-secrets.ts';
import { maskKey, targetHash } from './stream-target.ts';

const FIRST_CALL_STATE: CallState = 'queued';
const FIRST_OUTPUT_STATE: OutputState = 'idle';

/*
 * Outputs are stored in the order of their hashes: two calls for the same targets in another order would
 * else wait for each other.
 */
const INSERT_CALL: Statement = {
  name: 'insert-call',
  text: `
  WITH stored AS (
    INSERT INTO calls (id, call_id, app_key, state, spec, metadata, sip_password, dtmf, event_seq)
    VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $16, 1)
    RETURNING id, call_id, app_key, epoch, created_at
  ), targets AS (
    INSERT INTO outputs
      (id, call_id, place, url, target_hash, stream_key, url_credentials, masked_key, backup_of, backup_mode,
      retry, state)
    SELECT t.id, s.id, t.place - 1, t.url, t.target_hash, t.stream_key, t.url_credentials, t.masked_key,
      t.backup_of, t.backup_mode, t.retry, $14
    FROM stored s, unnest(
      $8::text[], $9::text[], $10::bytea[], $11::bytea[], $12::bytea[], $13::text[],
      $17::text[], $18::text[], $19::jsonb[]
    ) WITH ORDINALITY AS t(id, url, target_hash, stream_key, url_credentials, masked_key, backup_of, backup_mode,
      retry, place)
    ORDER BY t.target_hash
  ), told AS (
    INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
    SELECT $15, id, app_key, 1, epoch, 'call.queued', jsonb_build_object('callId', call_id) FROM stored
  )
  SELECT created_at FROM stored`,
};

/** Stores new calls with their outputs and `call.queued` in one statement. */
export class NewCallWriter {
  constructor(
    private readonly ids: IdFactory,
    private readonly secrets: SealedSecrets,
    private readonly targetHashKey: Buffer,
  ) {}

  async write(session: Session, call: NewCall): Promise<CallRecord> {
    const [row] = await session.query<{ created_at: Date }>(INSERT_CALL, [
      call.id,
      call.callId,
      call.appKey,
      FIRST_CALL_STATE,
      JSON.stringify(call.spec),
      JSON.stringify(call.metadata),
      this.secrets.sealSipPassword(call.id, call.sipPassword),
      ...this.#outputColumns(call.outputs),
      FIRST_OUTPUT_STATE,
      this.ids.eventId(),
      this.secrets.sealDtmf(call.id, call.dtmf),
      ...planColumns(call.outputs),
    ]);
    invariant(row, 'a stored call has a time');
    return newRecord(call, row.created_at);
  }

  #outputColumns(outputs: readonly NewOutput[]): unknown[] {
    return [
      outputs.map((output) => output.id),
      outputs.map((output) => output.url),
      outputs.map((output) => targetHash(this.targetHashKey, output.url, output.streamKey)),
      outputs.map((output) => this.secrets.sealStreamKey(output.id, output.streamKey)),
      outputs.map((output) => this.secrets.sealUrlCredentials(output.id, output.urlCredentials)),
      outputs.map((output) => maskKey(output.streamKey)),
    ];
  }
}

const planColumns = (outputs: readonly NewOutput[]): unknown[] => [
  outputs.map(({ backup }) => backup?.of ?? null),
  outputs.map(({ backup }) => backup?.mode ?? null),
  outputs.map(({ retry }) => (retry === undefined ? null : JSON.stringify(retry))),
];

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
  outputs: call.outputs.map((output) => ({
    id: output.id,
    url: output.url,
    maskedKey: maskKey(output.streamKey),
    backup: output.backup ?? null,
    retry: output.retry ?? null,
    state: FIRST_OUTPUT_STATE,
    attempts: 0,
    nextRetryAt: null,
    publishedAt: null,
    fault: null,
  })),
  verdict: null,
  sipStatus: 0,
  mediaPath: null,
  leg: null,
  failovers: 0,
  stopRequestedAt: null,
  createdAt,
  answeredAt: null,
  endedAt: null,
});
