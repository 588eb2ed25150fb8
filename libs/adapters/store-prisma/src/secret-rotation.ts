import { Fault } from '#domain';
import { Secret, systemRandom } from '#foundation';
import type { Logger } from '#foundation';
import { Database } from './database.ts';
import type { Statement } from './database.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SealedColumn } from './sealed-columns.ts';
import { SecretBox } from './secret-box.ts';
import { deriveKeys } from './store-keys.ts';

/** What a rotation works with. */
export interface RotationOptions {
  readonly databaseUrl: string;
  /** Everything is sealed with this one afterwards. */
  readonly secretKey: Secret;
  /** Open what they have sealed. */
  readonly otherSecretKeys: readonly Secret[];
  readonly logger: Logger;
}

/** What became of one column. */
export interface RotatedColumn {
  readonly table: string;
  readonly column: string;
  readonly resealed: number;
  /** Not sealed with the current key still: none of the keys opens it, or somebody sealed it with another just now. */
  readonly left: number;
}

/** Rows read at a time, and written side by side: each in a transaction of its own, so that no call waits for another. */
const BATCH = 100;

interface SealedRow {
  readonly id: string;
  readonly tenant: string | null;
  readonly sealed: Buffer;
}

/** The names come from SEALED_COLUMNS. $1 is the current prefix, $2 the row after which to go on. */
const nextRows = ({ table, column, rowId, tenant }: SealedColumn): Statement => ({
  text: `
  SELECT t.${rowId} AS id, ${tenant} AS tenant, t.${column} AS sealed FROM ${table} t
  WHERE t.${rowId} > $2 AND t.${column} IS NOT NULL
    AND substring(t.${column} FROM 1 FOR octet_length($1::bytea)) <> $1::bytea
  ORDER BY t.${rowId} LIMIT ${BATCH}`,
});

/** What has changed since it was read stays as it is. */
const reseal = ({ table, column, rowId }: SealedColumn): Statement => ({
  text: `UPDATE ${table} SET ${column} = $3 WHERE ${rowId} = $1 AND ${column} = $2 RETURNING 1 AS done`,
});

const countLeft = ({ table, column }: SealedColumn): Statement => ({
  text: `
  SELECT count(*)::int AS count FROM ${table} t WHERE t.${column} IS NOT NULL
    AND substring(t.${column} FROM 1 FOR octet_length($1::bytea)) <> $1::bytea`,
});

/** Seals everything again that is not sealed with the current key. */
class SecretRotation {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly logger: Logger,
  ) {}

  async run(column: SealedColumn): Promise<RotatedColumn> {
    const { table, column: name } = column;
    let resealed = 0;
    let after = '';
    for (;;) {
      const values = [this.box.currentPrefix, after];
      const rows = await this.database.query<SealedRow>(nextRows(column), values);
      const done = await Promise.all(rows.map((row) => this.#reseal(column, row)));
      resealed += done.filter(Boolean).length;
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
    const prefix = [this.box.currentPrefix];
    const [left] = await this.database.query<{ count: number }>(countLeft(column), prefix);
    return { table, column: name, resealed, left: left?.count ?? 0 };
  }

  async #reseal(column: SealedColumn, { id, tenant, sealed }: SealedRow): Promise<boolean> {
    const place = { column, tenant: tenant ?? '', rowId: id };
    try {
      const again = this.box.seal(new Secret(this.box.open(sealed, place)), place);
      return (await this.database.query(reseal(column), [id, sealed, again])).length > 0;
    } catch (error) {
      const isSeal = error instanceof Fault && ['CONFIG_INVALID', 'INTERNAL'].includes(error.code);
      if (!isSeal) throw error;
      this.logger.error('secrets.not_opened', { detail: error.detail });
      return false;
    }
  }
}

/**
 * Seals every secret of the store again with the current key, while calls live. May be stopped and begun again at any time:
 * what is done is seen by its key id.
 * @throws Fault STORE_UNAVAILABLE, or CONFIG_INVALID when a key is not one or the migrations are missing.
 */
export async function rotateSecrets(options: RotationOptions): Promise<readonly RotatedColumn[]> {
  const { databaseUrl, secretKey, otherSecretKeys, logger } = options;
  const seals = otherSecretKeys.map((key) => deriveKeys(key).seal);
  const box = new SecretBox([deriveKeys(secretKey).seal, ...seals], systemRandom);
  const database = new Database(databaseUrl, logger);
  const rotation = new SecretRotation(database, box, logger);
  const rotated: RotatedColumn[] = [];
  try {
    await database.start();
    for (const column of Object.values(SEALED_COLUMNS)) rotated.push(await rotation.run(column));
  } finally {
    await database.stop();
  }
  return rotated;
}
