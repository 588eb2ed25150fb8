import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openStore } from '#adapters/store-prisma';
import type { PrismaStore } from '#adapters/store-prisma';
import { verdictOf } from '#domain';
import type { CallId, OutputId, Transition } from '#domain';
import { Secret, silentLogger } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import {
  changeOf,
  claimedCall,
  ids,
  newCall,
  newOutput,
  newSecretKey,
  startStore,
} from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;
const secretKey = newSecretKey();

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, secretKey);
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

const ended = verdictOf('completed', 'CALL_PEER_LEFT');
const END = {
  call: { state: 'ended', verdict: ended },
  events: [{ type: 'call.ended', data: { verdict: ended } }],
} as const;

const millisOfLeaseLeft = async (id: CallId): Promise<number> => {
  const left = await database.sql.query<{ millis: number | null }>(
    'SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 * 1000 AS millis FROM calls WHERE id = $1',
    [id],
  );
  return left.rows[0]?.millis ?? Number.NaN;
};

const endLease = (id: CallId, agoMs: number) =>
  database.sql.query(
    `UPDATE calls SET lease_until = clock_timestamp() - $2 * interval '1 ms' WHERE id = $1`,
    [id, agoMs],
  );

describe('a claim', () => {
  it('is won by one of ten nodes', async () => {
    const call = await store.registry.createCall(newCall());

    const claims = await Promise.all(
      Array.from({ length: 10 }, () => store.ledger.claim(call.id, 0, ids.nodeId())),
    );

    const won = claims.filter((claim) => claim !== null);
    expect(won).toHaveLength(1);
    expect(won[0]?.record).toMatchObject({ state: 'claimed', epoch: 1, version: 1 });
    expect(await store.registry.findCall(call.id)).toEqual(won[0]?.record);
  });

  it('opens the secrets for its node', async () => {
    const output = newOutput({ urlCredentials: new Secret('user:päss') });

    const { secrets } = await claimedCall(store, ids.nodeId(), {
      sipPassword: new Secret('sip-password'),
      outputs: [output],
    });

    expect(secrets.sipPassword?.reveal()).toBe('sip-password');
    expect(secrets.streamKeys.get(output.id)?.reveal()).toBe(output.streamKey.reveal());
    expect(secrets.urlCredentials.get(output.id)?.reveal()).toBe('user:päss');
  });

  it('of another epoch, of an owned call or of an unknown one is null', async () => {
    const call = await store.registry.createCall(newCall());

    expect(await store.ledger.claim(call.id, 1, ids.nodeId())).toBeNull();
    expect(await store.ledger.claim(call.id, 0, ids.nodeId())).not.toBeNull();
    expect(await store.ledger.claim(call.id, 1, ids.nodeId())).toBeNull();
    expect(await store.ledger.claim(ids.callId(), 0, ids.nodeId())).toBeNull();
  });

  it('gives a lease of 6 s on the clock of the database', async () => {
    const { record } = await claimedCall(store, ids.nodeId());

    const left = await millisOfLeaseLeft(record.id);

    expect(left).toBeGreaterThan(4_000);
    expect(left).toBeLessThanOrEqual(6_000);
  });

  it('by a node without the key that a call is sealed with takes nothing', async () => {
    const ahead = openStore({
      databaseUrl: database.url,
      secretKey: newSecretKey(),
      otherSecretKeys: [secretKey],
      logger: silentLogger,
    });
    await ahead.start();
    const call = await ahead.registry.createCall(newCall());

    const claim = store.ledger.claim(call.id, 0, ids.nodeId());

    await expect(claim).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect((await store.registry.findCall(call.id))?.state).toBe('queued');
    await ahead.stop();
  });
});

describe('a renewal', () => {
  it('prolongs all leases of the node, and of no other', async () => {
    const node = ids.nodeId();
    const [first, second] = [await claimedCall(store, node), await claimedCall(store, node)];
    const other = await claimedCall(store, ids.nodeId());
    await database.sql.query(`UPDATE calls SET lease_until = clock_timestamp() + interval '1 s'`);

    const own = await store.ledger.renew(node);

    expect(own).toEqual(new Set([first.record.id, second.record.id]));
    expect(await millisOfLeaseLeft(first.record.id)).toBeGreaterThan(4_000);
    expect(await millisOfLeaseLeft(other.record.id)).toBeLessThanOrEqual(1_000);
  });

  it('at the same time by two connections gives both the same', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);

    const [first, second] = await Promise.all([store.ledger.renew(node), store.ledger.renew(node)]);

    expect([first, second]).toEqual([new Set([record.id]), new Set([record.id])]);
  });

  it('leaves out what the node does not hold', async () => {
    const node = ids.nodeId();
    const held = await claimedCall(store, node);
    await claimedCall(store, node);

    expect(await store.ledger.renew(node, new Set([held.record.id]))).toEqual(
      new Set([held.record.id]),
    );
  });

  it('does not revive a lease that has run out', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);
    await endLease(record.id, 1);

    expect(await store.ledger.renew(node)).toEqual(new Set());
  });

  it('does not wait for connections that others hold', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);
    const locks = await database.sql.connect();
    await locks.query('BEGIN');
    await locks.query('LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE');
    const waiting = Array.from({ length: 12 }, () => store.nodes.listNodes());

    expect(await store.ledger.renew(node)).toEqual(new Set([record.id]));

    await locks.query('ROLLBACK');
    locks.release();
    await Promise.all(waiting);
  });
});

describe('a change', () => {
  it('writes call, outputs, transitions and events together', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);
    const outputId = record.outputs[0]!.id;
    const nextRetryAt = new Date('2026-01-02T03:04:05.678Z');
    const leg = { dialogId: 'd', sipCallId: 's', fromTag: 'f' };
    const transitions: Transition[] = [
      { machine: 'call', from: 'claimed', to: 'dialing', event: 'inviteSent' },
      { machine: outputId, from: 'idle', to: 'retrying', event: 'lost' },
    ];

    const isWritten = await store.ledger.commit(
      changeOf(record, {
        transitions,
        call: { state: 'dialing', leg, sipStatus: 180, mediaPath: 'pcmu > aac' },
        outputs: new Map([
          [
            outputId,
            {
              state: 'retrying',
              attempts: 3,
              nextRetryAt,
              published: true,
              audioCodec: 'opus',
              fault: { code: 'RTMP_LOST', detail: 'gone' },
            },
          ],
        ]),
        events: [
          { type: 'call.dialing', data: { sipCallId: 's' } },
          { type: 'output.interrupted', data: { outputId } },
        ],
      }),
    );

    expect(isWritten).toBe(true);
    const after = await store.registry.findCall(record.id);
    expect(after).toEqual({
      ...record,
      state: 'dialing',
      version: record.version + 1,
      leg,
      sipStatus: 180,
      mediaPath: 'pcmu > aac',
      outputs: [
        {
          ...record.outputs[0],
          state: 'retrying',
          attempts: 3,
          nextRetryAt,
          publishedAt: expect.any(Date) as Date,
          audioCodec: 'opus',
          fault: { code: 'RTMP_LOST', detail: 'gone' },
        },
      ],
    });
    const rows = await database.sql.query(
      `SELECT machine, from_state AS from, to_state AS to, event, node, epoch FROM transitions
       WHERE call_id = $1 AND version = $2 ORDER BY ordinal`,
      [record.id, record.version + 1],
    );
    expect(rows.rows).toEqual(transitions.map((move) => ({ ...move, node, epoch: 1 })));
  });

  it('sets to nothing what it says is nothing, and leaves alone what it does not name', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const outputId = record.outputs[0]!.id;
    const leg = { dialogId: 'd', sipCallId: 's', fromTag: 'f' };
    const fault = { code: 'RTMP_LOST', detail: 'gone' } as const;
    const write = (version: number, call: object, output: object) =>
      store.ledger.commit(
        changeOf({ ...record, version }, { call, outputs: new Map([[outputId, output]]) }),
      );

    await write(1, { leg, sipStatus: 200 }, { fault, nextRetryAt: new Date() });
    await write(2, {}, {});
    const untouched = await store.registry.findCall(record.id);
    await write(3, { leg: null }, { fault: null, nextRetryAt: null });
    const emptied = await store.registry.findCall(record.id);

    expect(untouched).toMatchObject({ leg, sipStatus: 200, outputs: [{ fault }] });
    expect(emptied).toMatchObject({
      leg: null,
      sipStatus: 200,
      outputs: [{ fault: null, nextRetryAt: null }],
    });
  });

  const stale = [
    { name: 'an older epoch', epoch: -1, version: 0 },
    { name: 'a later epoch', epoch: 1, version: 0 },
    { name: 'an older version', epoch: 0, version: -1 },
    { name: 'a later version', epoch: 0, version: 1 },
  ];

  it.each(stale)('with $name changes nothing', async ({ epoch, version }) => {
    const { record } = await claimedCall(store, ids.nodeId());
    const other = { ...record, epoch: record.epoch + epoch, version: record.version + version };

    expect(await store.ledger.commit(changeOf(other, END))).toBe(false);

    expect(await store.registry.findCall(record.id)).toEqual(record);
    expect((await store.registry.listEvents(record.id, 0, 10)).items).toHaveLength(2);
  });

  it('made twice at once is written once', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const change = changeOf(record, { events: [{ type: 'media.silent', data: {} }] });

    const written = await Promise.all([store.ledger.commit(change), store.ledger.commit(change)]);

    expect(written.sort()).toEqual([false, true]);
  });

  it('numbers the events of a call without gaps, whoever writes them', async () => {
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => claimedCall(store, ids.nodeId())),
    );
    await Promise.all(
      calls.map(async ({ record }) => {
        for (let version = 1; version <= 4; version++) {
          await store.ledger.commit(
            changeOf(
              { ...record, version },
              {
                events: [
                  { type: 'media.silent', data: { version } },
                  { type: 'media.resumed', data: { version } },
                ],
              },
            ),
          );
        }
      }),
    );

    for (const { record } of calls) {
      const { items } = await store.registry.listEvents(record.id, 0, 100);
      expect(items.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
  });

  it('to up sets the time of the answer, once', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const to = async (version: number, state: 'up' | 'held') => {
      await store.ledger.commit(changeOf({ ...record, version }, { call: { state } }));
      return (await store.registry.findCall(record.id))?.answeredAt;
    };

    const first = await to(1, 'up');
    await to(2, 'held');

    expect(first).toBeInstanceOf(Date);
    expect(await to(3, 'up')).toEqual(first);
  });

  it('back to the queue gives up the lease, and another node may claim', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);

    await store.ledger.commit(changeOf(record, { call: { state: 'queued' } }));

    expect(await store.registry.findCall(record.id)).toMatchObject({ state: 'queued', node: null });
    expect(await store.ledger.renew(node)).toEqual(new Set());
    const next = await store.ledger.claim(record.id, record.epoch, ids.nodeId());
    expect(next?.record.epoch).toBe(record.epoch + 1);
  });

  it('whose answer was lost is told by the version, until another epoch begins', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    await store.ledger.commit(changeOf(record));

    expect(await store.ledger.versionOf(record.id, record.epoch)).toBe(record.version + 1);
    expect(await store.ledger.versionOf(record.id, record.epoch + 1)).toBeNull();
  });

  it('keeps the first verdict', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const first = verdictOf('failed', 'RTP_SILENT');
    const later = { ...record, version: record.version + 1 };

    await store.ledger.commit(changeOf(record, { call: { state: 'ending', verdict: first } }));
    await store.ledger.commit(changeOf(later, END));

    expect((await store.registry.findCall(record.id))?.verdict).toEqual(first);
  });
});

describe('the end', () => {
  it('releases the lease, closes outputs and refuses commands, and comes last', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);
    await store.registry.requestStop(record.id, ids.commandId());
    const streamKeyIsFree = async () => {
      const rows = await database.sql.query<{ holds_target: boolean }>(
        'SELECT holds_target FROM outputs WHERE call_id = $1',
        [record.id],
      );
      return rows.rows.every((row) => !row.holds_target);
    };

    expect(await store.ledger.commit(changeOf(record, END))).toBe(true);

    const after = await store.registry.findCall(record.id);
    expect(after).toMatchObject({ state: 'ended', node: null, outputs: [{ state: 'closed' }] });
    expect(after?.endedAt).toBeInstanceOf(Date);
    expect(await streamKeyIsFree()).toBe(true);
    expect(await store.ledger.pendingCommands(node)).toEqual([]);
    expect(await store.ledger.renew(node)).toEqual(new Set());
    const { items } = await store.registry.listEvents(record.id, 2, 10);
    expect(items.map((event) => event.type)).toEqual(['output.closed', 'call.ended']);
  });

  it('keeps what it says of outputs, and closes only the others', async () => {
    const outputs = [newOutput(), newOutput()];
    const { record } = await claimedCall(store, ids.nodeId(), { outputs });
    const fault = { code: 'RTMP_REFUSED', detail: 'no' } as const;
    const patches = new Map<OutputId, object>([[outputs[0]!.id, { state: 'failed', fault }]]);

    await store.ledger.commit(changeOf(record, { ...END, outputs: patches }));

    const after = await store.registry.findCall(record.id);
    expect(after?.outputs).toMatchObject([{ state: 'failed', fault }, { state: 'closed' }]);
  });

  it('comes once: an ended call takes no more changes, and a second end is refused by the table', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    await store.ledger.commit(changeOf(record, END));

    const later = { ...record, version: record.version + 1 };

    expect(await store.ledger.commit(changeOf(later, END))).toBe(false);
    await expect(
      database.sql.query(
        `INSERT INTO events (id, call_id, app_key, seq, epoch, type, data)
         VALUES ('evt_second', $1, 'app', 99, 1, 'call.ended', '{}')`,
        [record.id],
      ),
    ).rejects.toMatchObject({ constraint: 'events_one_end_key' });
  });
});

describe('a fact', () => {
  const READY = { type: 'recording.ready', data: { file: 'show.mp4' } } as const;

  it('is told once, however often and by how many it is', async () => {
    const { record } = await claimedCall(store, ids.nodeId());

    const told = await Promise.all(
      Array.from({ length: 8 }, () => store.ledger.addFact(record.id, 'show ready', READY)),
    );
    const again = await store.ledger.addFact(record.id, 'show ready', READY);
    const other = await store.ledger.addFact(record.id, 'news ready', READY);

    expect(told.filter(Boolean)).toEqual([true]);
    expect([again, other]).toEqual([false, true]);
    const { items } = await store.registry.listEvents(record.id, 0, 100);
    expect(items.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'call.queued'],
      [2, 'call.claimed'],
      [3, 'recording.ready'],
      [4, 'recording.ready'],
    ]);
    expect(items[2]).toMatchObject({ epoch: record.epoch, data: READY.data });
  });

  it('may come after the end, and comes in the feed', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const cursor = await store.feed.tail();
    await store.ledger.commit({ ...changeOf(record), ...END });

    expect(await store.ledger.addFact(record.id, 'show ready', READY)).toBe(true);

    const { items } = await store.registry.listEvents(record.id, 0, 100);
    expect(items.slice(-2).map(({ type }) => type)).toEqual(['call.ended', 'recording.ready']);
    const fed = await store.feed.read(cursor, 100);
    const own = fed.filter(({ callId }) => callId === record.id);
    expect(own.at(-1)?.type).toBe('recording.ready');
    const { call } = { call: await store.registry.findCall(record.id) };
    expect(call?.state).toBe('ended');
  });

  it('does not disturb the owner of the call, who numbers on behind it', async () => {
    const { record } = await claimedCall(store, ids.nodeId());

    const [isWritten] = await Promise.all([
      store.ledger.commit({
        ...changeOf(record),
        events: [{ type: 'call.dialing', data: {} }],
      }),
      store.ledger.addFact(record.id, 'show started', READY),
    ]);

    expect(isWritten).toBe(true);
    const { items } = await store.registry.listEvents(record.id, 0, 100);
    expect(items.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('of a call that is not there is told to nobody', async () => {
    expect(await store.ledger.addFact(ids.callId(), 'show ready', READY)).toBe(false);
  });
});

describe('commands', () => {
  it('are given to the owner until they are answered, the oldest first', async () => {
    const node = ids.nodeId();
    const commandIds = [ids.commandId(), ids.commandId()];
    for (const commandId of commandIds) {
      const { record } = await claimedCall(store, node);
      await store.registry.requestStop(record.id, commandId);
    }
    const pendingIds = async () =>
      (await store.ledger.pendingCommands(node)).map((command) => command.id);

    expect(await pendingIds()).toEqual(commandIds);
    await store.ledger.completeCommand(commandIds[0]!, 'done');
    expect(await pendingIds()).toEqual([commandIds[1]]);
    expect(await store.ledger.pendingCommands(ids.nodeId())).toEqual([]);
  });

  it('keep their first answer', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    const commandId = ids.commandId();
    await store.registry.requestStop(record.id, commandId);

    await store.ledger.completeCommand(commandId, 'done');
    await store.ledger.completeCommand(commandId, 'refused');

    const rows = await database.sql.query('SELECT state FROM commands WHERE id = $1', [commandId]);
    expect(rows.rows).toEqual([{ state: 'done' }]);
  });
});
