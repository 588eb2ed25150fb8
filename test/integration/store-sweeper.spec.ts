import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { verdictOf } from '#domain';
import type { CallId, CallState, NodeId } from '#domain';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import {
  changeOf,
  claimedCall,
  ids,
  newCall,
  newSecretKey,
  startStore,
} from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});

beforeEach(async () => {
  await database.sql.query('DELETE FROM calls');
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

const leg = { dialogId: 'dialog', sipCallId: 'sip-call', fromTag: 'tag' };

/** Moves times of a call into the past, so that nobody has to wait. */
const endLease = (id: CallId, agoMs: number) =>
  database.sql.query(
    `UPDATE calls SET lease_until = clock_timestamp() - $2 * interval '1 ms' WHERE id = $1`,
    [id, agoMs],
  );
const ageState = (id: CallId, byMs: number) =>
  database.sql.query(
    `UPDATE calls SET state_since = state_since - $2 * interval '1 ms' WHERE id = $1`,
    [id, byMs],
  );

/** A call in `state` with a leg and a publishing output, whose node has died. */
async function abandonedCall(state: CallState, node: NodeId = ids.nodeId()) {
  const { record } = await claimedCall(store, node);
  const outputs = new Map([[record.outputs[0]!.id, { state: 'publishing' as const }]]);
  await store.ledger.commit(changeOf(record, { call: { state, leg }, outputs }));
  await endLease(record.id, 1_100);
  return { ...record, version: record.version + 1 };
}

const typesOf = async (id: CallId) =>
  (await store.registry.listEvents(id, 0, 100)).items.map((event) => event.type);

describe('a call whose node was lost', () => {
  it('is queued again under a new epoch, with the dialog that may still be up', async () => {
    const node = ids.nodeId();
    const lost = await abandonedCall('up', node);

    expect(await store.sweeper.takeAbandoned(10)).toEqual([
      { id: lost.id, epoch: 2, state: 'queued', orphan: leg },
    ]);

    expect(await store.registry.findCall(lost.id)).toMatchObject({
      state: 'queued',
      epoch: 2,
      node: null,
      failovers: 1,
      verdict: null,
      outputs: [{ state: 'idle' }],
    });
    const { items } = await store.registry.listEvents(lost.id, 2, 10);
    expect(items.map(({ type, data, epoch }) => ({ type, data, epoch }))).toEqual([
      { type: 'call.failed_over', data: { node, epoch: 1 }, epoch: 2 },
    ]);
  });

  it('fences off its old owner', async () => {
    const lost = await abandonedCall('up');
    await store.sweeper.takeAbandoned(10);

    expect(await store.ledger.commit(changeOf(lost))).toBe(false);
    expect(await store.ledger.claim(lost.id, 1, ids.nodeId())).toBeNull();
    expect(await store.ledger.claim(lost.id, 2, ids.nodeId())).toMatchObject({
      record: { epoch: 3, state: 'claimed' },
    });
  });

  it('is left to its owner until the lease has been over for 1 s', async () => {
    const { record } = await claimedCall(store, ids.nodeId());
    await endLease(record.id, 900);

    expect(await store.sweeper.takeAbandoned(10)).toEqual([]);
  });

  it('is taken once by many sweepers, and no call is missed', async () => {
    const lost = [];
    for (let index = 0; index < 8; index++) lost.push((await abandonedCall('dialing')).id);

    const sweeps = await Promise.all(
      Array.from({ length: 4 }, () => store.sweeper.takeAbandoned(100)),
    );

    expect(
      sweeps
        .flat()
        .map((call) => call.id)
        .sort(),
    ).toEqual(lost.sort());
  });

  it('is passed over while somebody else has it in hand', async () => {
    const [busy, free] = [await abandonedCall('up'), await abandonedCall('up')];
    const other = await database.sql.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM calls WHERE id = $1 FOR UPDATE', [busy.id]);

    const taken = await store.sweeper.takeAbandoned(10);

    await other.query('ROLLBACK');
    other.release();
    expect(taken.map((call) => call.id)).toEqual([free.id]);
  });

  it('ends when it was ending, with the verdict it had', async () => {
    const lost = await abandonedCall('ending');
    const verdict = verdictOf('failed', 'SIP_BUSY');
    await database.sql.query('UPDATE calls SET verdict = $2 WHERE id = $1', [lost.id, verdict]);

    expect(await store.sweeper.takeAbandoned(10)).toMatchObject([{ state: 'ended', orphan: leg }]);

    expect(await store.registry.findCall(lost.id)).toMatchObject({ state: 'ended', verdict });
    expect((await typesOf(lost.id)).slice(-2)).toEqual(['output.closed', 'call.ended']);
  });

  const stopped = [
    { state: 'up', result: 'completed', code: 'CALL_HUNG_UP' },
    { state: 'ringing', result: 'canceled', code: 'CALL_CANCELED' },
  ] as const;

  it.each(stopped)('ends when it was asked to stop while $state', async (row) => {
    const lost = await abandonedCall(row.state);
    await store.registry.requestStop(lost.id, ids.commandId());

    expect(await store.sweeper.takeAbandoned(10)).toMatchObject([{ state: 'ended' }]);

    expect(await store.registry.findCall(lost.id)).toMatchObject({
      state: 'ended',
      verdict: { result: row.result, code: row.code },
      outputs: [{ state: 'closed' }],
    });
    const commands = await database.sql.query('SELECT state FROM commands WHERE call_id = $1', [
      lost.id,
    ]);
    expect(commands.rows).toEqual([{ state: 'refused' }]);
  });

  it('ends when it loses its sixth node', async () => {
    const call = await store.registry.createCall(newCall());
    const states: string[] = [];
    for (let epoch = 0; epoch <= 10; epoch += 2) {
      await store.ledger.claim(call.id, epoch, ids.nodeId());
      await endLease(call.id, 1_100);
      const [taken] = await store.sweeper.takeAbandoned(1);
      states.push(taken?.state ?? 'untouched');
    }

    expect(states).toEqual(['queued', 'queued', 'queued', 'queued', 'queued', 'ended']);
    expect((await store.registry.findCall(call.id))?.verdict).toMatchObject({
      result: 'failed',
      code: 'CALL_NODE_LOST',
    });
    expect((await typesOf(call.id)).filter((type) => type === 'call.ended')).toHaveLength(1);
  });

  it('tells of its end once, though its owner and a sweeper end it at once', async () => {
    const lost = await Promise.all(Array.from({ length: 10 }, () => abandonedCall('ending')));
    const verdict = verdictOf('completed', 'CALL_PEER_LEFT');
    const events = [{ type: 'call.ended', data: { verdict } }] as const;
    const call = { state: 'ended', verdict } as const;

    await Promise.all([
      ...lost.map((record) => store.ledger.commit(changeOf(record, { call, events }))),
      store.sweeper.takeAbandoned(100),
    ]);

    for (const { id } of lost) {
      const types = await typesOf(id);
      expect(types.filter((type) => type === 'call.ended')).toHaveLength(1);
      expect(types.at(-1)).toBe('call.ended');
    }
  });
});

describe('a queued call', () => {
  it('is found when it has waited, the oldest first', async () => {
    const [young, old, older] = [
      await store.registry.createCall(newCall()),
      await store.registry.createCall(newCall()),
      await store.registry.createCall(newCall()),
    ];
    await ageState(old.id, 5_000);
    await ageState(older.id, 6_000);

    const found = await store.sweeper.findQueued(2_000, 10);

    expect(found).toEqual([
      { callId: older.id, epoch: 0, priority: 0 },
      { callId: old.id, epoch: 0, priority: 0 },
    ]);
    expect(await store.sweeper.findQueued(0, 10)).toContainEqual({
      callId: young.id,
      epoch: 0,
      priority: 0,
    });
    expect(await store.sweeper.findQueued(0, 1)).toHaveLength(1);
  });

  it('waits anew after a failover', async () => {
    const lost = await abandonedCall('up');
    await ageState(lost.id, 60_000);

    await store.sweeper.takeAbandoned(1);

    expect(await store.sweeper.findQueued(2_000, 10)).toEqual([]);
  });

  it('ends after an hour without a node', async () => {
    const waiting = await store.registry.createCall(newCall());
    const expired = await store.registry.createCall(newCall());
    await ageState(waiting.id, 3_500_000);
    await ageState(expired.id, 3_600_001);

    expect(await store.sweeper.expireQueued()).toBe(1);

    expect((await store.registry.findCall(waiting.id))?.state).toBe('queued');
    expect(await store.registry.findCall(expired.id)).toMatchObject({
      state: 'ended',
      verdict: { result: 'failed', code: 'QUEUE_EXPIRED' },
    });
    expect(await store.sweeper.expireQueued()).toBe(0);
  });
});

describe('nodes', () => {
  const node = (fields = {}) => ({
    id: ids.nodeId(),
    host: 'host',
    pid: 4711,
    capacity: 100,
    version: '1.2.3',
    url: 'http://10.0.0.7:4000',
    usedCapacity: 1.5,
    activeCalls: 1,
    latenessP99Ms: 3.25,
    cpuCores: 0.125,
    refusal: null,
    ...fields,
  });

  it('are listed as they last presented themselves, until they leave', async () => {
    const first = node();
    await store.nodes.heartbeat(first);
    const [before] = await store.nodes.listNodes();
    const later = { ...first, activeCalls: 7, usedCapacity: 8.25, refusal: 'late' } as const;
    await store.nodes.heartbeat(later);
    const [refusing] = await store.nodes.listNodes();
    await store.nodes.heartbeat({ ...later, cpuCores: 0.5 });

    const [after, ...others] = await store.nodes.listNodes();
    expect(before).toMatchObject(first);
    expect(after).toMatchObject({ ...later, cpuCores: 0.5 });
    expect(others).toEqual([]);
    // The reason is the same, so it counts from the time it was first told.
    expect(after?.refusalSince).toEqual(refusing?.refusalSince);
    expect(Number(refusing?.refusalSince)).toBeGreaterThan(Number(before?.refusalSince));
    expect(after?.startedAt).toEqual(before?.startedAt);
    await store.nodes.removeNode(first.id);
    expect(await store.nodes.listNodes()).toEqual([]);
  });

  it('are left out after 15 s of silence, and forgotten after an hour', async () => {
    const [silent, dead] = [node(), node()];
    const silence = (id: NodeId, seconds: number) =>
      database.sql.query(`UPDATE nodes SET seen_at = seen_at - $2 * interval '1 s' WHERE id = $1`, [
        id,
        seconds,
      ]);
    await store.nodes.heartbeat(silent);
    await store.nodes.heartbeat(dead);
    await silence(silent.id, 16);
    await silence(dead.id, 3_601);
    const living = node();

    await store.nodes.heartbeat(living);

    expect(await store.nodes.listNodes()).toMatchObject([living]);
    const rows = await database.sql.query<{ id: string }>('SELECT id FROM nodes ORDER BY id');
    expect(rows.rows.map((row) => row.id)).toEqual([silent.id, living.id].sort());
  });
});

const HOUR_MS = 3_600_000;
const dueIn = (ms: number) => new Date(Date.now() + ms);
/** Moves the time that a call waits for, so that nobody has to wait. */
const letBeDue = (id: CallId, agoMs: number) =>
  database.sql.query(
    `UPDATE calls SET next_dial_at = clock_timestamp() - $2 * interval '1 ms' WHERE id = $1`,
    [id, agoMs],
  );

describe('a call that waits for its time', () => {
  it('is neither found, claimed nor ended before it, and all of that after it', async () => {
    const startAt = dueIn(20 * HOUR_MS);
    const { id } = await store.registry.createCall(newCall({ startAt, priority: 3 }));
    await ageState(id, 10 * HOUR_MS);

    expect(await store.sweeper.takeDue(10)).toEqual([]);
    expect(await store.sweeper.findQueued(0, 10)).toEqual([]);
    expect(await store.ledger.claim(id, 0, ids.nodeId())).toBeNull();
    expect(await store.sweeper.expireQueued()).toBe(0);
    expect(await store.registry.findCall(id)).toMatchObject({ startAt, nextDialAt: startAt });

    await letBeDue(id, 1);
    const job = { callId: id, epoch: 0, priority: 3 };
    expect(await store.sweeper.takeDue(10)).toEqual([job]);
    expect(await store.sweeper.takeDue(10)).toEqual([]);
    expect(await store.sweeper.findQueued(0, 10)).toEqual([job]);
    expect(await store.registry.findCall(id)).toMatchObject({ startAt, nextDialAt: null });
    expect(await store.sweeper.expireQueued()).toBe(0);
    await ageState(id, HOUR_MS + 1);
    expect(await store.sweeper.expireQueued()).toBe(1);
    expect((await store.registry.findCall(id))?.verdict?.code).toBe('QUEUE_EXPIRED');
  });

  it('waits for nothing any more once it was claimed, and when its node is lost it comes first', async () => {
    const { id } = await store.registry.createCall(newCall({ startAt: dueIn(HOUR_MS) }));
    await letBeDue(id, 1);

    const claimed = await store.ledger.claim(id, 0, ids.nodeId());
    await endLease(id, 1_100);
    await store.sweeper.takeAbandoned(10);

    expect(claimed?.record.nextDialAt).toBeNull();
    expect(await store.sweeper.findQueued(0, 10)).toEqual([{ callId: id, epoch: 2 }]);
  });

  it('is taken off at once, and frees its target', async () => {
    const call = newCall({ startAt: dueIn(HOUR_MS) });
    await store.registry.createCall(call);
    const rival = () => ({
      ...newCall(),
      outputs: call.outputs.map((output) => ({ ...output, id: ids.outputId() })),
    });

    await expect(store.registry.createCall(rival())).rejects.toMatchObject({
      code: 'TARGET_IN_USE',
    });
    expect(await store.registry.requestStop(call.id, ids.commandId())).toBe('ended');

    expect((await store.registry.findCall(call.id))?.verdict?.code).toBe('CALL_CANCELED');
    await store.registry.createCall(rival());
  });
});

describe('a call that is to be dialled again later', () => {
  const policy = { attempts: 2, backoffSeconds: [60], on: ['SIP_BUSY' as const] };
  const planned = async () => {
    const { record } = await claimedCall(store, ids.nodeId(), { redial: policy });
    const change = changeOf(record, { call: { state: 'queued', leg: null, nextDialMs: 60_000 } });
    return { record, isWritten: () => store.ledger.commit(change) };
  };

  it('waits on no node, and counts how often it was', async () => {
    const { record, isWritten } = await planned();

    expect(await isWritten()).toBe(true);

    const call = await store.registry.findCall(record.id);
    expect(call).toMatchObject({ state: 'queued', node: null, redials: 1, redial: policy });
    const waitMs = (call?.nextDialAt?.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(30_000);
    expect(waitMs).toBeLessThanOrEqual(61_000);
    expect(await store.ledger.claim(record.id, 1, ids.nodeId())).toBeNull();
    await letBeDue(record.id, 1);
    expect(await store.ledger.claim(record.id, 1, ids.nodeId())).toMatchObject({
      record: { epoch: 2, redials: 1, nextDialAt: null },
    });
  });

  it('does not wait when it was asked to stop meanwhile: who takes it ends it', async () => {
    const { record, isWritten } = await planned();
    await store.registry.requestStop(record.id, ids.commandId());

    expect(await isWritten()).toBe(true);

    expect((await store.registry.findCall(record.id))?.nextDialAt).toBeNull();
    expect(await store.sweeper.findQueued(0, 10)).toMatchObject([{ callId: record.id }]);
  });
});
