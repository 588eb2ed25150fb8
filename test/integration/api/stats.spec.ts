import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callStatsViewSchema } from '#contracts';
import type { CallId, CallState, CallStats, NodeId } from '#domain';
import { callStats } from '#testkit';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { EventListener } from './event-listener.ts';

const NODE = 'node_00000000000000000000000001' as NodeId;
const FIGURES = callStats({ packets: 4502, lost: 12, mos: 4.37, roundTripMs: 24.5 });

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.forgetCalls();
});
afterAll(async () => {
  await world.close();
});

let count = 0;
async function place(): Promise<CallId> {
  const answer = await world.as
    .post('/v1/calls')
    .send(callBody(`stats-${++count}`))
    .expect(202);
  return (answer.body as { id: CallId }).id;
}

async function move(id: CallId, state: CallState, stats?: CallStats): Promise<void> {
  const call = await world.store.registry.findCall(id);
  if (call === null) throw new Error(`no call ${id}`);
  const isDone = await world.store.ledger.commit({
    callId: id,
    epoch: call.epoch,
    version: call.version,
    transitions: [{ machine: 'call', from: call.state, to: state, event: 'rang' }],
    call: { state, ...(stats === undefined ? {} : { stats }) },
    outputs: new Map(),
    events: [],
  });
  expect(isDone).toBe(true);
}

async function placeAnswered(): Promise<CallId> {
  const id = await place();
  await world.store.ledger.claim(id, 0, NODE);
  await move(id, 'dialing');
  await move(id, 'up');
  return id;
}

const tell = (callId: CallId, epoch: number, stats = FIGURES): void =>
  world.figures.send([{ callId, appKey: 'default', epoch, node: NODE, stats }]);

const ask = (id: string) => world.as.get(`/v1/calls/${id}/stats`);

describe('GET /v1/calls/{id}/stats', () => {
  it('tells the newest figures of a live call, and when they were taken', async () => {
    const id = await placeAnswered();
    tell(id, 1, callStats({ packets: 1 }));
    tell(id, 1);

    const { body } = await ask(id).expect(200);

    expect(callStatsViewSchema.strict().parse(body)).toEqual({
      callId: id,
      epoch: 1,
      node: NODE,
      isFinal: false,
      ...FIGURES,
    });
  });

  it('tells the last figures of a call that has ended, whatever a node still says', async () => {
    const id = await placeAnswered();
    await move(id, 'ending');
    await move(id, 'ended', callStats({ packets: 5000 }));
    tell(id, 1);

    const { body } = await ask(id).expect(200);

    expect(body).toMatchObject({ callId: id, isFinal: true, audio: { packets: 5000 } });
    expect(callStatsViewSchema.strict().safeParse(body).success).toBe(true);
  });

  it('has none before there is media, and none of a call that never had any', async () => {
    const queued = await place();
    const ended = await place();
    await world.as.delete(`/v1/calls/${ended}`).expect(202);

    for (const id of [queued, ended]) {
      const { body } = await ask(id).expect(409);
      expect(body).toMatchObject({ code: 'STATS_NONE' });
    }
  });

  it('asks to come again when the node of an answered call has told nothing', async () => {
    const id = await placeAnswered();

    const { body, headers } = await ask(id).expect(503);

    expect(body).toMatchObject({ code: 'STATS_UNAVAILABLE' });
    expect(headers['retry-after']).toBe('1');
  });

  it('does not tell what an owner before this one has counted', async () => {
    const id = await placeAnswered();
    tell(id, 0);

    await ask(id).expect(503);
  });

  it.each(['call_00000000000000000000000000', 'nonsense'])('knows no call %s', async (id) => {
    const { body } = await ask(id).expect(404);

    expect(body).toMatchObject({ code: 'CALL_NOT_FOUND' });
  });
});

describe('GET /v1/events?stats=true', () => {
  it('tells figures as they come, without a place in the feed, besides the events', async () => {
    const listener = await EventListener.open(world.url, { query: '?stats=true' });
    const plain = await EventListener.open(world.url);

    const id = await placeAnswered();
    await listener.until(() => listener.events.some(({ data }) => data['callId'] === id));
    tell(id, 1);
    await listener.untilText('event: call.stats\n');
    await move(id, 'ending');
    const last = await place();
    for (const one of [listener, plain]) {
      await one.until(() => one.events.some(({ data }) => data['callId'] === last));
      one.close();
    }

    const block = listener.text.split('\n\n').find((text) => text.startsWith('event: call.stats'));
    const data: unknown = JSON.parse(block?.split('data: ')[1] ?? '');
    expect(callStatsViewSchema.strict().parse(data)).toMatchObject({
      callId: id,
      isFinal: false,
      audio: { packets: 4502 },
    });
    expect(block).not.toContain('id: ');
    expect(plain.text).not.toContain('call.stats');
    const cursorsOf = ({ events }: EventListener) =>
      events
        .filter(({ data: { callId } }) => callId === id || callId === last)
        .map((one) => one.id);
    expect(cursorsOf(listener)).toEqual(cursorsOf(plain));
  });

  it('refuses what is neither true nor false', async () => {
    const { body } = await world.as.get('/v1/events?stats=perhaps').expect(400);

    expect(body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: 'stats' }] });
  });
});
