import type { Secret } from '#foundation';
import type { NewOutput, OutputRecord, OutputState } from '#domain';
import type { Statement } from './database.ts';
import type { SealedSecrets } from './sealed-secrets.ts';
import type { TargetKey } from './target-key.ts';
import { maskKey, targetHash } from './stream-target.ts';

/** The state that outputs are stored in. */
export const FIRST_OUTPUT_STATE: OutputState = 'idle';

/** The columns that `OutputRows.values` fills, in their order, and then `place`, from 1. */
export const OUTPUT_COLUMNS =
  'id, url, target_hash, stream_key, url_credentials, masked_key, backup_of, backup_mode, retry';
const TYPES = ['text', 'text', 'bytea', 'bytea', 'bytea', 'text', 'text', 'text', 'jsonb', 'int'];

/** Stands in a statement where the rows of its outputs come from. */
export const OUTPUT_ROWS = '{outputs}';

/**
 * Statements with so many rows of outputs, `t`, as are needed, in the place of OUTPUT_ROWS; their values are `$first` and those
 * that follow. Values one by one cost the server and us half of what lists of them do.
 */
export class OutputStatement {
  /** As many as a request has outputs at most. */
  readonly #byCount = new Map<number, Statement>();

  constructor(
    private readonly statement: Required<Statement>,
    private readonly first: number,
  ) {}

  of(count: number): Statement {
    const known = this.#byCount.get(count);
    if (known !== undefined) return known;
    const rows = Array.from({ length: count }, (_, row) => {
      const start = this.first + row * TYPES.length;
      return `(${TYPES.map((type, column) => `$${start + column}::${type}`).join(', ')})`;
    });
    const { name, text } = this.statement;
    const none = `SELECT ${TYPES.map((type) => `NULL::${type}`).join(', ')} WHERE false`;
    const some = `VALUES ${rows.join(', ')}`;
    const source = `(${count === 0 ? none : some}) AS t(${OUTPUT_COLUMNS}, place)`;
    const made = { name: `${name}-${count}`, text: text.replace(OUTPUT_ROWS, source) };
    this.#byCount.set(count, made);
    return made;
  }
}

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

  /**
   * The values of an `OutputStatement`, in the order of their hashes: two requests for the same targets in another order would
   * else wait for each other.
   */
  values(tenant: string, outputs: readonly NewOutput[]): unknown[] {
    return outputs
      .map((output, index) => ({ output, index, hash: this.#hashOf(output) }))
      .sort((one, other) => Buffer.compare(one.hash, other.hash))
      .flatMap(({ output, index, hash }) => {
        const row = { tenant, rowId: output.id };
        const { id, url, streamKey, backup, retry } = output;
        return [
          id,
          url,
          hash,
          this.secrets.sealStreamKey(row, streamKey),
          this.secrets.sealUrlCredentials(row, output.urlCredentials),
          maskKey(streamKey),
          backup?.of ?? null,
          backup?.mode ?? null,
          retry === undefined ? null : JSON.stringify(retry),
          index + 1,
        ];
      });
  }

  #hashOf({ url, streamKey }: NewOutput): Buffer {
    return this.targetHash(url, streamKey);
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
