import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callPageSchema } from '#contracts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const COUNT = 10_000;
/** Every seventh call has ended; every tenth is of another app; all of 100 are of the same millisecond. */
const INSERT = `
  INSERT INTO calls (id, call_id, app_key, state, spec, metadata, created_at, ended_at)
  SELECT 'call_' || lpad(n::text, 26, '0'), 'bulk-' || n,
    CASE WHEN n % 10 = 0 THEN 'other' ELSE 'default' END,
    CASE WHEN n % 7 = 0 THEN 'ended' ELSE 'queued' END,
    (SELECT spec FROM calls LIMIT 1), '{}',
    timestamptz '2026-01-01' + (n / 100) * interval '1 ms',
    CASE WHEN n % 7 = 0 THEN timestamptz '2026-01-02' END
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
  ])('?%s is refused', async (query, path) => {
    const answer = await world.as.get(`/v1/calls?${query}`).expect(400);

    expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path }] });
  });

  it.each(['x', '-1', "1-' OR 1=1", '1-call_x', '9'.repeat(200)])(
    'the cursor %j is refused',
    async (cursor) => {
      const answer = await world.as
        .get(`/v1/calls?cursor=${encodeURIComponent(cursor)}`)
        .expect(400);

      expect(answer.body.code).toBe('REQUEST_INVALID');
    },
  );
});
