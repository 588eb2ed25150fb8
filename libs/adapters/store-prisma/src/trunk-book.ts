import type { DueCheck, HealthAfter, OpenedTrunk, TrunkBook, TrunkId } from '#domain';
import type { Database, Statement } from './database.ts';
import type { SealedSecrets } from './sealed-secrets.ts';
import { TRUNK_COLUMNS, openedTrunkOf } from './trunk-row.ts';
import type { SealedTrunkRow, TrunkRow } from './trunk-row.ts';

const OPEN: Statement = {
  name: 'open-trunk',
  text: `SELECT ${TRUNK_COLUMNS}, t.password FROM trunks t WHERE t.id = $1`,
};

/** Longer than a check takes: a node that dies over it is followed by another one. */
const CHECK_LEASE_MS = 30_000;

const TAKE_DUE: Statement = {
  name: 'take-due-trunks',
  text: `
  UPDATE trunks t SET check_due_at = clock_timestamp() + ${CHECK_LEASE_MS} * interval '1 ms'
  WHERE t.id IN (
    SELECT id FROM trunks
    WHERE check_due_at <= clock_timestamp() AND (settings->>'enabled')::boolean
    ORDER BY check_due_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  RETURNING t.id, t.health, t.health_failures AS failures`,
};

const RECORD: Statement = {
  name: 'record-trunk-check',
  text: `
  UPDATE trunks SET
    health_since = CASE WHEN health = $2 THEN health_since ELSE clock_timestamp() END,
    health = $2, health_failures = $3, round_trip_ms = coalesce($4, round_trip_ms), health_reason = $5,
    check_due_at = clock_timestamp() + $6 * interval '1 ms'
  WHERE id = $1`,
};

type DueRow = Pick<TrunkRow, 'id' | 'health'> & { readonly failures: number };

/** Trunks as the nodes see them. */
export class PrismaTrunkBook implements TrunkBook {
  constructor(
    private readonly database: Database,
    private readonly secrets: SealedSecrets,
  ) {}

  async openTrunk(id: TrunkId): Promise<OpenedTrunk | null> {
    const [row] = await this.database.query<SealedTrunkRow>(OPEN, [id]);
    return row === undefined ? null : openedTrunkOf(row, this.secrets);
  }

  async takeDueChecks(limit: number): Promise<readonly DueCheck[]> {
    const rows = await this.database.query<DueRow>(TAKE_DUE, [limit]);
    return rows.map(({ id, health: state, failures }) => ({ id, before: { state, failures } }));
  }

  async recordCheck(id: TrunkId, after: HealthAfter): Promise<void> {
    const { state, failures, roundTripMs, reason, nextCheckMs } = after;
    await this.database.query(RECORD, [id, state, failures, roundTripMs, reason, nextCheckMs]);
  }
}
