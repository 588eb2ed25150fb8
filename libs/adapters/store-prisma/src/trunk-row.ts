import type { OpenedTrunk, TrunkHealth, TrunkId, TrunkRecord, TrunkSettings } from '#domain';
import type { SealedSecrets } from './sealed-secrets.ts';

/** A trunk as TRUNK_COLUMNS gives it. */
export interface TrunkRow {
  readonly id: TrunkId;
  readonly app_key: string;
  readonly version: number;
  readonly settings: TrunkSettings;
  readonly has_password: boolean;
  readonly health: TrunkHealth['state'];
  readonly health_since: Date;
  readonly round_trip_ms: number | null;
  readonly health_reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What a record is made of, from `trunks t`. Without the sealed column: nobody reads it by chance. */
export const TRUNK_COLUMNS = `
  t.id, t.app_key, t.version, t.settings, t.password IS NOT NULL AS has_password, t.health, t.health_since,
  t.round_trip_ms, t.health_reason, t.created_at, t.updated_at`;

/** The record of a row. */
export const trunkRecordOf = (row: TrunkRow): TrunkRecord => ({
  id: row.id,
  appKey: row.app_key,
  version: row.version,
  settings: row.settings,
  hasPassword: row.has_password,
  health: {
    state: row.health,
    since: row.health_since,
    roundTripMs: row.round_trip_ms,
    reason: row.health_reason,
  },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** A row with its sealed column. */
export type SealedTrunkRow = TrunkRow & { readonly password: Buffer | null };

/** The record of a row, and its password. @throws Fault as SecretBox.open does. */
export const openedTrunkOf = (row: SealedTrunkRow, secrets: SealedSecrets): OpenedTrunk => ({
  record: trunkRecordOf(row),
  password: secrets.openTrunkPassword({ tenant: row.app_key, rowId: row.id }, row.password),
});
