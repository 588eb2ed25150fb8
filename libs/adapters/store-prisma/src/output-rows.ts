import type { Secret } from '#foundation';
import type { NewOutput, OutputRecord, OutputState } from '#domain';
import type { SealedSecrets } from './sealed-secrets.ts';
import type { TargetKey } from './target-key.ts';
import { maskKey, targetHash } from './stream-target.ts';

/** The state that outputs are stored in. */
export const FIRST_OUTPUT_STATE: OutputState = 'idle';

/** The columns that `OutputRows.columns` fills, in their order. */
export const OUTPUT_COLUMNS =
  'id, url, target_hash, stream_key, url_credentials, masked_key, backup_of, backup_mode, retry';
const TYPES = ['text', 'text', 'bytea', 'bytea', 'bytea', 'text', 'text', 'text', 'jsonb'];

/** The arguments of an `unnest` of those columns, from `$first` on. */
export const columnLists = (first: number): string =>
  TYPES.map((type, index) => `$${first + index}::${type}[]`).join(', ');

/** Makes rows of outputs, their secrets sealed. */
export class OutputRows {
  constructor(
    private readonly secrets: SealedSecrets,
    private readonly targetKey: TargetKey,
  ) {}

  /** What names the target in the store. */
  targetHash(url: string, streamKey: Secret): Buffer {
    return targetHash(this.targetKey.key, url, streamKey);
  }

  /** One list for each column, for `unnest`. */
  columns(tenant: string, outputs: readonly NewOutput[]): unknown[] {
    const rowOf = ({ id }: NewOutput) => ({ tenant, rowId: id });
    return [
      outputs.map((output) => output.id),
      outputs.map((output) => output.url),
      outputs.map((output) => this.targetHash(output.url, output.streamKey)),
      outputs.map((output) => this.secrets.sealStreamKey(rowOf(output), output.streamKey)),
      outputs.map((output) =>
        this.secrets.sealUrlCredentials(rowOf(output), output.urlCredentials),
      ),
      outputs.map((output) => maskKey(output.streamKey)),
      outputs.map(({ backup }) => backup?.of ?? null),
      outputs.map(({ backup }) => backup?.mode ?? null),
      outputs.map(({ retry }) => (retry === undefined ? null : JSON.stringify(retry))),
    ];
  }
}

/** The record of an output that has just been stored. */
export const newOutputRecord = (output: NewOutput): OutputRecord => ({
  id: output.id,
  url: output.url,
  maskedKey: maskKey(output.streamKey),
  backup: output.backup ?? null,
  retry: output.retry ?? null,
  state: FIRST_OUTPUT_STATE,
  attempts: 0,
  nextRetryAt: null,
  publishedAt: null,
  audioCodec: null,
  fault: null,
});
