import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { verdictOf } from '#domain';
import type { CallRecord, SipRecord } from '#domain';
import { Secret } from '#foundation';
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

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

describe('a new call', () => {
  it('is read back as it was answered, with its outputs in their order', async () => {
    const outputs = [
      newOutput({ streamKey: new Secret('streamName') }),
      newOutput({ streamKey: new Secret('short') }),
    ];

    const created = await store.registry.createCall(newCall({ outputs }));

    expect(await store.registry.findCall(created.id)).toEqual(created);
    expect(created.outputs.map((output) => [output.id, output.maskedKey])).toEqual([
      [outputs[0]?.id, 'str…me'],
      [outputs[1]?.id, '…'],
    ]);
  });

  it('has one event, call.queued, with number 1', async () => {
    const created = await store.registry.createCall(newCall());

    const { items, nextCursor } = await store.registry.listEvents(created.id, 0, 10);

    expect(items.map(({ seq, type, data }) => ({ seq, type, data }))).toEqual([
      { seq: 1, type: 'call.queued', data: { callId: created.callId } },
    ]);
    expect(nextCursor).toBeNull();
  });

  it('is found by its name while it lives, in its app or in any', async () => {
    const created = await store.registry.createCall(newCall({ appKey: 'radio' }));

    expect((await store.registry.findLiveCall(created.callId))?.id).toBe(created.id);
    expect((await store.registry.findLiveCall(created.callId, 'radio'))?.id).toBe(created.id);
    expect(await store.registry.findLiveCall(created.callId, 'another')).toBeNull();
    await store.registry.requestStop(created.id, ids.commandId());
    expect(await store.registry.findLiveCall(created.callId)).toBeNull();
  });

  it('that holds a NUL is refused as a request, not as our bug', async () => {
    const created = store.registry.createCall(newCall({ metadata: { note: 'a\u0000b' } }));

    await expect(created).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});

describe('a name in use', () => {
  it('is refused while its call lives, and leaves nothing behind', async () => {
    const first = await store.registry.createCall(newCall());
    const second = newCall({ callId: first.callId });

    await expect(store.registry.createCall(second)).rejects.toMatchObject({
      code: 'CALL_ID_IN_USE',
    });
    expect(await store.registry.findCall(second.id)).toBeNull();
  });

  it('is free in another app, and free again when its call has ended', async () => {
    const first = await store.registry.createCall(newCall());

    await store.registry.createCall(newCall({ callId: first.callId, appKey: 'another' }));
    await store.registry.requestStop(first.id, ids.commandId());
    await store.registry.createCall(newCall({ callId: first.callId }));
  });

  it('goes to one of ten calls that ask at once', async () => {
    const asked = Array.from({ length: 10 }, () =>
      store.registry.createCall(newCall({ callId: 'at-once' })),
    );

    const outcomes = await Promise.allSettled(asked);

    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a target in use', () => {
  const sameTarget = [
    { name: 'the same URL', url: 'rtmp://a.example.org/live' },
    { name: 'the default port written out', url: 'rtmp://a.example.org:1935/live' },
    { name: 'another case and a slash', url: 'rtmp://A.Example.ORG/live/' },
    { name: 'another scheme on the same port', url: 'rtmps://a.example.org:1935/live' },
  ];

  it.each(sameTarget)('is refused: $name', async ({ name, url }) => {
    const streamKey = new Secret(`taken-${name}`);
    const first = newOutput({ url: 'rtmp://a.example.org/live', streamKey });
    await store.registry.createCall(newCall({ outputs: [first] }));

    const second = newCall({ outputs: [newOutput(), newOutput({ url, streamKey })] });

    await expect(store.registry.createCall(second)).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
    });
    expect(await store.registry.findCall(second.id)).toBeNull();
  });

  it('is refused twice in one request', async () => {
    const streamKey = new Secret('twice');
    const outputs = [newOutput({ streamKey }), newOutput({ streamKey })];

    await expect(store.registry.createCall(newCall({ outputs }))).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
    });
  });

  it('is another one with another key, application or port', async () => {
    const streamKey = new Secret('shared');
    const outputs = [
      newOutput({ streamKey }),
      newOutput({ streamKey: new Secret('not-shared') }),
      newOutput({ streamKey, url: 'rtmp://media.example.org/other' }),
      newOutput({ streamKey, url: 'rtmp://media.example.org:1936/live' }),
    ];

    await store.registry.createCall(newCall({ outputs }));
  });

  it('is free again when its output has failed, though the call goes on', async () => {
    const streamKey = new Secret('freed-by-failure');
    const { record } = await claimedCall(store, ids.nodeId(), {
      outputs: [newOutput({ streamKey })],
    });
    const failed = new Map([[record.outputs[0]!.id, { state: 'failed' as const }]]);

    expect(await store.ledger.commit(changeOf(record, { outputs: failed }))).toBe(true);

    await store.registry.createCall(newCall({ outputs: [newOutput({ streamKey })] }));
  });
});

/** Calls of the same millisecond are in the order of their ids. */
const newestFirst = (left: CallRecord, right: CallRecord): number =>
  right.createdAt.getTime() - left.createdAt.getTime() || (left.id < right.id ? 1 : -1);

describe('the list', () => {
  it('gives every call once, newest first, whatever the size of the page', async () => {
    const created: CallRecord[] = [];
    for (let index = 0; index < 7; index++) {
      created.push(await store.registry.createCall(newCall({ appKey: 'pages' })));
    }

    const listed: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const query = { appKey: 'pages', limit: 3, ...(cursor === undefined ? {} : { cursor }) };
      const page = await store.registry.listCalls(query);
      listed.push(...page.items.map((call) => call.id));
      cursor = page.nextCursor;
    }

    expect(listed).toEqual(created.sort(newestFirst).map((call) => call.id));
  });

  it('holds only the states asked for', async () => {
    const fields = { appKey: 'states' };
    const queued = await store.registry.createCall(newCall(fields));
    const { record: claimed } = await claimedCall(store, ids.nodeId(), fields);
    const stopped = await store.registry.createCall(newCall(fields));
    await store.registry.requestStop(stopped.id, ids.commandId());

    const idsOf = async (...states: ('queued' | 'claimed' | 'ended')[]) =>
      (await store.registry.listCalls({ ...fields, states, limit: 10 })).items.map(({ id }) => id);

    expect(await idsOf('queued')).toEqual([queued.id]);
    expect(await idsOf('ended', 'claimed')).toEqual([stopped.id, claimed.id]);
    expect(await idsOf('claimed', 'claimed')).toEqual([claimed.id]);
  });

  it.each(['', 'x', '12', '99999999999999999-call_0', "1-call_'; DROP TABLE calls"])(
    'refuses the cursor %j',
    async (cursor) => {
      const listed = store.registry.listCalls({ limit: 1, cursor });

      await expect(listed).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    },
  );

  it('counts live calls by state', async () => {
    const before = await store.registry.countLiveCalls();
    await store.registry.createCall(newCall());
    await claimedCall(store, ids.nodeId());

    const after = await store.registry.countLiveCalls();

    expect(after.queued).toBe((before.queued ?? 0) + 1);
    expect(after.claimed).toBe((before.claimed ?? 0) + 1);
    expect(after.ended).toBeUndefined();
  });
});

describe('a stop', () => {
  it('ends a queued call at once, as canceled, and frees its target', async () => {
    const call = newCall();
    await store.registry.createCall(call);

    expect(await store.registry.requestStop(call.id, ids.commandId())).toBe('ended');

    const ended = await store.registry.findCall(call.id);
    const { items } = await store.registry.listEvents(call.id, 0, 10);
    expect(ended).toMatchObject({
      state: 'ended',
      verdict: { result: 'canceled', code: 'CALL_CANCELED' },
      outputs: [{ state: 'closed' }],
    });
    expect(ended?.endedAt).toBeInstanceOf(Date);
    expect(items.map((event) => event.type)).toEqual([
      'call.queued',
      'output.closed',
      'call.ended',
    ]);
    await store.registry.createCall(
      newCall({ outputs: [{ ...call.outputs[0]!, id: ids.outputId() }] }),
    );
  });

  it('asks the owner of a claimed call, once for two requests, and leaves its version alone', async () => {
    const node = ids.nodeId();
    const { record } = await claimedCall(store, node);
    const commandId = ids.commandId();

    expect(await store.registry.requestStop(record.id, commandId)).toBe('asked');
    expect(await store.registry.requestStop(record.id, ids.commandId())).toBe('asked');

    expect(await store.ledger.pendingCommands(node)).toEqual([
      { id: commandId, callId: record.id, type: 'hangUp', leftMs: null },
    ]);
    expect((await store.registry.findCall(record.id))?.stopRequestedAt).toBeInstanceOf(Date);
    expect(await store.ledger.commit(changeOf(record))).toBe(true);
  });

  it('of an ended or an unknown call changes nothing', async () => {
    const call = await store.registry.createCall(newCall());
    await store.registry.requestStop(call.id, ids.commandId());

    expect(await store.registry.requestStop(call.id, ids.commandId())).toBe('alreadyEnded');
    expect(await store.registry.requestStop(ids.callId(), ids.commandId())).toBe('notFound');
  });

  it('that races a claim is lost by neither: the call has ended, or its owner is asked', async () => {
    const rounds = Array.from({ length: 20 }, async () => {
      const node = ids.nodeId();
      const call = await store.registry.createCall(newCall());
      const [claimed, stopped] = await Promise.all([
        store.ledger.claim(call.id, 0, node),
        store.registry.requestStop(call.id, ids.commandId()),
      ]);
      const commands = await store.ledger.pendingCommands(node);
      return { isClaimed: claimed !== null, stopped, commandCount: commands.length };
    });

    for (const round of await Promise.all(rounds)) {
      expect([
        { isClaimed: false, stopped: 'ended', commandCount: 0 },
        { isClaimed: true, stopped: 'asked', commandCount: 1 },
      ]).toContainEqual(round);
    }
  });

  it('that races the end leaves no command that waits for ever', async () => {
    const verdict = verdictOf('completed', 'CALL_PEER_LEFT');
    const events = [{ type: 'call.ended', data: { verdict } }] as const;
    const rounds = Array.from({ length: 30 }, async () => {
      const { record } = await claimedCall(store, ids.nodeId());
      const change = changeOf(record, { call: { state: 'ended', verdict }, events });
      await Promise.all([
        store.registry.requestStop(record.id, ids.commandId()),
        store.ledger.commit(change),
      ]);
      return record.id;
    });

    const waiting = await database.sql.query(
      'SELECT FROM commands WHERE completed_at IS NULL AND call_id = ANY($1)',
      [await Promise.all(rounds)],
    );

    expect(waiting.rowCount).toBe(0);
  });
});

describe('the SIP messages of a call', () => {
  const message = (seq: number, epoch = 1): SipRecord => ({
    ...{ epoch, seq, at: new Date(1_700_000_000_000 + seq), direction: 'in' },
    ...{ summary: `${seq} "of" \\ many`, text: `SIP/2.0 200 ünïcode 😀 ${seq}\nX: ***` },
  });
  const span = (from: number, to: number, epoch?: number): readonly SipRecord[] =>
    Array.from({ length: to - from + 1 }, (_, index) => message(from + index, epoch));

  it('are read back in their order, epoch by epoch, page by page', async () => {
    const { id } = await store.registry.createCall(newCall());
    const other = await store.registry.createCall(newCall());

    await store.sip.add(id, span(1, 2, 2));
    await store.sip.add(id, span(1, 3));
    await store.sip.add(id, []);
    await store.sip.add(other.id, span(1, 1));

    const first = await store.sip.list(id, undefined, 4);
    const second = await store.sip.list(id, first.nextCursor ?? '', 4);
    expect(first.items).toEqual([...span(1, 3), message(1, 2)]);
    expect(second).toEqual({ items: [message(2, 2)], nextCursor: null });
  });

  it('stay as they are when they are written twice', async () => {
    const { id } = await store.registry.createCall(newCall());

    await store.sip.add(id, span(1, 2));
    await store.sip.add(id, [{ ...message(2), summary: 'another' }, message(3)]);

    expect((await store.sip.list(id, undefined, 10)).items).toEqual(span(1, 3));
  });

  it('are the first 48 and the last 16 of each epoch', async () => {
    const { id } = await store.registry.createCall(newCall());

    await store.sip.add(id, span(1, 60));
    await store.sip.add(id, span(61, 70));
    await store.sip.add(id, span(1, 2, 2));

    const { items } = await store.sip.list(id, undefined, 100);
    expect(items).toEqual([...span(1, 48), ...span(55, 70), ...span(1, 2, 2)]);
  });

  it('go with their call, and none is kept of a call that is not there', async () => {
    const { id } = await store.registry.createCall(newCall());
    await store.sip.add(id, span(1, 1));

    await database.sql.query('DELETE FROM calls WHERE id = $1', [id]);
    await store.sip.add(id, span(2, 2));

    expect((await store.sip.list(id, undefined, 10)).items).toEqual([]);
  });

  it.each(['', 'x', '1', '1-', '1-1-1', '9999999999-1'])(
    'has no page behind %j',
    async (cursor) => {
      const { id } = await store.registry.createCall(newCall());

      await expect(store.sip.list(id, cursor, 1)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      });
    },
  );
});
