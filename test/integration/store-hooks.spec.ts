import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabledDelivery, hookDeliveries } from '#contracts';
import type {
  CallEventType,
  ClaimedLanes,
  DeliveryPlan,
  DueDelivery,
  HookAttempt,
  HookId,
  HookLane,
  LaneResult,
  RelayOutcome,
} from '#domain';
import { invariant } from '#foundation';
import { HOOK_SECRET, HookStoreWorld } from '../support/hook-store-world.ts';
import { ids } from '../support/store-world.ts';

let world: HookStoreWorld;
beforeAll(async () => {
  world = await HookStoreWorld.open();
});
afterAll(() => world.close());

const ALL = { lanes: 1000, perLane: 1000, inWork: 1000 };
const LIFE: readonly CallEventType[] = [
  'call.queued',
  'call.dialing',
  'call.answered',
  'call.ended',
];

const typesOf = (lane: HookLane | undefined): string[] =>
  (lane?.deliveries ?? []).map(({ type }) => type);

async function claim(id: HookId, bounds = ALL): Promise<ClaimedLanes> {
  const claimed = await world.store.hooks.claimLanes(id, bounds);
  invariant(claimed, 'something is due');
  return claimed;
}

const attemptOf = ({ id }: DueDelivery, status: number): HookAttempt => ({
  deliveryId: id,
  durationMs: 1.5,
  status,
  reason: null,
  detail: null,
  requestHeaders: { 'webhook-id': id },
  answerHeaders: { server: 'an "odd" one \\ ünd' },
  answerBody: new Uint8Array([0, 255, 10]),
});

/** The lane as one that was told up to a delivery, which waits. */
const resultOf = (
  { callId, fence, deliveries }: HookLane,
  taken = deliveries.length,
  delayMs = 5_000,
): LaneResult => ({
  callId,
  fence,
  attempts: deliveries
    .slice(0, taken + 1)
    .map((delivery, index) => attemptOf(delivery, index < taken ? 204 : 500)),
  settled: deliveries.slice(0, taken).map(({ id }) => ({ id, state: 'delivered' })),
  waits: deliveries[taken] === undefined ? null : { id: deliveries[taken].id, delayMs },
});

async function appWithHook(events: readonly string[] = ['*']) {
  const appKey = world.newApp();
  const { id } = await world.newHook({ appKey, events });
  return { appKey, id };
}

describe('the relay', () => {
  it('tells each enabled hook of an app what its filter takes, once and in order', async () => {
    const { appKey, id: all } = await appWithHook();
    const { id: ends } = await world.newHook({ appKey, events: ['call.ended', 'output.*'] });
    const { id: off } = await world.newHook({ appKey, isEnabled: false });
    const { id: others } = await appWithHook();
    const callId = await world.tell(appKey, LIFE);

    await world.relayAll();
    await world.relayAll();

    const [deliveries, ofEnds] = [await world.deliveriesOf(all), await world.deliveriesOf(ends)];
    expect(deliveries.map(({ type, seq, callId: of }) => [type, seq, of])).toEqual(
      LIFE.map((type, index) => [type, index + 1, callId]),
    );
    expect(ofEnds.map(({ type }) => type)).toEqual(['call.ended']);
    expect(await world.deliveriesOf(off)).toEqual([]);
    expect(await world.deliveriesOf(others)).toEqual([]);
  });

  it('says nothing of what was before the hook', async () => {
    const appKey = world.newApp();
    await world.tell(appKey, LIFE);
    const { id } = await world.newHook({ appKey });

    await world.relayAll();

    expect(await world.deliveriesOf(id)).toEqual([]);
  });

  it('makes as many requests of an event as the plan says, in its order', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, ['call.queued', 'call.ended']);
    const plan: DeliveryPlan = ({ type }) =>
      type === 'call.queued'
        ? []
        : ['one', 'two'].map((path) => ({ path, body: new TextEncoder().encode(path) }));

    await world.relayAll(plan);

    const { lanes } = await claim(id);
    expect(await world.deliveriesOf(id)).toMatchObject([
      { ordinal: 0, path: 'one', type: 'call.ended' },
      { ordinal: 1, path: 'two', type: 'call.ended' },
    ]);
    expect(lanes[0]?.deliveries.map(({ body }) => Buffer.from(body).toString())).toEqual([
      'one',
      'two',
    ]);
  });

  it('has one reader at a time, and none stores an event twice or passes one by', async () => {
    const { appKey, id } = await appWithHook();
    const stop = new AbortController();
    const outcomes: (number | null)[] = [];
    const read = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        outcomes.push((await world.store.hooks.relay(7, hookDeliveries))?.events ?? null);
      }
    };
    const readers = Promise.all([read(), read(), read()]);
    try {
      for (let call = 0; call < 40; call++) await world.tell(appKey, LIFE);
      await world.relayAll();
    } finally {
      stop.abort();
      await readers;
    }

    const deliveries = await world.deliveriesOf(id);
    expect(deliveries).toHaveLength(40 * LIFE.length);
    expect(new Set(deliveries.map(({ eventId }) => eventId)).size).toBe(40 * LIFE.length);
    expect(outcomes).toContain(null);
  });

  it('are read no further than deliveries of one transaction go', async () => {
    const { appKey, id } = await appWithHook();
    await world.relayAll();
    await world.tell(appKey, ['call.queued', 'call.answered', 'call.ended']);
    const MANY = 2_500;
    const request = { path: '', body: new Uint8Array([1]) };
    const plan: DeliveryPlan = () => Array.from({ length: MANY }, () => request);

    const outcomes: RelayOutcome[] = [];
    while (outcomes.length < 2) {
      const outcome = await world.store.hooks.relay(1000, plan);
      if (outcome !== null && outcome.events > 0) outcomes.push(outcome);
    }

    expect(outcomes).toEqual([
      { events: 2, deliveries: 2 * MANY, hasMore: true },
      { events: 1, deliveries: MANY, hasMore: false },
    ]);
    expect(await world.deliveriesOf(id)).toHaveLength(3 * MANY);
  });

  it('stores nothing and stays where it is when the plan throws', async () => {
    const { appKey, id } = await appWithHook();
    await world.relayAll();
    await world.tell(appKey, LIFE);
    const broken = world.relayAll(() => {
      throw new Error('no plan');
    });
    await expect(broken).rejects.toThrow('no plan');

    await world.relayAll();

    expect(await world.deliveriesOf(id)).toHaveLength(LIFE.length);
  });
});

describe('lanes that are due', () => {
  it('are those of calls, with what waits in each in its order, and whatever signs it', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.tell(appKey, ['call.queued']);
    await world.relayAll();

    expect(await world.store.hooks.dueHooks(1000)).toContain(id);
    const { hook, secrets, lanes } = await claim(id);

    expect(hook).toMatchObject({ id, appKey, dialect: 'standard', failingSince: null });
    expect(secrets.map((secret) => secret.reveal())).toEqual([HOOK_SECRET]);
    expect(lanes.map(typesOf).sort()).toEqual([['call.queued'], LIFE].sort());
    const body = JSON.parse(Buffer.from(lanes[0]?.deliveries[0]?.body ?? []).toString()) as object;
    expect(body).toMatchObject({ type: 'call.queued', seq: 1, data: { n: 1 } });
  });

  it('are taken by one at a time, and by the next one when the lease has run out', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.relayAll();
    const [first] = (await claim(id)).lanes;

    const meanwhile = await world.store.hooks.claimLanes(id, ALL);
    const dueMeanwhile = await world.store.hooks.dueHooks(1000);
    await world.pass(id, 15_000);
    const beforeItsEnd = await world.store.hooks.claimLanes(id, ALL);
    await world.pass(id, 10_000);
    const [next] = (await claim(id)).lanes;

    expect([meanwhile, beforeItsEnd]).toEqual([null, null]);
    expect(dueMeanwhile).not.toContain(id);
    invariant(first !== undefined && next !== undefined, 'both have the lane');
    expect(next.fence).toBe(first.fence + 1);
    expect(next.deliveries).toEqual(first.deliveries);
  });

  it('of an old lease settle nothing, and what was tried is logged', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, ['call.queued']);
    await world.relayAll();
    const old = (await claim(id)).lanes.map((lane) => resultOf(lane));
    await world.pass(id, 60_000);
    const next = (await claim(id)).lanes.map((lane) => resultOf(lane));

    await world.store.hooks.settleLanes(id, old);
    const states = (await world.deliveriesOf(id)).map(({ state }) => state);
    await world.store.hooks.settleLanes(id, next);

    expect(states).toEqual(['pending']);
    expect(await world.deliveriesOf(id)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    const { rows } = await world.database.sql.query<{ status: number; answer_body: Buffer }>(
      `SELECT a.* FROM hook_attempts a JOIN hook_deliveries d ON d.id = a.delivery_id WHERE d.hook_id = $1`,
      [id],
    );
    expect(rows.map(({ status, answer_body: body }) => [status, [...body]])).toEqual([
      [204, [0, 255, 10]],
      [204, [0, 255, 10]],
    ]);
  });

  it('are as many as the bounds say, over all workers', async () => {
    const { appKey, id } = await appWithHook();
    for (let call = 0; call < 10; call++) await world.tell(appKey, LIFE);
    await world.relayAll();

    const first = await claim(id, { lanes: 3, perLane: 2, inWork: 5 });
    const second = await claim(id, { lanes: 3, perLane: 2, inWork: 5 });
    const third = await world.store.hooks.claimLanes(id, { lanes: 3, perLane: 2, inWork: 5 });

    expect([first, second].map(({ lanes }) => lanes.length)).toEqual([3, 2]);
    expect(first.lanes.map(typesOf)).toEqual(Array(3).fill(LIFE.slice(0, 2)));
    expect(third).toBeNull();
  });

  it('of a hook that is switched off are nobody’s', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.relayAll();

    const was = await world.store.hooks.disableHook(id, 'gone', disabledDelivery);
    const again = await world.store.hooks.disableHook(id, 'failing', disabledDelivery);

    expect([was, again]).toEqual([true, false]);
    expect(await world.store.hooks.claimLanes(id, ALL)).toBeNull();
    expect(await world.store.hooks.dueHooks(1000)).not.toContain(id);
  });
});

describe('what has become of a lane', () => {
  it('that was told all: it is gone', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.relayAll();

    const { lanes } = await claim(id);
    await world.store.hooks.settleLanes(
      id,
      lanes.map((lane) => resultOf(lane)),
    );

    expect((await world.deliveriesOf(id)).map(({ state }) => state)).toEqual(
      LIFE.map(() => 'delivered'),
    );
    expect(await world.lanesOf(id)).toBe(0);
  });

  it('that has failed: all behind the failure waits with it, also what comes later', async () => {
    const { appKey, id } = await appWithHook();
    const callId = await world.tell(appKey, ['call.queued', 'call.dialing', 'call.answered']);
    await world.relayAll();
    const { lanes } = await claim(id);

    await world.store.hooks.settleLanes(
      id,
      lanes.map((lane) => resultOf(lane, 1, 30_000)),
    );
    await world.tell(appKey, ['call.ended'], { id: callId, from: 4 });
    await world.relayAll();
    const waitMs = await world.waitMs(id);
    const early = await world.store.hooks.claimLanes(id, ALL);
    await world.pass(id, 30_000);
    const later = await claim(id);

    expect(waitMs).toBeGreaterThan(20_000);
    expect(waitMs).toBeLessThanOrEqual(30_000);
    expect(early).toBeNull();
    expect(later.lanes.map(typesOf)).toEqual([['call.dialing', 'call.answered', 'call.ended']]);
    expect(later.lanes[0]?.deliveries.map(({ attempts }) => attempts)).toEqual([1, 0, 0]);
  });

  it('of which one was given up: the rest has its turn at once', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.relayAll();
    const [lane] = (await claim(id)).lanes;
    invariant(lane, 'there is one lane');
    const failed = {
      ...resultOf(lane, 1),
      settled: [{ id: lane.deliveries[0]!.id, state: 'failed' as const }],
    };

    await world.store.hooks.settleLanes(id, [{ ...failed, waits: null }]);

    expect((await claim(id)).lanes.map(typesOf)).toEqual([LIFE.slice(1)]);
    expect((await world.deliveriesOf(id))[0]).toMatchObject({ state: 'failed', attempts: 1 });
  });

  it('into which more comes while it is settled: nothing is left behind', async () => {
    const { appKey, id } = await appWithHook();
    const calls = Array.from({ length: 8 }, () => ids.callId());
    const EVENTS = 12;
    const tellAll = async (): Promise<void> => {
      for (let seq = 1; seq <= EVENTS; seq++) {
        for (const call of calls)
          await world.tell(appKey, ['media.silent'], { id: call, from: seq });
      }
    };
    const told = tellAll();
    const seen: string[] = [];
    const isDone = (): boolean => seen.length >= calls.length * EVENTS;
    while (!isDone()) {
      await world.store.hooks.relay(1000, hookDeliveries);
      const claimed = await world.store.hooks.claimLanes(id, ALL);
      if (claimed === null) continue;
      seen.push(...claimed.lanes.flatMap(({ deliveries }) => deliveries.map((one) => one.id)));
      await world.store.hooks.settleLanes(
        id,
        claimed.lanes.map((lane) => resultOf(lane)),
      );
    }
    await told;

    expect(new Set(seen).size).toBe(calls.length * EVENTS);
    expect(await world.lanesOf(id)).toBe(0);
  });
});

describe('the health of a hook', () => {
  it('says since when nothing but failures has come of it', async () => {
    const { id } = await appWithHook();
    const { hooks } = world.store;

    const first = await hooks.noteHealth(id, false);
    const second = await hooks.noteHealth(id, false);
    const working = await hooks.noteHealth(id, true);

    expect(first).toBeInstanceOf(Date);
    expect(second).toEqual(first);
    expect(working).toBeNull();
  });
});

describe('what was settled', () => {
  it('is forgotten after its days, and what waits is not', async () => {
    const { appKey, id } = await appWithHook();
    await world.tell(appKey, LIFE);
    await world.relayAll();
    const { lanes } = await claim(id);
    await world.store.hooks.settleLanes(
      id,
      lanes.map((lane) => resultOf(lane, 2)),
    );

    const early = await world.store.hooks.forgetSettled(30);
    await world.database.sql.query(
      `UPDATE hook_deliveries SET created_at = created_at - interval '31 days',
         settled_at = settled_at - interval '31 days' WHERE hook_id = $1`,
      [id],
    );
    const forgotten = await world.store.hooks.forgetSettled(30);

    expect([early, forgotten]).toEqual([0, 2]);
    expect((await world.deliveriesOf(id)).map(({ state }) => state)).toEqual([
      'pending',
      'pending',
    ]);
  });

  it('is counted among what waits no more', async () => {
    const { appKey, id } = await appWithHook();
    const before = await world.store.hooks.backlog();
    await world.tell(appKey, LIFE);
    await world.relayAll();
    const during = await world.store.hooks.backlog();
    await world.pass(id, 3_600_000);
    const late = await world.store.hooks.backlog();
    const { lanes } = await claim(id);
    await world.store.hooks.settleLanes(
      id,
      lanes.map((lane) => resultOf(lane)),
    );
    const after = await world.store.hooks.backlog();

    expect(during.pending - before.pending).toBe(LIFE.length);
    expect(late.oldestDueMs).toBeGreaterThan(3_599_000);
    expect(after.pending).toBe(before.pending);
  });
});
