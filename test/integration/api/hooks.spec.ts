import { randomUUID } from 'node:crypto';
import { WebhookVerificationError } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliveryPageSchema, disabledDelivery, problemSchema } from '#contracts';
import type { DeliveryView, HookTestView, HookView, NewHookView, Problem } from '#contracts';
import type { HookId } from '#domain';
import { invariant } from '#foundation';
import { openHookSink, verifiedHook } from '../../support/hook-sink.ts';
import type { Heard } from '../../support/hook-sink.ts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';
import { attemptAt, claimed, settleAll } from './hooks-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let serial = 0;
/** An app of its own for each test. */
const newApp = (): string => `app-${++serial}`;

const BODY = { url: 'https://shows.example.com/callcast' };

async function create(fields: object = {}): Promise<NewHookView & { id: HookId }> {
  const answer = await world.as.post('/v1/hooks').send({ ...BODY, ...fields });
  expect(answer.status).toBe(201);
  return answer.body as NewHookView & { id: HookId };
}

/** Places calls, whose first events a hook of the default app is told. */
async function placeCalls(...names: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const body = callBody(`${name}-${randomUUID()}`);
    const answer = await world.as.post('/v1/calls').send(body).expect(202);
    ids.push((answer.body as { id: string }).id);
  }
  return ids;
}

async function deliveriesOf(id: string, query = ''): Promise<DeliveryView[]> {
  const answer = await world.as.get(`/v1/hooks/${id}/deliveries${query}`).expect(200);
  return (answer.body as { items: DeliveryView[] }).items;
}

const test = async (id: string): Promise<HookTestView> =>
  (await world.as.post(`/v1/hooks/${id}/test`).expect(200)).body as HookTestView;

const problemOf = (answer: { readonly body: unknown }): Problem =>
  problemSchema.strict().parse(answer.body);

const remove = (id: string) => world.as.delete(`/v1/hooks/${id}`).expect(200);

describe('a hook', () => {
  it('is stored, and its secret shown once', async () => {
    const answer = await world.as.post('/v1/hooks').send(BODY).expect(201);
    const { secret, ...view } = answer.body as NewHookView;

    expect(answer.headers['location']).toBe(`/v1/hooks/${view.id}`);
    expect(view).toMatchObject({
      ...{ appKey: 'default', url: BODY.url, events: ['*'], dialect: 'standard' },
      ...{ description: '', enabled: true, disabled: null, failingSince: null },
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await world.as.get(`/v1/hooks/${view.id}`).expect(200);
    const listed = await world.as.get('/v1/hooks').expect(200);
    expect(shown.body).toEqual(view);
    expect((listed.body as { items: HookView[] }).items).toContainEqual(view);
    const bare = secret.slice('whsec_'.length);
    const rows = [await world.dump('hooks'), await world.dump('audit_log'), ...world.lines];
    for (const text of rows) {
      expect(text).not.toContain(bare);
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
    }
    await remove(view.id);
  });

  it('is one, however often a request with a key is sent, and its secret the first one', async () => {
    const appKey = newApp();
    const key = randomUUID();
    const body = { ...BODY, appKey };
    const send = () => world.as.post('/v1/hooks').set('idempotency-key', key).send(body);

    const first = await send().expect(201);
    const again = await send().expect(201);

    expect(again.text).toBe(first.text);
    const listed = await world.as.get(`/v1/hooks?appKey=${appKey}`).expect(200);
    expect((listed.body as { items: HookView[] }).items).toHaveLength(1);
  });

  it.each(['*', 'call.*', 'output.failed', 'dtmf.sent', 'recording.*', 'hook.disabled', 'hook.*'])(
    'may ask for %s',
    async (filter) => {
      const { id, events } = await create({ events: [filter] });

      expect(events).toEqual([filter]);
      await remove(id);
    },
  );

  it.each([
    ['url', { url: 'shows.example.com' }],
    ['url', { url: '' }],
    ['url', { url: 7 }],
    ['events', { events: [] }],
    ['events.0', { events: ['call.finished'] }],
    ['events.1', { events: ['call.*', 'Call.ended'] }],
    ['events.0', { events: ['hook.test'] }],
    ['events', { events: Array<string>(51).fill('*') }],
    ['dialect', { dialect: 'xml' }],
    ['description', { description: 'x'.repeat(501) }],
    ['enabled', { enabled: 'yes' }],
    ['id', { id: 'hook_00000000000000000000000000' }],
    ['secret', { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
    ['failingSince', { failingSince: null }],
  ])('does not fit by its %s', async (path, fields) => {
    const answer = await world.as.post('/v1/hooks').send({ ...BODY, ...fields });

    expect(answer.status).toBe(400);
    expect(problemOf(answer).errors?.map((error) => error.path)).toContain(path);
  });

  it.each([
    'http://shows.example.com/',
    'ftp://shows.example.com/',
    'https://user:word@shows.example.com/',
    'https://10.0.0.1/',
    'https://0xa.1/',
    'https://167772161/',
    'https://012.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://localhost./',
    'https://redis/',
  ])('may not lead to %s', async (url) => {
    const { id } = await create();
    const created = await world.as.post('/v1/hooks').send({ url });
    const changed = await world.as.patch(`/v1/hooks/${id}`).send({ url });

    for (const answer of [created, changed]) {
      expect(answer.status).toBe(422);
      expect(problemOf(answer)).toMatchObject({ code: 'TARGET_REFUSED' });
    }
    await remove(id);
  });

  it('is one of 20 of its app, however many are asked for at once', async () => {
    const appKey = newApp();
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => world.as.post('/v1/hooks').send({ ...BODY, appKey })),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(20).fill(201), ...Array<number>(4).fill(409)]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'HOOKS_TOO_MANY',
    });
    const page = await world.as.get(`/v1/hooks?appKey=${appKey}&limit=15`).expect(200);
    const { items, nextCursor } = page.body as { items: HookView[]; nextCursor: string };
    const rest = await world.as.get(`/v1/hooks?appKey=${appKey}&cursor=${nextCursor}`).expect(200);
    const ids = [...items, ...(rest.body as { items: HookView[] }).items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(20);
    expect((rest.body as { nextCursor: unknown }).nextCursor).toBeNull();
  });

  it('is changed, switched off with a notice, and on again', async () => {
    const { id } = await create({ events: ['call.*'], description: 'before' });
    const change = (body: object) => world.as.patch(`/v1/hooks/${id}`).send(body).expect(200);

    const changed = await change({ events: ['call.ended'], description: 'after' });
    const off = await change({ enabled: false });
    const stillOff = await change({ description: 'later' });
    const on = await change({ enabled: true });

    expect(changed.body).toMatchObject({ events: ['call.ended'], description: 'after' });
    expect(off.body).toMatchObject({
      enabled: false,
      disabled: { reason: 'operator', notice: 'It was switched off.' },
    });
    expect((stillOff.body as HookView).disabled).toEqual((off.body as HookView).disabled);
    expect(on.body).toMatchObject({ enabled: true, disabled: null });
    await remove(id);
  });

  it('says why it was switched off by us, and keeps the reason', async () => {
    const { id } = await create();
    await world.store.hooks.noteHealth(id, false);
    await world.store.hooks.disableHook(id, 'gone', disabledDelivery);

    const off = await world.as.patch(`/v1/hooks/${id}`).send({ enabled: false }).expect(200);
    const on = await world.as.patch(`/v1/hooks/${id}`).send({ enabled: true }).expect(200);

    expect(off.body).toMatchObject({
      disabled: { reason: 'gone', notice: expect.stringContaining('410') },
      failingSince: expect.any(String),
    });
    expect(on.body).toMatchObject({ disabled: null, failingSince: null });
    await remove(id);
  });

  it('that is deleted is not there any more, and its deliveries go', async () => {
    const { id } = await create();
    await placeCalls('deleted');
    await settleAll(world, id, 'delivered');
    await placeCalls('waits');
    await claimed(world, id);
    const [told] = (await deliveriesOf(id)).filter(({ state }) => state === 'delivered');
    invariant(told, 'one was told');
    expect(await world.dump('hook_attempts')).toContain(told.id);
    expect(await world.dump('hook_lanes')).toContain(id);

    const answer = await remove(id);

    expect(answer.body).toMatchObject({ id, url: BODY.url });
    for (const request of [
      world.as.get(`/v1/hooks/${id}`),
      world.as.get(`/v1/hooks/${id}/deliveries`),
      world.as.patch(`/v1/hooks/${id}`).send({ enabled: true }),
      world.as.delete(`/v1/hooks/${id}`),
      world.as.post(`/v1/hooks/${id}/test`),
      world.as.post(`/v1/hooks/${id}/rotate-secret`),
    ]) {
      expect(problemOf(await request.expect(404)).code).toBe('HOOK_NOT_FOUND');
    }
    await world.sql(
      `UPDATE hooks SET deleted_at = deleted_at - interval '2 min' WHERE id = '${id}'`,
    );
    expect(await world.store.hooks.forgetSettled(30)).toBeGreaterThan(0);
    expect(await world.dump('hooks')).not.toContain(id);
    expect(await world.dump('hook_deliveries')).not.toContain(id);
    expect(await world.dump('hook_attempts')).not.toContain(told.id);
    expect(await world.dump('hook_lanes')).not.toContain(id);
  });

  it('leaves who has changed what in the audit trail, without what its URL may hide', async () => {
    const { id } = await create({ url: 'https://shows.example.com/hook?token=canary-7' });
    await world.as
      .patch(`/v1/hooks/${id}`)
      .send({ events: ['call.*'] })
      .expect(200);
    await world.as.post(`/v1/hooks/${id}/rotate-secret`).expect(200);
    await remove(id);

    const { items } = await world.store.audit.listAudit({ limit: 4 });
    expect(items.map(({ action, object, actor }) => [action, object, actor.keyId])).toEqual([
      ['hook.deleted', id, 'bootstrap'],
      ['hook.secret_rotated', id, 'bootstrap'],
      ['hook.changed', id, 'bootstrap'],
      ['hook.created', id, 'bootstrap'],
    ]);
    expect(items[2]).toMatchObject({
      before: { events: ['*'], url: 'https://shows.example.com/hook?…' },
      after: { events: ['call.*'] },
    });
    expect(JSON.stringify(items)).not.toContain('canary-7');
  });
});

const only = (heard: readonly Heard[]): Heard => {
  const [first, ...more] = heard;
  invariant(first !== undefined && more.length === 0, 'the endpoint has heard one request');
  return first;
};

describe('the test of a hook', () => {
  it('sends a signed event at once, and says what the endpoint has said', async () => {
    const { url, heard } = await openHookSink((response) =>
      response.writeHead(202, { 'x-sink': 'here' }).end('thanks'),
    );
    const { id, secret } = await create({ url });

    const view = await test(id);

    const request = only(heard);
    expect(verifiedHook(secret, request)).toMatchObject({
      type: 'hook.test',
      data: { hookId: id },
    });
    expect(view).toMatchObject({
      ...{ ok: true, failure: null, request: { url, body: request.body } },
      answer: { status: 202, body: 'thanks', encoding: 'utf8', headers: { 'x-sink': 'here' } },
    });
    expect(request.headers).toMatchObject(view.request.headers);
    expect(await deliveriesOf(id)).toEqual([]);
    await remove(id);
  });

  it('is signed with both secrets while they overlap, and with no older one', async () => {
    const { url, heard } = await openHookSink();
    const { id, secret: first } = await create({ url });
    const rotate = async (body?: object): Promise<string> => {
      const answer = await world.as.post(`/v1/hooks/${id}/rotate-secret`).send(body);
      expect(answer.status).toBe(200);
      return (answer.body as { secret: string }).secret;
    };

    const second = await rotate();
    await test(id);
    const third = await rotate({ overlapSeconds: 0 });
    await test(id);

    const [both, last] = heard;
    invariant(both !== undefined && last !== undefined, 'the endpoint has heard both');
    expect(verifiedHook(first, both)).toEqual(verifiedHook(second, both));
    expect(verifiedHook(third, last)).toBeDefined();
    for (const secret of [first, second]) {
      expect(() => verifiedHook(secret, last)).toThrow(WebhookVerificationError);
    }
    const tampered = { ...both, body: both.body.replace('test', 'tess') };
    expect(() => verifiedHook(first, tampered)).toThrow(WebhookVerificationError);
    await remove(id);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect: %i', async (status) => {
    const target = await openHookSink();
    const { url } = await openHookSink((response) =>
      response.writeHead(status, { location: target.url }).end(),
    );
    const { id } = await create({ url });

    expect(await test(id)).toMatchObject({ ok: false, answer: { status } });
    expect(target.heard).toEqual([]);
    await remove(id);
  });

  it('reads no more than 64 KiB of an answer without end', async () => {
    const { url } = await openHookSink((response) => {
      const pour = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(16_384, 'x'), pour);
      };
      response.writeHead(200);
      pour();
    });
    const { id } = await create({ url });

    const { ok, answer } = await test(id);

    expect(ok).toBe(true);
    expect(answer?.body).toHaveLength(65_536);
    await remove(id);
  });

  it.each([
    ['is no text', Buffer.from([0xff, 0xfe, 0x00]), { body: '//4A', encoding: 'base64' }],
    ['holds NUL', Buffer.from('a\0b'), { body: 'a\0b', encoding: 'utf8' }],
  ])('shows an answer that %s', async (_, bytes, answer) => {
    const { url } = await openHookSink((response) => response.writeHead(500).end(bytes));
    const { id } = await create({ url });

    expect(await test(id)).toMatchObject({ ok: false, answer: { status: 500, ...answer } });
    await remove(id);
  });

  it('says why there is no answer', async () => {
    const { url } = await openHookSink((response) => response.destroy());
    const { id } = await create({ url });

    expect(await test(id)).toMatchObject({
      ...{ ok: false, answer: null },
      failure: { reason: 'broken', detail: expect.any(String) },
    });
    await remove(id);
  });

  it('is sent to a hook that is disabled, and in the words of WCS where that is its dialect', async () => {
    const { url, heard } = await openHookSink();
    const { id, secret } = await create({ url, dialect: 'wcs', enabled: false });

    expect(await test(id)).toMatchObject({ ok: true });

    const request = only(heard);
    expect(request.path).toBe('/sink/ConnectionStatusEvent');
    expect(verifiedHook(secret, request)).toMatchObject({
      ...{ appKey: 'default', status: 'ESTABLISHED', custom: { test: 'true' } },
    });
    await remove(id);
  });
});

describe('the deliveries of a call', () => {
  const pageOf = async (call: string, query = '') => {
    const answer = await world.as.get(`/v1/calls/${call}/deliveries${query}`).expect(200);
    return deliveryPageSchema.strict().parse(answer.body);
  };

  it('are those of all hooks of its app, newest first, page by page', async () => {
    const { id: one } = await create();
    const { id: gone } = await create();
    const { id: ends } = await create({ events: ['call.ended'] });
    const { id: foreign } = await create({ appKey: newApp() });
    const [other = '', call = ''] = await placeCalls('other', 'mine');
    await world.as.delete(`/v1/calls/${call}`).expect(202);
    for (const hook of [one, ends]) await settleAll(world, hook, 'delivered');
    await remove(gone);

    const { items, nextCursor } = await pageOf(call);
    const first = await pageOf(call, '?limit=1');
    const second = await pageOf(call, `?limit=3&cursor=${first.nextCursor ?? ''}`);
    const own = (await deliveriesOf(one, `?callId=${call}`)).sort((x, y) => y.seq - x.seq);

    const newer = [one, ends].sort().reverse();
    const told = items.map(({ type, hookId, state }) => [type, hookId, state]);
    expect(told.slice(0, 2)).toEqual(newer.map((hook) => ['call.ended', hook, 'delivered']));
    expect(told.slice(2)).toContainEqual(['call.queued', one, 'delivered']);
    expect(items.filter(({ hookId }) => hookId === one)).toEqual(own);
    expect(items.map(({ callId }) => callId)).not.toContain(other);
    expect(items.map(({ seq }) => seq)).toEqual(
      items
        .map(({ seq }) => seq)
        .sort()
        .reverse(),
    );
    expect([...first.items, ...second.items]).toEqual(items);
    expect([nextCursor, second.nextCursor]).toEqual([null, null]);
    for (const hook of [one, ends, foreign]) await remove(hook);
  });

  it('are none where nobody was told', async () => {
    const [call = ''] = await placeCalls('untold');

    expect(await pageOf(call)).toEqual({ items: [], nextCursor: null });
    await world.as.get(`/v1/calls/${call}/deliveries?cursor=x`).expect(400);
    await world.as.get(`/v1/calls/${call}/deliveries?state=failed`).expect(400);
  });
});

describe('the deliveries of a hook', () => {
  it('are listed by their call, state, type and time', async () => {
    const { id } = await create();
    const [first = '', second = ''] = await placeCalls('first', 'second');
    await settleAll(world, id, 'delivered');
    const [third = ''] = await placeCalls('third');
    await claimed(world, id);

    const all = await deliveriesOf(id);
    expect(all.map(({ callId }) => callId).sort()).toEqual([first, second, third].sort());
    const waiting = all.find(({ callId }) => callId === third);
    invariant(waiting, 'the delivery is listed');
    expect(waiting).toMatchObject({
      ...{ hookId: id, type: 'call.queued', seq: 1, path: '', state: 'pending', attempts: 0 },
      ...{ nextAt: expect.any(String), settledAt: null },
    });
    const { createdAt } = waiting;
    for (const [query, calls] of [
      [`?callId=${second}`, [second]],
      ['?callId=none', []],
      ['?state=pending', [third]],
      ['?state=delivered,failed', [first, second]],
      ['?state=failed', []],
      ['?type=call.ended', []],
      [`?type=call.queued&state=pending`, [third]],
      [`?from=${createdAt}`, [third]],
      [`?to=${createdAt}`, [first, second]],
    ] as const) {
      const found = (await deliveriesOf(id, query)).map(({ callId }) => callId);
      expect([query, ...found.sort()]).toEqual([query, ...[...calls].sort()]);
    }
    await remove(id);
  });

  it('are of the calls of its app, and of the events that it asks for', async () => {
    const { id } = await create();
    const { id: foreign } = await create({ appKey: newApp() });
    const { id: picky } = await create({ events: ['call.ended', 'output.*'] });
    const [callId] = await placeCalls('mine');
    await claimed(world, id);

    expect(await deliveriesOf(id)).toMatchObject([{ callId, type: 'call.queued' }]);
    expect(await deliveriesOf(foreign)).toEqual([]);
    expect(await deliveriesOf(picky)).toEqual([]);
    for (const each of [id, foreign, picky]) await remove(each);
  });

  it('come in pages, newest first', async () => {
    const { id } = await create();
    const calls = await placeCalls('a', 'b', 'c');
    await settleAll(world, id, 'delivered');
    const seen: string[] = [];
    let cursor = '';
    do {
      const query = `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const answer = await world.as.get(`/v1/hooks/${id}/deliveries${query}`).expect(200);
      const page = answer.body as { items: DeliveryView[]; nextCursor: string | null };
      seen.push(...page.items.map(({ callId }) => callId));
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');

    expect(seen.sort()).toEqual(calls.sort());
    await remove(id);
  });

  it.each(['?state=open', '?limit=0', '?limit=1001', '?from=yesterday', '?cursor=x', '?who=me'])(
    'are not listed by %s',
    async (query) => {
      const { id } = await create();
      const answer = await world.as.get(`/v1/hooks/${id}/deliveries${query}`);

      expect(answer.status).toBe(400);
      await remove(id);
    },
  );

  it('are shown with what was sent and what came of every attempt', async () => {
    const { id } = await create();
    const [callId = ''] = await placeCalls('detail');
    const { lanes } = await claimed(world, id);
    const [lane] = lanes;
    const delivery = lane?.deliveries[0];
    invariant(lane && delivery, 'a delivery waits');
    const attempts = [attemptAt(delivery, null), attemptAt(delivery, 503)];
    const waits = { id: delivery.id, delayMs: 30_000 };
    await world.store.hooks.settleLanes(id, [{ ...lane, attempts, settled: [], waits }]);

    const path = `/v1/hooks/${id}/deliveries/${delivery.id}`;
    const { body } = await world.as.get(path).expect(200);

    expect(body).toMatchObject({
      ...{ id: delivery.id, callId, state: 'pending', attempts: 2, settledAt: null },
      body: Buffer.from(delivery.body).toString(),
      log: [
        {
          requestHeaders: { 'webhook-id': delivery.eventId, 'webhook-signature': 'v1,AAAA' },
          ...{ durationMs: 12, answer: null, failure: { reason: 'timeout' } },
        },
        {
          answer: {
            ...{ status: 503, body: 'answer 503', encoding: 'utf8' },
            headers: { 'content-type': 'text/plain' },
          },
          failure: null,
        },
      ],
    });
    expect(JSON.parse((body as { body: string }).body)).toMatchObject({
      ...{ id: delivery.eventId, type: 'call.queued', callId, seq: 1 },
    });
    const { id: otherId } = await create();
    for (const wrong of [
      `/v1/hooks/${otherId}/deliveries/${delivery.id}`,
      `/v1/hooks/${id}/deliveries/dlv_00000000000000000000000000`,
      `/v1/hooks/${id}/deliveries/nonsense`,
    ]) {
      expect(problemOf(await world.as.get(wrong).expect(404)).code).toBe('DELIVERY_NOT_FOUND');
    }
    await remove(id);
    await remove(otherId);
  });

  it('are sent again one by one: the same bytes, from the first attempt on', async () => {
    const { id } = await create();
    await placeCalls('again', 'not-again');
    await settleAll(world, id, 'failed');
    const [one, two] = await deliveriesOf(id);
    invariant(one && two, 'both are listed');
    const bytes = (await world.store.deliveries.findDelivery(id, one.id as never))?.body;

    const path = `/v1/hooks/${id}/deliveries/${one.id}/redeliver`;
    const { body } = await world.as.post(path).expect(202);

    expect(body).toMatchObject({
      ...one,
      state: 'pending',
      attempts: 0,
      settledAt: null,
      nextAt: expect.any(String),
    });
    const { lanes } = await claimed(world, id);
    expect(lanes.flatMap((lane) => lane.deliveries)).toMatchObject([
      { id: one.id, eventId: one.eventId, attempts: 0, body: bytes },
    ]);
    await remove(id);
  });

  it('are sent again as chosen, and no others, with a line in the audit trail', async () => {
    const { id } = await create();
    const { id: otherId } = await create();
    await placeCalls('x', 'y', 'z');
    await settleAll(world, id, 'delivered');
    await settleAll(world, otherId, 'delivered');
    const [x, y, z] = await deliveriesOf(id);
    const [foreign] = await deliveriesOf(otherId);
    invariant(x && y && z && foreign, 'all are listed');

    const { body } = await world.as
      .post(`/v1/hooks/${id}/redeliver`)
      .send({ deliveries: [x.id, z.id, foreign.id, 'dlv_00000000000000000000000000'] })
      .expect(202);

    expect(body).toEqual({ count: 2, nextCursor: null });
    expect((await deliveriesOf(id, '?state=pending')).map((each) => each.id)).toEqual([x.id, z.id]);
    expect(await deliveriesOf(otherId, '?state=pending')).toEqual([]);
    const [line] = (await world.store.audit.listAudit({ limit: 1 })).items;
    expect(line).toMatchObject({
      ...{ action: 'hook.redelivered', object: id, actor: { keyId: 'bootstrap' } },
      after: { deliveries: expect.arrayContaining([x.id, z.id]) },
    });
    await remove(id);
    await remove(otherId);
  });

  it('are sent again by a range of time and state', async () => {
    const { id } = await create();
    await placeCalls('before');
    await settleAll(world, id, 'failed');
    await placeCalls('within', 'within');
    await settleAll(world, id, 'failed');
    const { createdAt: from = '' } = (await deliveriesOf(id))[1] ?? {};
    await placeCalls('delivered');
    await settleAll(world, id, 'delivered');
    const redeliver = async (body: object): Promise<unknown> =>
      (await world.as.post(`/v1/hooks/${id}/redeliver`).send(body).expect(202)).body;

    expect(await redeliver({ from: '2000-01-01T00:00:00Z', to: '2001-01-01T00:00:00Z' })).toEqual({
      ...{ count: 0, nextCursor: null },
    });
    expect(await redeliver({ from })).toEqual({ count: 2, nextCursor: null });
    expect(await deliveriesOf(id, '?state=pending')).toHaveLength(2);
    expect(await deliveriesOf(id, '?state=failed')).toHaveLength(1);
    expect(await redeliver({ from, states: ['delivered'] })).toMatchObject({ count: 1 });
    await remove(id);
  });

  it('of a range are taken page by page, each once', async () => {
    const { id } = await create();
    await placeCalls('p', 'q', 'r');
    await settleAll(world, id, 'delivered');
    const hook = await world.store.hookRegistry.findHook(id);
    invariant(hook, 'the hook is there');
    const range = { from: new Date(0), to: new Date(), states: ['delivered'], limit: 2 } as const;
    const actor = { keyId: 'key', appKey: 'default' };
    const { deliveries } = world.store;

    const first = await deliveries.redeliverRange(hook, range, actor);
    invariant(first.nextCursor, 'there are more');
    await settleAll(world, id, 'delivered');
    const rest = { ...range, cursor: first.nextCursor };

    expect(first.count).toBe(2);
    expect(await deliveries.redeliverRange(hook, rest, actor)).toEqual({
      ...{ count: 1, nextCursor: null },
    });
    await remove(id);
  });

  it.each([
    [{}],
    [{ deliveries: [] }],
    [{ deliveries: ['dlv_1'] }],
    [{ deliveries: ['dlv_00000000000000000000000000'], from: '2026-01-01T00:00:00Z' }],
    [{ from: 'yesterday' }],
    [{ from: '2026-01-01T00:00:00Z', states: ['lost'] }],
    [{ from: '2026-01-01T00:00:00Z', cursor: 'x' }],
    [{ from: '2026-01-01T00:00:00Z', limit: 5 }],
  ])('are not sent again by %j', async (body) => {
    const { id } = await create();

    await world.as.post(`/v1/hooks/${id}/redeliver`).send(body).expect(400);
    await remove(id);
  });

  it('of a hook that is disabled are not sent again', async () => {
    const { id } = await create({ enabled: false });
    const range = { from: '2026-01-01T00:00:00Z' };
    const delivery = `/v1/hooks/${id}/deliveries/dlv_00000000000000000000000000/redeliver`;

    const answers = [
      await world.as.post(`/v1/hooks/${id}/redeliver`).send(range),
      await world.as.post(delivery),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(409);
      expect(problemOf(answer).code).toBe('HOOK_DISABLED');
    }
    await remove(id);
  });

  it('that wait are due at once when the hook is enabled again, or leads elsewhere', async () => {
    const { id } = await create();
    await placeCalls('waits');
    await claimed(world, id);
    const { lanes } = await claimed(world, id);
    const [lane] = lanes;
    const delivery = lane?.deliveries[0];
    invariant(lane && delivery, 'a delivery waits');
    const wait = { id: delivery.id, delayMs: 3_600_000 };
    await world.store.hooks.settleLanes(id, [{ ...lane, attempts: [], settled: [], waits: wait }]);
    const isDue = async () => (await world.store.hooks.dueHooks(100)).includes(id);

    expect(await isDue()).toBe(false);
    await world.as.patch(`/v1/hooks/${id}`).send({ description: 'the same place' }).expect(200);
    expect(await isDue()).toBe(false);
    await world.as.patch(`/v1/hooks/${id}`).send({ url: 'https://other.example.com/' }).expect(200);
    expect(await isDue()).toBe(true);
    await remove(id);
  });
});
