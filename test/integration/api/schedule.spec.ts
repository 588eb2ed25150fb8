import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const place = (name: string, fields: object) =>
  world.as.post('/v1/calls').send({ ...callBody(name), ...fields });

describe('a call that is placed for later', () => {
  it('is queued without a job, shows its time, and can be taken off', async () => {
    const startAt = inDays(2);

    const { body } = await place('later', { startAt, priority: 7 }).expect(202);
    const events = await world.as.get(`/v1/calls/${body.id}/events`).expect(200);
    const removed = await world.as.delete(`/v1/calls/${body.id}`).expect(202);

    expect(body).toMatchObject({
      ...{ state: 'queued', startAt, nextDialAt: startAt, redials: 0, priority: 7 },
    });
    expect(events.body.items[0].data).toEqual({ callId: 'later', startAt });
    expect(world.queue.jobs).toEqual([]);
    expect(removed.body).toMatchObject({ state: 'ended', nextDialAt: null });
    expect(removed.body.verdict.code).toBe('CALL_CANCELED');
  });

  it('is placed at once where its time has passed, whatever its zone', async () => {
    const past = new Date(Date.now() - 60_000).toISOString().replace('Z', '+00:00');

    const { body } = await place('past', { startAt: past, priority: 9 }).expect(202);

    expect(body).toMatchObject({ startAt: null, nextDialAt: null });
    expect(world.queue.jobs).toEqual([{ callId: body.id, epoch: 0, priority: 9 }]);
  });

  it('waits thirty days at most', async () => {
    await place('30-days', { startAt: inDays(29.99) }).expect(202);

    const refused = await place('31-days', { startAt: inDays(30.01) }).expect(400);

    expect(refused.body.errors).toEqual([
      { path: 'startAt', message: 'must not be more than 30 days ahead' },
    ]);
  });

  it.each([
    ['startAt', { startAt: 'tomorrow' }],
    ['startAt', { startAt: '2027-01-01T00:00:00' }],
    ['priority', { priority: 10 }],
    ['priority', { priority: -1 }],
    ['redial.attempts', { redial: { attempts: 0 } }],
    ['redial.backoffSeconds.0', { redial: { attempts: 1, backoffSeconds: [0] } }],
    ['redial.on.0', { redial: { attempts: 1, on: ['SIP_DECLINED'] } }],
    ['redial.on.0', { redial: { attempts: 1, on: ['CALL_PEER_LEFT'] } }],
    ['redial.ever', { redial: { attempts: 1, ever: true } }],
  ])('is refused for its %s: %j', async (path, fields) => {
    const { body } = await place('refused', fields).expect(400);

    expect(body.errors[0].path).toBe(path);
  });
});
