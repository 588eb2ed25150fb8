import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callPageSchema } from '#contracts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { asker, makeKey } from './tenants-world.ts';

const COUNT = 10_000;
const TRUNK = `trunk_${'1'.repeat(26)}`;
/** Every seventh call has ended; every tenth is of another app; all of 100 are of the same millisecond. */
const INSERT = `
  INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, ended_at, verdict, trunk_id)
  SELECT 'call_' || lpad(n::text, 26, '0'), 'bulk-' || n,
    CASE WHEN n % 10 = 0 THEN 'other' ELSE 'default' END,
    CASE WHEN n % 7 = 0 THEN 'ended' ELSE 'queued' END,
    (SELECT spec FROM calls LIMIT 1),
    CASE WHEN n % 5 = 0 THEN jsonb_build_object('show', 'news', 'order', n::text) ELSE '{}' END,
    timestamptz '2026-01-01' + (n / 100) * interval '1 ms',
    CASE WHEN n % 7 = 0 THEN timestamptz '2026-01-02' END,
    CASE WHEN n % 7 = 0 THEN
      CASE WHEN n % 3 = 0 THEN '{"result":"failed","code":"SIP_BUSY","fault":"callee","detail":""}'
        ELSE '{"result":"completed","code":"CALL_PEER_LEFT","fault":"none","detail":""}' END::jsonb END,
    CASE WHEN n % 2 = 0 THEN '${TRUNK}' END
  FROM generate_series(1, ${COUNT}) AS n`;

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
  const { body } = await world.as.post('/v1/calls').send(callBody('pattern')).expect(202);
  await world.sql(INSERT);
  await world.sql(`DELETE FROM calls WHERE id = '${String(body.id)}'`);
});
afterAll(async () => {
  await world.close();
});

/** Follows the cursors to the end. */
async function allPages(query: string): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer = await world.as.get(`/v1/calls?${query}${next}`).expect(200);
    const page = callPageSchema.strict().parse(answer.body);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    pages++;
  } while (cursor !== null && pages < COUNT);
  return { ids, pages };
}

const idsWhere = (isWanted: (n: number) => boolean) =>
  Array.from({ length: COUNT }, (_, index) => COUNT - index)
    .filter(isWanted)
    .map((n) => `call_${String(n).padStart(26, '0')}`);

/** Of the ten milliseconds from the tenth on; those of a millisecond are 100. */
const inTwoBounds = (n: number) => n >= 1000 && n < 2000;

describe('a list of ten thousand calls', () => {
  it('comes page by page, newest first, each call once', async () => {
    const { ids, pages } = await allPages('limit=1000');

    expect(pages).toBe(10);
    expect(ids).toEqual(idsWhere(() => true));
  });

  it('can be asked for by state', async () => {
    const live = await allPages('limit=1000&state=queued');
    const over = await allPages('limit=1000&state=ended');
    const both = await allPages('limit=1000&state=ended,queued');

    expect(live.ids).toEqual(idsWhere((n) => n % 7 !== 0));
    expect(over.ids).toEqual(idsWhere((n) => n % 7 === 0));
    expect(both.ids).toHaveLength(COUNT);
  });

  it('can be asked for by app', async () => {
    const { ids } = await allPages('limit=1000&appKey=other&state=queued');

    expect(ids).toEqual(idsWhere((n) => n % 10 === 0 && n % 7 !== 0));
  });

  it.each<[string, (n: number) => boolean]>([
    ['live=true', (n) => n % 7 !== 0],
    ['live=false', (n) => n % 7 === 0],
    ['live=false&state=queued', () => false],
    ['callId=bulk-77', (n) => n === 77],
    [`trunk=${TRUNK}`, (n) => n % 2 === 0],
    [`trunk=${TRUNK}&appKey=other&live=false`, (n) => n % 70 === 0],
    ['node=node_0', () => false],
    ['verdict=failed', (n) => n % 21 === 0],
    ['verdict=SIP_BUSY&appKey=other', (n) => n % 210 === 0],
    ['verdict=SIP_BUSY,completed', (n) => n % 7 === 0],
    ['verdict=failed&state=queued', () => false],
    ['createdFrom=2026-01-01T00:00:00.010Z&createdTo=2026-01-01T01:00:00.020%2B01:00', inTwoBounds],
    ['createdFrom=2027-01-01T00:00:00Z', () => false],
    ['metadata=show=news&appKey=other', (n) => n % 10 === 0],
    ['metadata=show=news&metadata=order=4200&appKey=other', (n) => n === 4200],
    ['metadata=show=&appKey=other', () => false],
  ])('can be asked for by %s', async (query, isWanted) => {
    const { ids } = await allPages(`limit=1000&${query}`);

    expect(ids).toEqual(idsWhere(isWanted));
  });

  it('can be asked for from the oldest on', async () => {
    const { ids } = await allPages('limit=1000&order=oldest&live=false');

    expect(ids).toEqual(idsWhere((n) => n % 7 === 0).reverse());
  });

  it('can be asked for by ids: what is not there is missing', async () => {
    const [one = '', other = '', third = ''] = idsWhere((n) => [30, 31, 77].includes(n));
    const asked = `id=${third},nonsense,call_${'z'.repeat(26)},${one},${other}`;
    const { ids } = await allPages(asked);
    const { ids: waiting } = await allPages(`${asked}&live=true`);
    const first = await world.as.get(`/v1/calls?${asked}&limit=2`).expect(200);
    const { nextCursor } = first.body as { nextCursor: string };
    const second = await world.as.get(`/v1/calls?${asked}&limit=2&cursor=${nextCursor}`);

    expect(ids).toEqual([one, other, third]);
    expect(waiting).toEqual([other, third]);
    expect(first.body.items).toHaveLength(2);
    expect(second.body).toMatchObject({ items: [{ id: third }], nextCursor: null });
  });

  it('can be asked for by a hundred ids, and by those of one’s own app only', async () => {
    await world.as.post('/v1/apps').send({ appKey: 'other' }).expect(201);
    const { key } = await makeKey(world, 'other', { scope: 'read' });
    const asked = idsWhere((n) => n <= 100);

    const all = await world.as.get(`/v1/calls?id=${asked.join(',')}`).expect(200);
    const own = await asker(world, key)
      .get(`/v1/calls?id=${asked.join(',')}`)
      .expect(200);
    const more = await world.as.get(`/v1/calls?id=${asked.join(',')},x`).expect(400);

    expect(callPageSchema.parse(all.body).items.map(({ id }) => id)).toEqual(asked);
    expect(callPageSchema.parse(own.body).items.map(({ id }) => id)).toEqual(
      idsWhere((n) => n <= 100 && n % 10 === 0),
    );
    expect(more.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: 'id' }] });
  });

  it('holds calls with the metadata that they were placed with', async () => {
    const body = { ...callBody('labelled'), metadata: { order: 'A=1', show: 'nachts: “ü”' } };
    const { body: placed } = await world.as.post('/v1/calls').send(body).expect(202);
    const wanted = `appKey=default&metadata=order=A=1&metadata=${encodeURIComponent('show=nachts: “ü”')}`;

    const { ids } = await allPages(wanted);
    const { ids: others } = await allPages('appKey=default&metadata=order=A');
    await world.sql(`DELETE FROM calls WHERE id = '${String(placed.id)}'`);

    expect(ids).toEqual([placed.id]);
    expect(others).toEqual([]);
  });

  it('has pages of 100 when nothing is said', async () => {
    const answer = await world.as.get('/v1/calls').expect(200);

    expect(answer.body.items).toHaveLength(100);
    expect(answer.body.nextCursor).toEqual(expect.any(String));
  });

  it('does not move under the reader when calls come in between', async () => {
    const first = await world.as.get('/v1/calls?limit=1000').expect(200);
    await world.as.post('/v1/calls').send(callBody('between')).expect(202);

    const cursor = String(first.body.nextCursor);
    const second = await world.as.get(`/v1/calls?limit=1000&cursor=${cursor}`).expect(200);

    expect(second.body.items[0].id).toBe(`call_${String(COUNT - 1000).padStart(26, '0')}`);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1.5', 'limit'],
    ['state=gone', 'state.0'],
    ['state=queued,', 'state.1'],
    ['state=queued&state=up', 'state'],
    ['cursor=x&cursor=y', 'cursor'],
    ['order=asc', 'order'],
    ['live=yes', 'live'],
    ['verdict=bad', 'verdict.0'],
    ['createdFrom=yesterday', 'createdFrom'],
    ['callId=%00', 'callId'],
    ['metadata=show', 'metadata'],
    ['metadata=show=news', 'appKey'],
    ['trunk=unknown', 'trunk'],
  ])('?%s is refused', async (query, path) => {
    const answer = await world.as.get(`/v1/calls?${query}`).expect(400);

    expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path }] });
  });

  it.each(['', 'x', '-1', "1-' OR 1=1", '1-call_x', '9'.repeat(200)])(
    'the cursor %j is refused',
    async (cursor) => {
      const answer = await world.as
        .get(`/v1/calls?cursor=${encodeURIComponent(cursor)}`)
        .expect(400);

      expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path: 'cursor' }] });
    },
  );
});

describe('a cursor', () => {
  const cursorOf = async (query: string) =>
    String((await world.as.get(`/v1/calls?${query}`).expect(200)).body.nextCursor);

  it('tells nothing, and any other character makes it worthless', async () => {
    const cursor = await cursorOf('limit=10');

    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor).not.toContain('call_');
    for (let at = 0; at < cursor.length; at += 5) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      const changed = `${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`;
      await world.as.get(`/v1/calls?limit=10&cursor=${changed}`).expect(400);
    }
    await world.as.get(`/v1/calls?limit=20&cursor=${cursor}`).expect(200);
  });

  it.each([
    '/v1/calls?state=queued&',
    '/v1/calls?order=oldest&',
    '/v1/calls?appKey=default&',
    '/v1/trunks?',
    '/v1/calls/call_00000000000000000000000001/events?',
  ])('is refused where it is not from: %s', async (path) => {
    const cursor = await cursorOf('limit=10');

    const answer = await world.as.get(`${path}cursor=${cursor}`).expect(400);

    expect(answer.body.errors).toEqual([{ path: 'cursor', message: 'is not one of this list' }]);
  });

  it('is good at every API of the installation, and after a restart', async () => {
    const cursor = await cursorOf('limit=10');
    const other = await openWorld({ databaseUrl: world.databaseUrl });

    const there = await other.as.get(`/v1/calls?limit=10&cursor=${cursor}`).expect(200);
    await other.close();
    const here = await world.as.get(`/v1/calls?limit=10&cursor=${cursor}`).expect(200);

    expect(there.body).toEqual(here.body);
  });
});
