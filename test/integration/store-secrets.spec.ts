import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { Secret } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import {
  changeOf,
  ids,
  newCall,
  newOutput,
  newSecretKey,
  startStore,
} from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

const secretText = 'a-secret-that-can-be-searched-for';

const callWithSecrets = () =>
  newCall({
    sipPassword: new Secret(secretText),
    dtmf: new Secret(secretText),
    outputs: [
      newOutput({
        url: `rtmp://media.example.org/${ids.callId()}`,
        streamKey: new Secret(secretText),
        urlCredentials: new Secret(`user:${secretText}`),
      }),
    ],
  });

describe('secrets at rest', () => {
  it('are in no column of any table as text', async () => {
    const call = callWithSecrets();
    await store.registry.createCall(call);
    await store.ledger.claim(call.id, 0, ids.nodeId());

    const keys = new Secret(secretText);
    await store.ledger.commit({
      ...changeOf({ id: call.id, epoch: 1, version: 1 }),
      call: { state: 'up' },
    });
    const command = { id: ids.commandId(), requestedBy: null, deadlineMs: 30_000 };
    const order = { type: 'dtmf', order: { keys } } as const;
    expect(await store.commands.request(call.id, { ...command, order })).toBe('asked');

    const tables = await database.sql.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    const dump: string[] = [];
    for (const { name } of tables.rows) {
      const rows = await database.sql.query<{ text: string }>(
        `SELECT to_jsonb(t)::text AS text FROM "${name}" t`,
      );
      dump.push(...rows.rows.map((row) => row.text));
    }

    const hex = Buffer.from(secretText).toString('hex');
    expect(dump.filter((text) => text.includes(call.id)).length).toBeGreaterThan(2);
    expect(dump.filter((text) => text.includes(secretText) || text.includes(hex))).toEqual([]);
  });

  it('that are equal differ as ciphertexts', async () => {
    const [first, second] = [callWithSecrets(), callWithSecrets()];
    await store.registry.createCall(first);
    await store.registry.createCall(second);

    const sealed = await database.sql.query<{ sip: Buffer; key: Buffer }>(
      `SELECT c.sip_password AS sip, o.stream_key AS key
       FROM calls c JOIN outputs o ON o.call_id = c.id WHERE c.id IN ($1, $2)`,
      [first.id, second.id],
    );

    const texts = sealed.rows.flatMap((row) => [row.sip.toString('hex'), row.key.toString('hex')]);
    expect(new Set(texts).size).toBe(4);
  });

  it('moved to another row or column do not open, and the call stays queued', async () => {
    const [from, to] = [callWithSecrets(), callWithSecrets()];
    await store.registry.createCall(from);
    await store.registry.createCall(to);
    await database.sql.query(
      `UPDATE calls SET sip_password = (SELECT sip_password FROM calls WHERE id = $1) WHERE id = $2`,
      [from.id, to.id],
    );
    await database.sql.query(`UPDATE outputs SET stream_key = url_credentials WHERE call_id = $1`, [
      from.id,
    ]);

    for (const { id } of [from, to]) {
      const claim = store.ledger.claim(id, 0, ids.nodeId());

      await expect(claim).rejects.toMatchObject({ code: 'INTERNAL' });
      expect((await store.registry.findCall(id))?.state).toBe('queued');
    }
  });
});
