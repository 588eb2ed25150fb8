import { createHmac } from 'node:crypto';
import type { IdempotencyBook, KeptAnswer, KeyClaim, KeyOutcome, KeyedRequest } from '#domain';
import { Secret, randomHex } from '#foundation';
import type { RandomSource } from '#foundation';
import type { Database, Statement } from './database.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SecretBox } from './secret-box.ts';
import type { TargetKey } from './target-key.ts';

/** How long a claim lasts that is not renewed, in milliseconds. */
const CLAIM_MS = 10_000;
const TOKEN_BYTES = 16;
const CLAIM_END = `clock_timestamp() + ${CLAIM_MS} * interval '1 ms'`;
const OLD = `clock_timestamp() - interval '24 hours'`;

/** $1 id, $2 app, $3 key, $4 fingerprint, $5 token. An old key is a new one. */
const CLAIM: Statement = {
  name: 'claim-key',
  text: `
  INSERT INTO idempotency_keys AS k (id, app_key, key, fingerprint, claim, claimed_until)
  VALUES ($1, $2, $3, $4, $5, ${CLAIM_END})
  ON CONFLICT (app_key, key) DO UPDATE SET
    id = CASE WHEN k.created_at < ${OLD} THEN excluded.id ELSE k.id END,
    created_at = CASE WHEN k.created_at < ${OLD} THEN clock_timestamp() ELSE k.created_at END,
    fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_until = excluded.claimed_until,
    status = NULL, headers = NULL, answer = NULL
  WHERE k.created_at < ${OLD}
    OR (k.status IS NULL AND k.fingerprint = excluded.fingerprint AND k.claimed_until < clock_timestamp())
  RETURNING id, created_at`,
};

const FIND: Statement = {
  name: 'find-key',
  text: `
  SELECT id, fingerprint, status, headers, answer FROM idempotency_keys
  WHERE app_key = $1 AND key = $2`,
};

const RENEW: Statement = {
  name: 'renew-keys',
  text: `
  UPDATE idempotency_keys k SET claimed_until = ${CLAIM_END}
  FROM unnest($1::text[], $2::text[]) AS c(id, token)
  WHERE k.id = c.id AND k.claim = c.token AND k.status IS NULL`,
};

const KEEP: Statement = {
  name: 'keep-answer',
  text: `
  UPDATE idempotency_keys SET status = $3, headers = $4::jsonb, answer = $5, claim = NULL
  WHERE id = $1 AND claim = $2`,
};

const FREE: Statement = {
  name: 'free-key',
  text: `
  UPDATE idempotency_keys SET claim = NULL, claimed_until = 'epoch'
  WHERE id = $1 AND claim = $2`,
};

const FORGET: Statement = {
  name: 'forget-key',
  text: 'DELETE FROM idempotency_keys WHERE id = $1 AND claim = $2',
};

const SWEEP_KEYS: Statement = {
  name: 'sweep-keys',
  text: `
  DELETE FROM idempotency_keys WHERE id IN (
    SELECT id FROM idempotency_keys WHERE created_at < ${OLD} ORDER BY created_at LIMIT $1
  ) RETURNING 1 AS gone`,
};

interface KeyRow {
  readonly id: string;
  readonly fingerprint: Buffer;
  readonly status: number | null;
  readonly headers: KeptAnswer['headers'] | null;
  readonly answer: Buffer | null;
}

/** What the joined parts of the book are. */
interface BookParts {
  readonly database: Database;
  readonly box: SecretBox;
  readonly targetKey: TargetKey;
  readonly random: RandomSource;
}

/** Which keys were used for what. Any number of APIs may compete. */
export class PrismaIdempotencyBook implements IdempotencyBook {
  constructor(private readonly parts: BookParts) {}

  async begin(request: KeyedRequest): Promise<KeyOutcome> {
    const { database, random } = this.parts;
    const { appKey, key } = request;
    const fingerprint = this.#fingerprint(request);
    const token = randomHex(random, TOKEN_BYTES);
    const id = randomHex(random, TOKEN_BYTES);
    const [taken] = await database.query<{ id: string; created_at: Date }>(CLAIM, [
      id,
      appKey,
      key,
      fingerprint,
      token,
    ]);
    if (taken !== undefined) {
      return {
        kind: 'claimed',
        claim: { id: taken.id, appKey, token, createdAt: taken.created_at },
      };
    }
    const [row] = await database.query<KeyRow>(FIND, [appKey, key]);
    if (row === undefined) return { kind: 'inFlight' };
    if (!row.fingerprint.equals(fingerprint)) return { kind: 'otherRequest' };
    const answer = this.#answerOf(row, appKey);
    return answer === undefined ? { kind: 'inFlight' } : { kind: 'answered', answer };
  }

  async renew(claims: readonly KeyClaim[]): Promise<void> {
    const values = [claims.map(({ id }) => id), claims.map(({ token }) => token)];
    await this.parts.database.query(RENEW, values);
  }

  async keep(
    { id, token, appKey }: KeyClaim,
    { status, headers, body }: KeptAnswer,
  ): Promise<void> {
    const { database, box } = this.parts;
    const sealed = box.seal(new Secret(body), placeOf(id, appKey));
    await database.query(KEEP, [id, token, status, JSON.stringify(headers), sealed]);
  }

  async free({ id, token }: KeyClaim): Promise<void> {
    await this.parts.database.query(FREE, [id, token]);
  }

  async forget({ id, token }: KeyClaim): Promise<void> {
    await this.parts.database.query(FORGET, [id, token]);
  }

  async sweep(limit: number): Promise<number> {
    return (await this.parts.database.query(SWEEP_KEYS, [limit])).length;
  }

  #answerOf(row: KeyRow, appKey: string): KeptAnswer | undefined {
    const { id, status, headers, answer } = row;
    if (status === null || headers === null || answer === null) return undefined;
    return { status, headers, body: this.parts.box.open(answer, placeOf(id, appKey)) };
  }

  /** With the key that names targets, which stays when the secret key changes; the first line keeps the two apart. */
  #fingerprint({ content }: KeyedRequest): Buffer {
    const hash = createHmac('sha256', this.parts.targetKey.key);
    return hash.update('idempotency\n').update(content, 'utf8').digest();
  }
}

const placeOf = (rowId: string, tenant: string) => ({
  column: SEALED_COLUMNS.keptAnswer,
  tenant,
  rowId,
});
