import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CallRecord, IdempotencyBook } from '#domain';
import { invariant } from '#foundation';
import { changeOf, ids } from '../../support/store-world.ts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

let one: ApiWorld;
/** Another API on the same database. */
let other: ApiWorld;
/** One whose answers are never kept, as if it died before. */
let dying: ApiWorld;

const isLost = () => Promise.reject(new Fault('STORE_UNAVAILABLE'));
const withoutKeep = (book: IdempotencyBook): IdempotencyBook => ({
  begin: (request) => book.begin(request),
  renew: (claims) => book.renew(claims),
  sweep: (limit) => book.sweep(limit),
  keep: isLost,
  free: isLost,
  forget: isLost,
});

beforeAll(async () => {
  one = await openWorld();
  const { databaseUrl } = one;
  other = await openWorld({ databaseUrl });
  dying = await openWorld({ databaseUrl, parts: { keys: withoutKeep(one.store.keys) } });
});
afterAll(async () => {
  await dying.close();
  await other.close();
  await one.close();
});

const place = (world: ApiWorld, key: string, body: object) =>
  world.as.post('/v1/calls').set('idempotency-key', key).send(body);

const callCount = async (): Promise<number> =>
  (await one.dump('calls')).split('\n').filter((row) => row !== '').length;

/** The live call of that name, once it is stored. */
async function foundCall(callId: string): Promise<CallRecord> {
  for (;;) {
    const call = await other.store.registry.findLiveCall(callId);
    if (call !== null) return call;
  }
}

/** Its node tells that the callee has answered. */
async function answerCall({ id, epoch }: CallRecord): Promise<void> {
  const claimed = await other.store.ledger.claim(id, epoch, ids.nodeId());
  invariant(claimed, 'nobody else wants it');
  await other.store.ledger.commit(changeOf(claimed.record, { call: { state: 'up' } }));
}

/** The claims of processes that died run out. */
const letClaimsRunOut = () =>
  one.sql(`UPDATE idempotency_keys SET claimed_until = 'epoch' WHERE status IS NULL`);

describe('a request with an Idempotency-Key', () => {
  it('is answered again as it was, by any API', async () => {
    const key = `"${randomUUID()}"`;
    const first = await place(one, key, callBody('again')).expect(202);
    const calls = await callCount();

    const again = await place(one, key, callBody('again')).expect(202);
    const elsewhere = await place(other, key.replaceAll('"', ''), callBody('again')).expect(202);

    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    for (const replayed of [again, elsewhere]) {
      expect(replayed.text).toBe(first.text);
      expect(replayed.headers).toMatchObject({
        'idempotent-replayed': 'true',
        'content-type': first.headers['content-type'],
        location: first.headers['location'],
      });
    }
    expect(await callCount()).toBe(calls);
  });

  it('is refused with another body, another path and another query', async () => {
    const key = randomUUID();
    const first = await place(one, key, callBody('same-key')).expect(202);
    const keyed = (path: string) => other.as.post(path).set('idempotency-key', key);

    for (const answer of [
      await place(other, key, callBody('same-key-other-body')),
      await keyed(`/v1/calls/${first.body.id}/dtmf`).send({ digits: '1' }),
      await keyed('/v1/calls?wait=answered').send(callBody('same-key')),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    }
  });

  it('sent fifty times at once to two APIs places one call (W8)', async () => {
    const key = randomUUID();
    const calls = await callCount();

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => place(n % 2 ? one : other, key, callBody('storm'))),
    );

    const placed = answers.filter(({ status }) => status === 202);
    const busy = answers.filter(({ status }) => status === 409);
    expect(placed.length).toBeGreaterThanOrEqual(1);
    expect(placed.length + busy.length).toBe(50);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    for (const { body, headers } of busy) {
      expect(body.code).toBe('IDEMPOTENCY_KEY_BUSY');
      expect(headers['retry-after']).toBe('1');
    }
    expect(await callCount()).toBe(calls + 1);
  });

  it('places no second call when its API died before the answer was kept', async () => {
    const key = randomUUID();
    const lost = await place(dying, key, callBody('lost-answer')).expect(202);
    const calls = await callCount();

    const early = await place(other, key, callBody('lost-answer')).expect(409);
    await letClaimsRunOut();
    const retried = await place(other, key, callBody('lost-answer')).expect(202);
    const again = await place(one, key, callBody('lost-answer')).expect(202);

    expect(early.body.code).toBe('IDEMPOTENCY_KEY_BUSY');
    expect(retried.body.id).toBe(lost.body.id);
    expect(retried.body.outputs).toEqual(lost.body.outputs);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await callCount()).toBe(calls);
  });

  it('frees its key after ten seconds when its API died', async () => {
    await place(dying, randomUUID(), callBody('claim-time')).expect(202);

    const rows = await one.dump('idempotency_keys');

    const open = rows
      .split('\n')
      .map((row) => JSON.parse(row) as { status: number | null; claimed_until: string })
      .filter(({ status }) => status === null)
      .map(({ claimed_until }) => Date.parse(claimed_until) - Date.now());
    expect(open).not.toEqual([]);
    expect(Math.max(...open)).toBeLessThanOrEqual(11_000);
  });

  it('that was refused for good is refused again, though it could succeed by now', async () => {
    const key = randomUUID();
    const taken = await one.as.post('/v1/calls').send(callBody('taken')).expect(202);
    const refused = await place(one, key, callBody('taken')).expect(409);
    await one.as.delete(`/v1/calls/${taken.body.id}`).expect(202);

    const again = await place(other, key, callBody('taken')).expect(409);

    expect(refused.body.code).toBe('CALL_ID_IN_USE');
    expect(again.text).toBe(refused.text);
    expect(again.headers['content-type']).toContain('application/problem+json');
  });

  it('that did not fit its schema leaves its key to the mended request', async () => {
    const key = randomUUID();
    await place(one, key, { ...callBody('mended'), to: 'nobody' }).expect(400);

    await place(other, key, callBody('mended')).expect(202);
  });

  it('that may succeed later is tried anew', async () => {
    const key = randomUUID();
    const { body: call } = await one.as.post('/v1/calls').send(callBody('unanswered')).expect(202);
    const press = (world: ApiWorld) =>
      world.as
        .post(`/v1/calls/${call.id}/dtmf`)
        .set('idempotency-key', key)
        .send({ digits: '1' })
        .expect(409);

    const first = await press(one);
    const second = await press(other);

    expect([first.body.code, second.body.code]).toEqual(['CALL_NOT_ANSWERED', 'CALL_NOT_ANSWERED']);
    expect(second.headers).not.toHaveProperty('idempotent-replayed');
  });

  it('that waits for the answer is told it by the node of the call, and then again', async () => {
    const key = randomUUID();
    const wait = (world: ApiWorld) =>
      world.as
        .post('/v1/calls?wait=answered&waitSeconds=20')
        .set('idempotency-key', key)
        .send(callBody('awaited'));

    const waiting = wait(one).then((answer) => answer);
    const call = await foundCall('awaited');
    const busy = await wait(other);
    await answerCall(call);
    const first = await waiting;
    const again = await wait(other);

    expect(busy.body.code).toBe('IDEMPOTENCY_KEY_BUSY');
    expect([first.status, first.body.id, first.body.state]).toEqual([202, call.id, 'up']);
    expect(first.body.answeredAt).not.toBeNull();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
  });

  it('is refused when the key cannot be used, and nothing is done', async () => {
    const calls = await callCount();

    for (const key of ['', 'a b', 'x'.repeat(256)]) {
      const answer = await place(one, key, callBody('bad-key')).expect(400);
      expect(answer.body.errors[0].path).toBe('Idempotency-Key');
    }

    expect(await callCount()).toBe(calls);
  });

  it('needs no key: without one the same request is a new one', async () => {
    await one.as.post('/v1/calls').send(callBody('keyless')).expect(202);

    const again = await one.as.post('/v1/calls').send(callBody('keyless')).expect(409);

    expect(again.body.code).toBe('CALL_ID_IN_USE');
  });

  it('is forgotten after a day', async () => {
    const key = randomUUID();
    const first = await place(one, key, callBody('yesterday')).expect(202);
    await one.as.delete(`/v1/calls/${first.body.id}`).expect(202);
    await one.sql(
      `UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 minute' WHERE key = '${key}'`,
    );

    const next = await place(other, key, callBody('yesterday')).expect(202);
    await one.sql(
      `UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 minute' WHERE key = '${key}'`,
    );
    const swept = await one.store.keys.sweep(1_000);

    expect(next.body.id).not.toBe(first.body.id);
    expect(next.headers).not.toHaveProperty('idempotent-replayed');
    expect(swept).toBeGreaterThanOrEqual(1);
    expect(await one.dump('idempotency_keys')).not.toContain(key);
  });

  it('leaves no secret in the store, neither of its body nor of its answer', async () => {
    const body = {
      ...callBody('canary'),
      auth: { username: 'user', password: 'CANARY-SIP-1' },
      metadata: { note: 'CANARY-ANSWER-1' },
    };
    await place(one, randomUUID(), body).expect(202);

    const rows = await one.dump('idempotency_keys');

    expect(rows).not.toContain('CANARY');
    // A bytea is shown in hexadecimal.
    expect(rows).not.toContain(Buffer.from('CANARY').toString('hex'));
  });
});
