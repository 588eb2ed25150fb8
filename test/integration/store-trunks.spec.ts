import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { verdictOf } from '#domain';
import type { CallId, CallRecord, NodeId, TrunkId, TrunkRecord, TrunkSettings } from '#domain';
import { Secret, invariant, systemClock, systemTimers } from '#foundation';
import { changeOf, ids, newCall, newSecretKey, startStore } from '../support/store-world.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { trunkSettings } from '../support/trunk-settings.ts';

let database: TestDatabase;
let store: PrismaStore;
const others: PrismaStore[] = [];
const secretKey = newSecretKey();

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, secretKey);
  for (let index = 0; index < 3; index++) others.push(await startStore(database.url, secretKey));
});

afterAll(async () => {
  for (const each of [store, ...others]) await each.stop();
  await database.drop();
});

const NODE = ids.nodeId();
const ACTOR = { keyId: 'bootstrap', appKey: 'default' };
let serial = 0;

const newTrunk = (fields: Partial<TrunkSettings> = {}, appKey = 'app'): Promise<TrunkRecord> =>
  store.trunks.createTrunk(
    {
      id: ids.trunkId(),
      appKey,
      settings: trunkSettings({ name: `trunk-${++serial}`, ...fields }),
      password: new Secret('canary-of-the-trunk'),
    },
    ACTOR,
  );

const change = (
  { id, appKey }: TrunkRecord,
  fields: Omit<Parameters<typeof store.trunks.changeTrunk>[1], 'appKey'>,
) => store.trunks.changeTrunk(id, { appKey, ...fields }, ACTOR);

/** A queued call that goes out through a trunk. */
async function queuedCall(
  { id, settings }: TrunkRecord,
  fields: Parameters<typeof newCall>[0] = {},
): Promise<CallRecord> {
  const call = newCall(fields);
  const trunk = { id, name: settings.name };
  return await store.registry.createCall({ ...call, spec: { ...call.spec, trunk } });
}

/** Several, in their order in the queue: some are created in the same millisecond. */
const queuedCalls = async (trunk: TrunkRecord, count: number): Promise<readonly CallId[]> => {
  const calls: CallRecord[] = [];
  for (let index = 0; index < count; index++) calls.push(await queuedCall(trunk));
  const placeOf = ({ createdAt, id }: CallRecord): string => `${createdAt.toISOString()} ${id}`;
  return calls.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).map(({ id }) => id);
};

const known = (id: CallId | undefined): CallId => {
  invariant(id, 'the call is there');
  return id;
};

const pass = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemTimers.after(ms, resolve));

const nowMs = (): number => systemClock.nowMicros() / 1000;

/** Takes the turn of the next call and claims it. */
async function claimNext(id: TrunkId, node: NodeId = ids.nodeId(), from = store) {
  const next = await from.trunkGate.nextCall(id, node);
  if (next.kind !== 'go') return { next, claimed: null };
  return { next, claimed: await from.ledger.claim(next.callId, next.epoch, node) };
}

/** Ends a call that was claimed. */
const end = (record: CallRecord, from = store): Promise<boolean> =>
  from.ledger.commit(
    changeOf(record, {
      call: { state: 'ended', verdict: verdictOf('completed', 'CALL_HUNG_UP') },
      events: [{ type: 'call.ended', data: {} }],
    }),
  );

const loseNode = (id: CallId) =>
  database.sql.query(
    `UPDATE calls SET lease_until = clock_timestamp() - interval '2 s' WHERE id = $1`,
    [id],
  );

describe('turns of a trunk', () => {
  it('come no closer than the limit and leave no more calls up than there are channels, whoever races', async () => {
    const trunk = await newTrunk({ maxCallsPerSecond: 20, maxChannels: 3 });
    const calls = await queuedCalls(trunk, 24);
    const invites: { readonly id: CallId; readonly atMs: number }[] = [];
    const up: CallRecord[] = [];
    let mostUp = 0;
    // The oldest one ends when all channels are taken, or nobody else comes.
    const hangUp = async (from: PrismaStore): Promise<void> => {
      const isOver = invites.length === calls.length;
      for (const record of up.splice(0, isOver ? up.length : Math.max(0, up.length - 2))) {
        await end(record, from);
      }
    };
    const worker = async (from: PrismaStore): Promise<void> => {
      const node = ids.nodeId();
      while (invites.length < calls.length) {
        const { next, claimed } = await claimNext(trunk.id, node, from);
        if (claimed === null) {
          await pass(next.kind === 'wait' ? Math.min(next.retryInMs, 20) : 5);
          continue;
        }
        // The way out takes longer for some.
        await pass(invites.length % 3 === 0 ? 15 : 0);
        invites.push({ id: claimed.record.id, atMs: nowMs() });
        up.push(claimed.record);
        mostUp = Math.max(mostUp, up.length);
        await from.trunkGate.inviteSent(trunk.id, claimed.record.id);
        await hangUp(from);
      }
    };

    const stores = [store, ...others];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => worker(stores[index % stores.length] ?? store)),
    );
    expect(up).toEqual([]);

    expect(invites.map(({ id }) => id)).toEqual(calls);
    const gaps = invites.slice(1).map(({ atMs }, index) => atMs - (invites[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50);
    expect(mostUp).toBe(3);
  });

  it('are given without waiting where nothing is limited', async () => {
    const trunk = await newTrunk();
    const calls = await queuedCalls(trunk, 3);

    const taken = [];
    for (let index = 0; index < 3; index++) taken.push(await claimNext(trunk.id));

    expect(taken.map(({ claimed }) => claimed?.record.id)).toEqual(calls);
    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toEqual({ kind: 'idle' });
  });

  it('are the only way to claim a call of a trunk', async () => {
    const trunk = await newTrunk();
    const call = await queuedCall(trunk);

    expect(await store.ledger.claim(call.id, call.epoch, ids.nodeId())).toBeNull();
    expect((await store.sweeper.findQueued(0, 100)).map(({ callId }) => callId)).not.toContain(
      call.id,
    );
    expect(await store.trunkGate.findAwaited()).toContain(trunk.id);
    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(call.id);
    expect(await store.trunkGate.findAwaited()).not.toContain(trunk.id);
  });

  it('are for the highest priority first, and for no call before its time', async () => {
    const trunk = await newTrunk();
    const usual = await queuedCall(trunk);
    const urgent = await queuedCall(trunk, { priority: 5 });
    const startAt = new Date(Date.now() + 3_600_000);
    const later = await queuedCall(trunk, { priority: 9, startAt });

    const taken = [await claimNext(trunk.id), await claimNext(trunk.id)];

    expect(taken.map(({ claimed }) => claimed?.record.id)).toEqual([urgent.id, usual.id]);
    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toEqual({ kind: 'idle' });
    expect(await store.trunkGate.findAwaited()).not.toContain(trunk.id);
    await database.sql.query('UPDATE calls SET next_dial_at = clock_timestamp() WHERE id = $1', [
      later.id,
    ]);
    expect(await store.sweeper.takeDue(10)).toEqual([
      { callId: later.id, epoch: 0, priority: 9, trunkId: trunk.id },
    ]);
    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(later.id);
  });

  it('pass to others while a call waits to be dialled again', async () => {
    const trunk = await newTrunk({ maxChannels: 1 });
    const [busy, next] = await queuedCalls(trunk, 2);
    const { claimed } = await claimNext(trunk.id);
    invariant(claimed, 'the turn was free');
    const call = { state: 'queued', leg: null, nextDialMs: 60_000, leavesTrunk: true } as const;

    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toMatchObject({ reason: 'channels' });
    await store.ledger.commit(changeOf(claimed.record, { call }));

    expect(claimed.record.id).toBe(busy);
    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(next);
  });

  it('are held until the INVITE has left, and then the time begins', async () => {
    const trunk = await newTrunk({ maxCallsPerSecond: 0.5 });
    await queuedCalls(trunk, 2);
    const { claimed } = await claimNext(trunk.id);
    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toMatchObject({
      kind: 'wait',
      reason: 'callsPerSecond',
      retryInMs: 100,
    });

    const opensInMs = await store.trunkGate.inviteSent(trunk.id, known(claimed?.record.id));

    expect(opensInMs).toBeGreaterThan(1_900);
    expect(opensInMs).toBeLessThanOrEqual(2_000);
    const next = await store.trunkGate.nextCall(trunk.id, NODE);
    expect(next).toMatchObject({ kind: 'wait', reason: 'callsPerSecond' });
    expect(next.kind === 'wait' && next.retryInMs).toBeGreaterThan(1_000);
  });

  it('count as if the INVITE had left when their node dies before it could tell', async () => {
    const trunk = await newTrunk({ maxCallsPerSecond: 0.1 });
    const [first] = await queuedCalls(trunk, 2);
    await claimNext(trunk.id);
    await loseNode(known(first));

    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toMatchObject({ retryInMs: 10_000 });
    const next = await store.trunkGate.nextCall(trunk.id, NODE);
    expect(next.kind === 'wait' && next.retryInMs).toBeGreaterThan(9_000);
  });

  it('are free at once when they are given back', async () => {
    const trunk = await newTrunk({ maxCallsPerSecond: 0.1 });
    const [first, second] = await queuedCalls(trunk, 2);
    const { claimed } = await claimNext(trunk.id);
    if (claimed !== null) await end(claimed.record);

    await store.trunkGate.giveBack(trunk.id, known(first));

    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(second);
  });

  it('go first to a call that has lost its node, which keeps its channel', async () => {
    const trunk = await newTrunk({ maxChannels: 2 });
    const [first, second, third] = await queuedCalls(trunk, 3);
    await claimNext(trunk.id);
    await claimNext(trunk.id);
    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toMatchObject({ reason: 'channels' });

    await loseNode(known(second));
    await store.sweeper.takeAbandoned(1000);

    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(second);
    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toMatchObject({ reason: 'channels' });
    const record = await store.registry.findCall(known(first));
    if (record !== null) await end(record);
    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(third);
  });

  it('are for the node alone that a call was given to, for as long as it is waited for', async () => {
    const trunk = await newTrunk({ maxChannels: 1 });
    const [given, next] = await queuedCalls(trunk, 2);
    const [from, to] = [ids.nodeId(), ids.nodeId()];
    const { claimed } = await claimNext(trunk.id, from);
    invariant(claimed, 'the first one is claimed');
    await store.ledger.commit(
      changeOf(claimed.record, { call: { state: 'queued', preferredNode: to } }),
    );

    const elsewhere = await store.trunkGate.nextCall(trunk.id, from);
    const wanted = await store.ledger.preferredCalls(to);
    const there = await claimNext(trunk.id, to);

    expect(elsewhere).toMatchObject({ reason: 'channels' });
    expect(wanted).toEqual([{ id: given, epoch: 1, trunkId: trunk.id }]);
    expect(there.claimed?.record.id).toBe(given);
    expect(next).toBeDefined();
  });

  it('are given to a call that is dialled again on its node before those in the queue', async () => {
    const trunk = await newTrunk({ maxCallsPerSecond: 5, maxChannels: 1 });
    const [first, second] = await queuedCalls(trunk, 2);
    await claimNext(trunk.id);
    await store.trunkGate.inviteSent(trunk.id, known(first));
    expect(await store.trunkGate.askTurn(trunk.id, known(first))).toMatchObject({
      kind: 'wait',
    });
    await expect
      .poll(() => store.trunkGate.nextCall(trunk.id, NODE), { interval: 20 })
      .toMatchObject({ retryInMs: 100 });

    expect(await store.trunkGate.askTurn(trunk.id, known(first))).toEqual({ kind: 'go' });
    await store.trunkGate.inviteSent(trunk.id, known(first));
    await expect
      .poll(() => store.trunkGate.nextCall(trunk.id, NODE), { interval: 20 })
      .toMatchObject({ reason: 'channels' });
    const record = await store.registry.findCall(known(first));
    if (record !== null) await end(record);

    expect((await claimNext(trunk.id)).claimed?.record.id).toBe(second);
  });

  it('end with the trunk: its calls have a verdict of their own', async () => {
    const trunk = await newTrunk();
    const [call] = await queuedCalls(trunk, 1);
    const settings = { ...trunk.settings, enabled: false };
    await change(trunk, { settings, version: trunk.version });

    expect(await store.trunkGate.nextCall(trunk.id, NODE)).toEqual({
      kind: 'closed',
      endedCalls: 1,
    });

    const ended = await store.registry.findCall(known(call));
    expect(ended).toMatchObject({ state: 'ended', verdict: { code: 'TRUNK_DISABLED' } });
    await expect(store.trunkGate.askTurn(trunk.id, known(call))).rejects.toMatchObject({
      code: 'TRUNK_DISABLED',
    });
    expect(await store.trunkGate.nextCall(ids.trunkId(), NODE)).toEqual({
      kind: 'closed',
      endedCalls: 0,
    });
  });

  it('are told of once when they are waited for', async () => {
    const trunk = await newTrunk({ maxChannels: 1 });
    const [first, second] = await queuedCalls(trunk, 2);
    await claimNext(trunk.id);

    expect(await store.trunkGate.tellWaiting(known(second), 'channels')).toBe(true);
    expect(await store.trunkGate.tellWaiting(known(second), 'channels')).toBe(false);
    expect(await store.trunkGate.tellWaiting(known(first), 'channels')).toBe(false);

    const { items } = await store.registry.listEvents(known(second), 0, 10);
    expect(items.map(({ type, seq, data }) => ({ type, seq, data }))).toMatchObject([
      { type: 'call.queued', seq: 1 },
      {
        type: 'call.waiting_for_trunk',
        seq: 2,
        data: { trunk: trunk.settings.name, reason: 'channels' },
      },
    ]);
  });
});

describe('a stored trunk', () => {
  it('tells what it carries', async () => {
    const trunk = await newTrunk({ maxChannels: 1 });
    const other = await newTrunk();
    await queuedCalls(trunk, 2);
    await queuedCall(trunk, { startAt: new Date(systemClock.wallMs() + 60_000) });
    const old = await queuedCall(trunk);
    const aged = `created_at = created_at - interval '61 s'`;
    await database.sql.query(`UPDATE calls SET ${aged} WHERE id = '${old.id}'`);
    const { claimed } = await claimNext(trunk.id);
    invariant(claimed, 'the oldest call is claimed');

    const busy = await store.trunks.usageOf([trunk.id, other.id, ids.trunkId()]);
    await end(claimed.record);
    const after = await store.trunks.usageOf([trunk.id]);

    const idle = { channelsInUse: 0, callsWaiting: 0, callsLastMinute: 0 };
    expect([...busy]).toEqual(
      expect.arrayContaining([
        [trunk.id, { channelsInUse: 1, callsWaiting: 2, callsLastMinute: 3 }],
        [other.id, idle],
      ]),
    );
    expect(busy.size).toBe(2);
    expect(after.get(trunk.id)).toEqual({ channelsInUse: 0, callsWaiting: 2, callsLastMinute: 3 });
  });

  it('has a name of its own within its app', async () => {
    const { settings } = await newTrunk();

    await expect(newTrunk({ name: settings.name })).rejects.toMatchObject({
      code: 'TRUNK_NAME_IN_USE',
    });
    await newTrunk({ name: settings.name }, 'other');
    expect(await store.trunks.findTrunkByName('app', settings.name)).toMatchObject({
      appKey: 'app',
    });
  });

  it('keeps its password sealed, for its row only', async () => {
    const [one, two] = [await newTrunk(), await newTrunk()];
    const { rows } = await database.sql.query<{ row: string }>(
      'SELECT to_jsonb(t)::text AS row FROM trunks t',
    );
    expect(rows.map(({ row }) => row).join()).not.toContain('canary-of-the-trunk');
    expect(JSON.stringify(one)).not.toContain('canary');
    const opened = await store.trunkBook.openTrunk(one.id);
    expect(opened?.password?.reveal()).toBe('canary-of-the-trunk');

    await database.sql.query(
      'UPDATE trunks SET password = (SELECT password FROM trunks WHERE id = $2) WHERE id = $1',
      [one.id, two.id],
    );

    await expect(store.trunkBook.openTrunk(one.id)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('is changed by whoever has read its last version', async () => {
    const trunk = await newTrunk();
    const settings = { ...trunk.settings, maxChannels: 5 };

    const changed = await change(trunk, { settings, version: 1 });

    expect(changed).toMatchObject({ version: 2, settings: { maxChannels: 5 }, hasPassword: true });
    expect(await change(trunk, { settings, version: 1 })).toBeNull();
    await change(trunk, { settings, version: 2, password: null });
    expect((await store.trunkBook.openTrunk(trunk.id))?.password).toBeNull();
  });

  it('is removed when no live call needs it', async () => {
    const trunk = await newTrunk();
    await queuedCalls(trunk, 1);
    expect(await store.trunks.removeTrunk(trunk.id, ACTOR)).toBe('inUse');
    const { claimed } = await claimNext(trunk.id);
    if (claimed !== null) await end(claimed.record);

    expect(await store.trunks.removeTrunk(trunk.id, ACTOR)).toBe('removed');
    expect(await store.trunks.removeTrunk(trunk.id, ACTOR)).toBe('notFound');
  });

  it('changes only together with its line in the audit trail', async () => {
    const trunk = await newTrunk();
    const settings = { ...trunk.settings, maxChannels: 7 };
    const lines = async () => {
      const { items } = await store.audit.listAudit({ limit: 100 });
      return items.filter(({ object }) => object === trunk.id).map(({ action }) => action);
    };

    // No line can be written.
    await database.sql.query(
      `ALTER TABLE audit_log ADD CONSTRAINT no_line CHECK (action NOT LIKE 'trunk.%') NOT VALID`,
    );
    await expect(newTrunk({ name: 'never' })).rejects.toThrow();
    await expect(change(trunk, { settings, version: 1 })).rejects.toThrow();
    await expect(store.trunks.removeTrunk(trunk.id, ACTOR)).rejects.toThrow();
    await database.sql.query('ALTER TABLE audit_log DROP CONSTRAINT no_line');

    expect(await store.trunks.findTrunkByName('app', 'never')).toBeNull();
    expect(await store.trunks.findTrunk(trunk.id)).toEqual(trunk);
    expect(await lines()).toEqual(['trunk.created']);

    await change(trunk, { settings, version: 1 });
    await store.trunks.removeTrunk(trunk.id, ACTOR);
    expect(await lines()).toEqual(['trunk.removed', 'trunk.changed', 'trunk.created']);
  });

  it('is looked at by one node at a time, and remembers since when it is up or down', async () => {
    const trunk = await newTrunk();
    const due = await Promise.all(
      [store, ...others].map((each) => each.trunkBook.takeDueChecks(1000)),
    );
    const mine = due.flat().filter(({ id }) => id === trunk.id);
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({ before: { state: 'unknown', failures: 0 } });

    const up = { state: 'up', failures: 0, roundTripMs: 12.5, reason: '200 OK' } as const;
    await store.trunkBook.recordCheck(trunk.id, { ...up, nextCheckMs: 45_000 });
    const first = await store.trunks.findTrunk(trunk.id);
    await store.trunkBook.recordCheck(trunk.id, { ...up, failures: 1, nextCheckMs: 45_000 });
    const second = await store.trunks.findTrunk(trunk.id);

    expect(first?.health).toMatchObject({ state: 'up', roundTripMs: 12.5, reason: '200 OK' });
    expect(second?.health.since).toEqual(first?.health.since);
  });
});
