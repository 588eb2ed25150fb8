import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventViewSchema } from '#contracts';
import type { EventRecord } from '#domain';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { EventListener } from './event-listener.ts';
import type { HeardEvent } from './event-listener.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

let count = 0;
async function placeCall(): Promise<string> {
  const answer = await world.as
    .post('/v1/calls')
    .send(callBody(`call-${++count}`))
    .expect(202);
  return String(answer.body.id);
}

/** Events of this call that were heard. A listener may also hear what came shortly before it. */
const heardOf = (listener: EventListener, callId: string) =>
  listener.events.filter(({ data }) => data['callId'] === callId);

/** Everything the feed holds after a place. */
async function record(after: string): Promise<readonly EventRecord[]> {
  return await world.store.feed.read(after, 10_000);
}

describe('GET /v1/events', () => {
  it('tells an event as it happens, with id, type and one line of data', async () => {
    const listener = await EventListener.open(world.url);

    const id = await placeCall();
    await listener.until(() => heardOf(listener, id).length === 1);
    listener.close();

    expect(listener.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(listener.response.headers['cache-control']).toContain('no-cache');
    const [event] = heardOf(listener, id);
    expect(event?.type).toBe('call.queued');
    expect(eventViewSchema.strict().parse(event?.data)).toMatchObject({ callId: id, seq: 1 });
    expect(listener.text).toMatch(
      /^retry: \d+\nid: \S+\n\n(?:id: \S+\nevent: \w+\.\w+\ndata: \{[^\n]*\}\n\n)+$/,
    );
  });

  it('goes on after the last event heard, without loss and without double', async () => {
    const start = await world.store.feed.tail();
    const heard: HeardEvent[] = [];
    const work = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 10; round++) {
        const id = await placeCall();
        await world.as.delete(`/v1/calls/${id}`).expect(202);
      }
    });
    const endsIn = (events: readonly HeardEvent[]) =>
      events.filter(({ type }) => type === 'call.ended').length;

    // Hangs up again and again, in the middle of the stream, while calls come and go.
    let after = start;
    while (endsIn(heard) < 40) {
      const listener = await EventListener.open(world.url, { after });
      await listener.until(
        () => listener.events.length >= 7 || endsIn([...heard, ...listener.events]) >= 40,
      );
      listener.close();
      heard.push(...listener.events);
      after = listener.lastId ?? after;
    }
    await Promise.all(work);

    const stored = await record(start);
    expect(heard.map(({ id }) => id)).toEqual(stored.map(({ cursor }) => cursor));
    expect(heard.map(({ data }) => data['id'])).toEqual(stored.map(({ id }) => id));
    expect(heard.length).toBeGreaterThanOrEqual(4 * 10 * 3);
  });

  it('goes on at another API and over restarts, whatever has happened meanwhile', async () => {
    const { databaseUrl, announcements } = world;
    const parts = { announcer: announcements, announcements };
    let other = await openWorld({ databaseUrl, parts });
    const start = await world.store.feed.tail();
    const heard: HeardEvent[] = [];
    const placed: string[] = [];
    const placeAndEnd = async (at: ApiWorld): Promise<void> => {
      const body = callBody(`call-${++count}`);
      const { body: call } = await at.as.post('/v1/calls').send(body).expect(202);
      placed.push(String(call.id));
      await at.as.delete(`/v1/calls/${String(call.id)}`).expect(202);
    };
    let after = start;
    const listenAt = async (at: ApiWorld, isRestarted = false): Promise<void> => {
      const listener = await EventListener.open(at.url, { after });
      const writing = placeAndEnd(at);
      await listener.until(() => listener.events.length >= 2);
      if (isRestarted) {
        await writing;
        await at.close();
        other = await openWorld({ databaseUrl, parts });
      } else listener.close();
      await listener.ended();
      await writing;
      heard.push(...listener.events);
      after = listener.lastId ?? after;
    };

    for (let round = 0; round < 4; round++) {
      await listenAt(world);
      // Nobody listens.
      await Promise.all([placeAndEnd(world), placeAndEnd(other), placeAndEnd(world)]);
      await listenAt(other, round % 2 === 1);
    }
    const last = await EventListener.open(other.url, { after });
    const isAll = () => [...heard, ...last.events].filter(({ type }) => type === 'call.ended');
    await last.until(() => isAll().length === placed.length);
    last.close();
    await other.close();
    heard.push(...last.events);

    const stored = await record(start);
    expect(heard.map(({ id }) => id)).toEqual(stored.map(({ cursor }) => cursor));
    for (const id of placed) {
      const own = heard.filter(({ data }) => data['callId'] === id);
      expect(own.map(({ data }) => data['seq'])).toEqual(own.map((_, index) => index + 1));
      expect(own.filter(({ type }) => type === 'call.ended')).toHaveLength(1);
    }
  });

  it('tells only events of the types asked for', async () => {
    const listener = await EventListener.open(world.url, { query: '?types=output.*,call.ended' });

    const id = await placeCall();
    await world.as.delete(`/v1/calls/${id}`).expect(202);
    await listener.until(() => heardOf(listener, id).some(({ type }) => type === 'call.ended'));
    listener.close();

    expect(heardOf(listener, id).map(({ type }) => type)).toEqual(['output.closed', 'call.ended']);
  });

  it.each(['', 'call', '*.ended', 'call.ended,', 'call.%0a'])('knows no type %j', async (types) => {
    const answer = await world.as.get(`/v1/events?types=${types}`).expect(400);

    expect(answer.body.errors[0].path).toMatch(/^types\.\d$/);
  });

  it('tells many listeners the same', async () => {
    const listeners = await Promise.all(
      Array.from({ length: 10 }, () => EventListener.open(world.url)),
    );

    const ids = await Promise.all(Array.from({ length: 10 }, placeCall));
    const ownEvents = (listener: EventListener) =>
      listener.events.filter(({ data }) => ids.includes(String(data['callId'])));
    for (const listener of listeners) await listener.until(() => ownEvents(listener).length >= 10);
    for (const listener of listeners) listener.close();

    const stored = (await record('0-0')).filter(({ callId }) => ids.includes(callId));
    expect(stored).toHaveLength(10);
    for (const listener of listeners) {
      expect(ownEvents(listener).map(({ id }) => id)).toEqual(stored.map(({ cursor }) => cursor));
    }
  });

  it.each(['0', '0-0'])('starts from the beginning of all after %s', async (after) => {
    const stored = (await record('0-0')).map(({ cursor }) => cursor);

    const listener = await EventListener.open(world.url, { after });
    await listener.until(() => listener.events.length >= stored.length);
    listener.close();

    expect(stored.length).toBeGreaterThan(100);
    expect(listener.events.map(({ id }) => id).slice(0, stored.length)).toEqual(stored);
  });

  it('tells only the events of one call when asked to', async () => {
    const wanted = await placeCall();
    const listener = await EventListener.open(world.url, { query: `?callId=${wanted}` });

    const other = await placeCall();
    await world.as.delete(`/v1/calls/${other}`).expect(202);
    await world.as.delete(`/v1/calls/${wanted}`).expect(202);
    await listener.until(() => listener.events.some(({ type }) => type === 'call.ended'));
    listener.close();

    expect(heardOf(listener, wanted)).toEqual(listener.events);
    const types = listener.events.map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['output.closed', 'call.ended']);
  });

  it('tells events whose announcement was lost', async () => {
    const listener = await EventListener.open(world.url);
    world.announcements.isLost = true;

    const id = await placeCall();
    await listener.until(() => heardOf(listener, id).length === 1);
    world.announcements.isLost = false;
    listener.close();

    expect(world.announcements.hearerCount).toBeGreaterThan(0);
  });

  it.each(['x', '1', '1-', '-1-1', '1-1-1', '99999999999999999999-1', '1 OR 1=1'])(
    'refuses to go on after %j',
    async (after) => {
      const answer = await world.as.get('/v1/events').set('last-event-id', after).expect(400);

      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.body.code).toBe('REQUEST_INVALID');
    },
  );

  it.each(['call_00000000000000000000000000', 'nonsense'])('knows no call %s', async (id) => {
    const answer = await world.as.get(`/v1/events?callId=${id}`).expect(404);

    expect(answer.body.code).toBe('CALL_NOT_FOUND');
  });

  it('refuses an unknown filter', async () => {
    const answer = await world.as.get('/v1/events?state=up').expect(400);

    expect(answer.body.errors).toEqual([{ path: 'state', message: 'is not a known field' }]);
  });

  it('counts its listeners in the metrics', async () => {
    const listener = await EventListener.open(world.url);
    const during = await world.bare.get('/metrics');
    listener.close();

    expect(during.text).toMatch(/^callcast_event_clients [1-9]\d*$/m);
  });
});

describe('the end of the process', () => {
  it('lets listeners go at once', async () => {
    const other = await openWorld();
    const listener = await EventListener.open(other.url);
    const through = await EventListener.open(other.wcsUrl);

    const closed = other.close();

    await listener.ended();
    await through.ended();
    await closed;
    expect(listener.text).toMatch(/^retry: 1000\nid: \S+\n\n: stopping\n\n$/);
  });
});
