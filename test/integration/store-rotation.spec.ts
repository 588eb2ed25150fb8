import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { SEALED_COLUMNS, openStore, rotateSecrets } from '#adapters/store-prisma';
import type { PrismaStore } from '#adapters/store-prisma';
import { Secret, silentLogger } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { ids, newCall, newOutput, newSecretKey } from '../support/store-world.ts';

/** Hold no secrets but hashes of them. */
const HASHES = [
  'api_keys.hash',
  'call_labels.label',
  'idempotency_keys.fingerprint',
  'outputs.target_hash',
  'sessions.bootstrap_mark',
  'sessions.token_hash',
];
/** Exact bytes of what was sent and answered, in which there is no secret. */
const OPEN_BYTES = ['hook_attempts.answer_body', 'hook_deliveries.body'];

const [oldKey, newKey] = [newSecretKey(), newSecretKey()];
let database: TestDatabase;
const opened: PrismaStore[] = [];

beforeEach(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.stop()));
  await database.drop();
});

async function storeWith(secretKey: Secret, ...otherSecretKeys: Secret[]): Promise<PrismaStore> {
  const options = { databaseUrl: database.url, logger: silentLogger };
  const store = openStore({ ...options, secretKey, otherSecretKeys });
  opened.push(store);
  await store.start();
  return store;
}

const rotate = () =>
  rotateSecrets({
    databaseUrl: database.url,
    secretKey: newKey,
    otherSecretKeys: [oldKey],
    logger: silentLogger,
  });

const callOf = (name: string) =>
  newCall({
    sipPassword: new Secret(`sip ${name}`),
    dtmf: new Secret('123#'),
    outputs: [
      newOutput({
        url: `rtmp://media.example.org/${name}`,
        streamKey: new Secret(`key ${name}`),
        urlCredentials: new Secret('user:pass'),
      }),
    ],
  });

describe('the list of sealed columns', () => {
  it('is the one of the schema: every binary column but hashes and the bytes of deliveries', async () => {
    const { rows } = await database.sql.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea'`,
    );

    const listed = Object.values(SEALED_COLUMNS).map(({ table, column }) => `${table}.${column}`);
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [...listed, ...HASHES, ...OPEN_BYTES].sort(),
    );
  });
});

describe('a change of the secret key', () => {
  it('seals everything again while a call is live, which the new key alone then runs', async () => {
    const before = await storeWith(oldKey);
    const [live, waiting] = [callOf('live'), callOf('waiting')];
    await before.registry.createCall(live);
    await before.registry.createCall(waiting);
    const node = ids.nodeId();
    const claimed = await before.ledger.claim(live.id, 0, node);

    const after = await storeWith(newKey, oldKey);
    const report = await rotate();

    expect(report.map(({ left }) => left)).toEqual(report.map(() => 0));
    const resealed = Object.fromEntries(
      report.map(({ table, column, resealed: count }) => [`${table}.${column}`, count]),
    );
    expect(resealed).toMatchObject({
      'store_secrets.sealed': 1,
      'calls.sip_password': 2,
      'outputs.stream_key': 2,
      'outputs.url_credentials': 2,
    });
    expect(await before.ledger.renew(node)).toEqual(new Set([live.id]));
    expect((await after.registry.findCall(live.id))?.version).toBe(claimed?.record.version);
    const alone = await storeWith(newKey);
    const taken = await alone.ledger.claim(waiting.id, 0, node);
    expect(taken?.secrets.sipPassword?.reveal()).toBe('sip waiting');
    expect([...(taken?.secrets.streamKeys.values() ?? [])].map((key) => key.reveal())).toEqual([
      'key waiting',
    ]);
    const [output] = live.outputs;
    const holder = await alone.outputs.findHolder(output?.url ?? '', new Secret('key live'));
    expect(holder?.callId).toBe(live.id);
  });

  it('begun again does only what is left', async () => {
    const before = await storeWith(oldKey);
    await before.registry.createCall(callOf('one'));
    await rotate();
    await before.registry.createCall(callOf('two'));

    const again = await rotate();

    expect(again.find(({ column }) => column === 'sip_password')).toMatchObject({
      resealed: 1,
      left: 0,
    });
  });

  it('tells what no key opens, and goes on with the rest', async () => {
    const before = await storeWith(oldKey);
    const [broken, whole] = [callOf('broken'), callOf('whole')];
    await before.registry.createCall(broken);
    await before.registry.createCall(whole);
    await database.sql.query(
      `UPDATE calls SET sip_password = (SELECT sip_password FROM calls WHERE id = $1) WHERE id = $2`,
      [whole.id, broken.id],
    );

    const report = await rotate();

    expect(report.find(({ column }) => column === 'sip_password')).toMatchObject({
      resealed: 1,
      left: 1,
    });
  });
});

describe('a store with another secret key than it was sealed with', () => {
  it('does not start, and says why', async () => {
    await storeWith(oldKey);

    await expect(storeWith(newKey)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      detail: expect.stringContaining('CALLCAST_SECRET_KEY') as string,
    });
  });

  it('does not start either where only calls are sealed yet', async () => {
    const before = await storeWith(oldKey);
    await before.registry.createCall(callOf('one'));
    await database.sql.query('DELETE FROM store_secrets');

    await expect(storeWith(newKey)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
