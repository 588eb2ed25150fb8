import type {
  AirCodec,
  CallId,
  CallRecord,
  CallSpec,
  CallState,
  ErrorCode,
  HeldBy,
  LegIdentity,
  NodeId,
  OutputId,
  OutputRecord,
  OutputBackup,
  OutputState,
  RedialPolicy,
  RetryLimit,
  Verdict,
} from '#domain';

/** An output as OUTPUTS_OF_CALL gives it. Times are texts, because JSON has no others. */
export interface OutputRow {
  readonly id: OutputId;
  readonly url: string;
  readonly masked_key: string;
  readonly backup_of: OutputId | null;
  readonly backup_mode: OutputBackup['mode'] | null;
  readonly retry: RetryLimit | null;
  readonly state: OutputState;
  readonly attempts: number;
  readonly next_retry_at: string | null;
  readonly published_at: string | null;
  readonly audio_codec: AirCodec | null;
  readonly fault: { readonly code: ErrorCode; readonly detail: string } | null;
}

/** A call as CALL_COLUMNS gives it. */
export interface CallRow {
  readonly id: CallId;
  readonly call_id: string;
  readonly app_key: string;
  readonly state: CallState;
  readonly version: number;
  readonly epoch: number;
  readonly node: NodeId | null;
  readonly spec: CallSpec;
  readonly metadata: Readonly<Record<string, string>>;
  readonly leg: LegIdentity | null;
  readonly muted: boolean;
  readonly held_by: HeldBy | null;
  readonly priority: number;
  readonly start_at: Date | null;
  readonly redial: RedialPolicy | null;
  readonly redials: number;
  readonly next_dial_at: Date | null;
  readonly failovers: number;
  readonly stop_requested_at: Date | null;
  readonly verdict: Verdict | null;
  readonly sip_status: number;
  readonly media_path: string | null;
  readonly created_at: Date;
  readonly answered_at: Date | null;
  readonly ended_at: Date | null;
  readonly outputs: readonly OutputRow[];
}

/** An output from `outputs o`, without its sealed columns. */
export const OUTPUT_JSON = `
  json_build_object(
    'id', o.id, 'url', o.url, 'masked_key', o.masked_key, 'backup_of', o.backup_of, 'backup_mode', o.backup_mode,
    'retry', o.retry, 'state', o.state, 'attempts', o.attempts,
    'next_retry_at', o.next_retry_at, 'published_at', o.published_at, 'audio_codec', o.audio_codec,
    'fault', o.fault
  )`;

const OUTPUTS_OF_CALL = `
  (SELECT coalesce(json_agg(${OUTPUT_JSON} ORDER BY o.place), '[]'::json)
   FROM outputs o WHERE o.call_id = c.id) AS outputs`;

/** What a record is made of, from `calls c`. Without the sealed columns: nobody reads them by chance. */
export const CALL_COLUMNS = `
  c.id, c.call_id, c.app_key, c.state, c.version, c.epoch, c.node, c.spec, c.metadata, c.leg, c.muted, c.held_by, c.failovers,
  c.priority, c.start_at, c.redial, c.redials, c.next_dial_at,
  c.stop_requested_at, c.verdict, c.sip_status, c.media_path, c.created_at, c.answered_at, c.ended_at,
  ${OUTPUTS_OF_CALL}`;

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

const backupOf = ({ backup_of: of, backup_mode: mode }: OutputRow): OutputBackup | null =>
  of === null || mode === null ? null : { of, mode };

/** The record of an output's row. */
export const outputRecordOf = (row: OutputRow): OutputRecord => ({
  id: row.id,
  url: row.url,
  maskedKey: row.masked_key,
  backup: backupOf(row),
  retry: row.retry,
  state: row.state,
  attempts: row.attempts,
  nextRetryAt: dateOf(row.next_retry_at),
  publishedAt: dateOf(row.published_at),
  audioCodec: row.audio_codec,
  fault: row.fault,
});

/** The record of a row. */
export const callRecordOf = (row: CallRow): CallRecord => ({
  id: row.id,
  callId: row.call_id,
  appKey: row.app_key,
  state: row.state,
  version: row.version,
  epoch: row.epoch,
  node: row.node,
  spec: row.spec,
  metadata: row.metadata,
  outputs: row.outputs.map(outputRecordOf),
  verdict: row.verdict,
  sipStatus: row.sip_status,
  mediaPath: row.media_path,
  leg: row.leg,
  muted: row.muted,
  heldBy: row.held_by,
  priority: row.priority,
  startAt: row.start_at,
  redial: row.redial,
  redials: row.redials,
  nextDialAt: row.next_dial_at,
  failovers: row.failovers,
  stopRequestedAt: row.stop_requested_at,
  createdAt: row.created_at,
  answeredAt: row.answered_at,
  endedAt: row.ended_at,
});
