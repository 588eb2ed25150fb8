import { Fault } from '#domain';
import { Secret, invariant } from '#foundation';
import type { Database, Statement } from './database.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SecretBox } from './secret-box.ts';

const NAME = 'targetHash';

const FIND: Statement = { text: 'SELECT sealed FROM store_secrets WHERE name = $1' };

const KEEP: Statement = {
  text: 'INSERT INTO store_secrets (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING',
};

/** Something sealed before this store had a secret of its own. */
const SEALED_BEFORE: Statement = {
  text: `
  SELECT o.id, o.stream_key, c.app_key FROM outputs o JOIN calls c ON c.id = o.call_id
  ORDER BY o.id DESC LIMIT 1`,
};

interface SealedBefore {
  readonly id: string;
  readonly stream_key: Buffer;
  readonly app_key: string;
}

const WRONG_KEY =
  'The secret key is not the one that this database was sealed with. Give the one that was used before ' +
  '(CALLCAST_SECRET_KEY), or name that one beside the new one (CALLCAST_SECRET_KEYS_OTHER).';

/**
 * The key of the hashes that name targets. The store keeps it, sealed, so that it stays the same when the secret key
 * changes; and because nothing can be done without it, no process runs with another secret key than the others.
 */
export class TargetKey {
  #key: Buffer | undefined;

  /** @param first What it is in a store that has none yet. */
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly first: Buffer,
  ) {}

  /** @throws Fault STORE_UNAVAILABLE in a store that has not started. */
  get key(): Buffer {
    if (this.#key === undefined) throw new Fault('STORE_UNAVAILABLE');
    return this.#key;
  }

  /** @throws Fault CONFIG_INVALID when the store was sealed with another secret key. */
  async load(): Promise<void> {
    try {
      this.#key = (await this.#find()) ?? (await this.#make());
    } catch (error) {
      const isSeal = error instanceof Fault && ['CONFIG_INVALID', 'INTERNAL'].includes(error.code);
      throw isSeal ? new Fault('CONFIG_INVALID', { detail: WRONG_KEY, cause: error }) : error;
    }
  }

  async #find(): Promise<Buffer | undefined> {
    const [row] = await this.database.query<{ sealed: Buffer }>(FIND, [NAME]);
    return row === undefined ? undefined : Buffer.from(this.box.open(row.sealed, PLACE), 'base64');
  }

  async #make(): Promise<Buffer> {
    const [before] = await this.database.query<SealedBefore>(SEALED_BEFORE, []);
    if (before !== undefined) {
      const place = { column: SEALED_COLUMNS.streamKey, tenant: before.app_key, rowId: before.id };
      this.box.open(before.stream_key, place);
    }
    const sealed = this.box.seal(new Secret(this.first.toString('base64')), PLACE);
    await this.database.query(KEEP, [NAME, sealed]);
    const kept = await this.#find();
    invariant(kept !== undefined, 'what was kept is there');
    return kept;
  }
}

const PLACE = { column: SEALED_COLUMNS.storeSecret, tenant: '', rowId: NAME };
