/** A column whose values are sealed. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Its name within the seal. */
  readonly field: string;
  /** The column that names the row within the seal. */
  readonly rowId: string;
  /** Whose row it is: an SQL expression over the row `t`. */
  readonly tenant: string;
}

const OWN_APP = 't.app_key';
const APP_OF_CALL = '(SELECT c.app_key FROM calls c WHERE c.id = t.call_id)';

/**
 * Every sealed column of the schema. Nothing is sealed for a place that is not here, so that a change of the secret key
 * finds all there is; a test compares the list with the schema.
 */
export const SEALED_COLUMNS = {
  storeSecret: {
    table: 'store_secrets',
    column: 'sealed',
    field: 'sealed',
    rowId: 'name',
    tenant: "''",
  },
  sipPassword: {
    table: 'calls',
    column: 'sip_password',
    field: 'sipPassword',
    rowId: 'id',
    tenant: OWN_APP,
  },
  callKeys: { table: 'calls', column: 'dtmf', field: 'dtmf', rowId: 'id', tenant: OWN_APP },
  trunkPassword: {
    table: 'trunks',
    column: 'password',
    field: 'password',
    rowId: 'id',
    tenant: OWN_APP,
  },
  commandPayload: {
    table: 'commands',
    column: 'payload',
    field: 'payload',
    rowId: 'id',
    tenant: APP_OF_CALL,
  },
  keptAnswer: {
    table: 'idempotency_keys',
    column: 'answer',
    field: 'answer',
    rowId: 'id',
    tenant: OWN_APP,
  },
  streamKey: {
    table: 'outputs',
    column: 'stream_key',
    field: 'streamKey',
    rowId: 'id',
    tenant: APP_OF_CALL,
  },
  urlCredentials: {
    table: 'outputs',
    column: 'url_credentials',
    field: 'urlCredentials',
    rowId: 'id',
    tenant: APP_OF_CALL,
  },
  hookSecret: {
    table: 'hooks',
    column: 'secret',
    field: 'secret',
    rowId: 'id',
    tenant: OWN_APP,
  },
  previousHookSecret: {
    table: 'hooks',
    column: 'previous_secret',
    field: 'previousSecret',
    rowId: 'id',
    tenant: OWN_APP,
  },
} as const satisfies Readonly<Record<string, SealedColumn>>;
