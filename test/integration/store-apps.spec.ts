import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { newApiKey } from '#domain';
import type { Fault, NewApiKey } from '#domain';
import { systemRandom } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { claimedCall, ids, newCall, newSecretKey, startStore } from '../support/store-world.ts';

const ACTOR = { keyId: 'bootstrap', appKey: 'default' };
const LIMITS = { maxCalls: 0, maxQueued: 0, maxCallsPerSecond: 0 };

let database: TestDatabase;
let store: PrismaStore;
/** A second process on the same database. */
let other: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  const secretKey = newSecretKey();
  store = await startStore(database.url, secretKey);
  other = await startStore(database.url, secretKey);
});

afterAll(async () => {
  await store.stop();
  await other.stop();
  await database.drop();
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function newKey(fields: Partial<NewApiKey> = {}): NewApiKey {
  const { id, key } = newApiKey(systemRandom);
  return {
    id,
    appKey: 'default',
    name: 'studio',
    scope: 'write',
    allApps: false,
    expiresAt: null,
    hash: sha256(key.reveal()),
    ...fields,
  };
}

const audited = async (object: string) =>
  (await store.audit.listAudit({ limit: 100 })).items.filter((entry) => entry.object === object);

describe('an app', () => {
  it('is read back as it was made, and a second one of its name is none', async () => {
    const fields = {
      name: 'Radio',
      allowed: { sipDomains: ['*.example.com'], rtmpHosts: null },
      limits: {
        maxCalls: 5,
        maxQueued: 0,
        maxCallsPerSecond: 0.5,
        maxRequestsPerSecond: null,
        maxKeyRequestsPerSecond: 9,
      },
    };

    const created = await store.apps.createApp('radio', fields, ACTOR);

    expect(created).toMatchObject({ appKey: 'radio', isEnabled: true, ...fields });
    expect(await other.apps.findApp('radio')).toEqual(created);
    expect(await other.apps.createApp('radio', {}, ACTOR)).toBeNull();
    expect(await store.apps.findApp('never')).toBeNull();
    expect(await audited('radio')).toMatchObject([
      { actor: ACTOR, appKey: 'radio', action: 'app.created', before: null, after: fields },
    ]);
  });

  it('is changed in what is named, and the trail says from what to what', async () => {
    await store.apps.createApp('change', { name: 'Before' }, ACTOR);

    const changed = await store.apps.changeApp('change', { isEnabled: false }, ACTOR);

    expect(changed).toMatchObject({ name: 'Before', isEnabled: false });
    expect(await store.apps.changeApp('never', { name: 'x' }, ACTOR)).toBeNull();
    expect((await audited('change'))[0]).toMatchObject({
      action: 'app.changed',
      before: { isEnabled: true },
      after: { isEnabled: false },
    });
  });

  it('is listed by name, page after page', async () => {
    for (const name of ['list-c', 'list-a', 'list-b']) await store.apps.createApp(name, {}, ACTOR);

    const first = await store.apps.listApps({ limit: 2 });
    const names = first.items.map(({ appKey }) => appKey);
    let { nextCursor } = first;
    while (nextCursor !== null) {
      const page = await store.apps.listApps({ limit: 2, cursor: nextCursor });
      names.push(...page.items.map(({ appKey }) => appKey));
      ({ nextCursor } = page);
    }

    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['default', 'list-a', 'list-b', 'list-c']));
    const { items } = await store.apps.listApps({ limit: 9, appKey: 'list-a' });
    expect(items.map(({ appKey }) => appKey)).toEqual(['list-a']);
  });
});

describe('a key', () => {
  it('is found with its hash, and never shown with it', async () => {
    const key = newKey();

    const created = await store.apiKeys.createKey(key, ACTOR);
    const found = await other.apiKeys.findKey(key.id);

    expect(found?.record).toEqual(created);
    expect(found).toMatchObject({ isValid: true, isAppEnabled: true });
    expect(Buffer.from(found?.hash ?? []).equals(key.hash)).toBe(true);
    const shown = JSON.stringify([created, await audited(key.id)]);
    expect(shown).not.toContain(Buffer.from(key.hash).toString('hex'));
    expect(shown).not.toContain('hash');
  });

  it('of an app that was never created is none', async () => {
    expect(await store.apiKeys.createKey(newKey({ appKey: 'never' }), ACTOR)).toBeNull();
  });

  it('is not valid after its time, nor once it was revoked', async () => {
    const past = newKey({ expiresAt: new Date(Date.now() - 1_000) });
    const revoked = newKey();
    await store.apiKeys.createKey(past, ACTOR);
    await store.apiKeys.createKey(revoked, ACTOR);

    const record = await store.apiKeys.revokeKey('default', revoked.id, ACTOR);
    const again = await store.apiKeys.revokeKey('default', revoked.id, ACTOR);

    expect(record?.revokedAt).toBeInstanceOf(Date);
    expect(again).toEqual(record);
    expect((await other.apiKeys.findKey(revoked.id))?.isValid).toBe(false);
    expect((await other.apiKeys.findKey(past.id))?.isValid).toBe(false);
    expect((await audited(revoked.id)).map(({ action }) => action)).toEqual([
      'key.revoked',
      'key.created',
    ]);
  });

  it('is revoked and rotated by its own app alone', async () => {
    const key = newKey();
    await store.apiKeys.createKey(key, ACTOR);
    const successor = newKey();
    const rotation = { id: key.id, successor, overlapSeconds: 0, actor: ACTOR };

    expect(await store.apiKeys.revokeKey('radio', key.id, ACTOR)).toBeNull();
    expect(await store.apiKeys.rotateKey({ ...rotation, appKey: 'radio' })).toBeNull();
    expect((await store.apiKeys.findKey(key.id))?.isValid).toBe(true);
  });

  it('gives name, scope and expiry to the one that takes its place, and ends', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const old = newKey({ scope: 'admin', name: 'console', expiresAt });
    await store.apiKeys.createKey(old, ACTOR);
    const [second, third] = [newKey(), newKey()];
    const rotate = (id: string, successor: NewApiKey, overlapSeconds: number) =>
      store.apiKeys.rotateKey({ appKey: 'default', id, successor, overlapSeconds, actor: ACTOR });

    const made = await rotate(old.id, second, 60);
    const kept = await store.apiKeys.findKey(old.id);
    await rotate(second.id, third, 0);

    expect(made).toMatchObject({ id: second.id, name: 'console', scope: 'admin', expiresAt });
    expect(kept?.isValid).toBe(true);
    expect(kept?.record.expiresAt?.getTime()).toBeLessThan(expiresAt.getTime());
    expect((await store.apiKeys.findKey(second.id))?.isValid).toBe(false);
    expect((await store.apiKeys.findKey(third.id))?.isValid).toBe(true);
    expect(await rotate(second.id, newKey(), 0)).toBeNull();
  });

  it('is listed with those of its app, oldest first', async () => {
    await store.apps.createApp('keys', {}, ACTOR);
    const keys = Array.from({ length: 5 }, () => newKey({ appKey: 'keys' }));
    for (const key of keys) await store.apiKeys.createKey(key, ACTOR);

    const first = await store.apiKeys.listKeys({ appKey: 'keys', limit: 3 });
    const cursor = first.nextCursor ?? '';
    const rest = await store.apiKeys.listKeys({ appKey: 'keys', limit: 3, cursor });

    expect([...first.items, ...rest.items].map(({ id }) => id)).toHaveLength(5);
    expect(new Set([...first.items, ...rest.items].map(({ id }) => id))).toEqual(
      new Set(keys.map(({ id }) => id)),
    );
    expect(rest.nextCursor).toBeNull();
    await expect(
      store.apiKeys.listKeys({ appKey: 'keys', limit: 3, cursor: 'x' }),
    ).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });
});

describe('the audit trail', () => {
  it.each([
    `UPDATE audit_log SET action = 'nothing'`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
  ])('refuses %s', async (statement) => {
    await store.audit.write({
      actor: ACTOR,
      appKey: 'default',
      action: 'test.done',
      object: 'x',
      before: null,
      after: null,
    });

    await expect(database.sql.query(statement)).rejects.toThrow('append-only');
  });

  it('is read newest first, of one app or of all', async () => {
    for (const object of ['one', 'two', 'three']) {
      await store.audit.write({
        actor: ACTOR,
        appKey: 'trail',
        action: 'test.done',
        object,
        before: null,
        after: { object },
      });
    }

    const first = await store.audit.listAudit({ limit: 2, appKey: 'trail' });
    const cursor = first.nextCursor ?? '';
    const rest = await store.audit.listAudit({ limit: 2, appKey: 'trail', cursor });

    expect(first.items.map(({ object }) => object)).toEqual(['three', 'two']);
    expect(rest.items.map(({ object }) => object)).toEqual(['one']);
    expect((await store.audit.listAudit({ limit: 1 })).items[0]?.object).toBe('three');
  });
});

describe('the limits of an app', () => {
  const place = (process: PrismaStore, appKey: string, limits: Partial<typeof LIMITS>) =>
    process.registry.createCall(newCall({ appKey, admission: { ...LIMITS, ...limits } }));

  /** 60 calls at once over two processes. */
  async function rush(appKey: string, limits: Partial<typeof LIMITS>) {
    const placed = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        place(index % 2 === 0 ? store : other, appKey, limits),
      ),
    );
    const faults = placed.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as Fault] : [],
    );
    return { placed: 60 - faults.length, faults };
  }

  it('let as many calls live as are allowed, however many ask at once', async () => {
    const { placed, faults } = await rush('busy', { maxCalls: 7 });

    expect(placed).toBe(7);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['CALLS_TOO_MANY']));
    expect(faults[0]?.retryAfterSeconds).toBe(5);
  });

  it('give a place back when a call has ended', async () => {
    const call = await place(store, 'place', { maxCalls: 1 });
    await expect(place(other, 'place', { maxCalls: 1 })).rejects.toMatchObject({
      code: 'CALLS_TOO_MANY',
    });

    await store.registry.requestStop(call.id, ids.commandId());

    await place(other, 'place', { maxCalls: 1 });
  });

  it('count a call that was taken as live, and not as waiting', async () => {
    const admission = { ...LIMITS, maxQueued: 1 };
    await claimedCall(store, ids.nodeId(), { appKey: 'queue', admission });

    await place(store, 'queue', { maxQueued: 1 });
    const refused = place(other, 'queue', { maxQueued: 1 });

    await expect(refused).rejects.toMatchObject({ code: 'CALLS_WAITING' });
    await expect(place(other, 'queue', { maxCalls: 2 })).rejects.toMatchObject({
      code: 'CALLS_TOO_MANY',
    });
  });

  it('let so many pass in a second, over all processes, and say when the next one may come', async () => {
    const { placed, faults } = await rush('fast', { maxCallsPerSecond: 0.2 });

    expect(placed).toBe(1);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['CALLS_TOO_FAST']));
    expect(faults[0]?.retryAfterSeconds).toBe(5);
  });

  it('fill up again with time', async () => {
    const limits = { maxCallsPerSecond: 4 };
    await rush('refill', limits);
    await expect(place(store, 'refill', { maxCallsPerSecond: 0.001 })).rejects.toMatchObject({
      code: 'CALLS_TOO_FAST',
    });
    await database.sql.query(
      `UPDATE app_gates SET refilled_at = refilled_at - interval '500 ms' WHERE app_key = 'refill'`,
    );

    await place(store, 'refill', limits);
    await place(other, 'refill', limits);
  });

  it('take a call that was stored before as it is', async () => {
    const admission = { ...LIMITS, maxCalls: 1 };
    const call = newCall({ appKey: 'retried', admission });
    const created = await store.registry.createCall(call);

    expect(await other.registry.createCall(call)).toEqual(created);
  });

  it('are those of one app', async () => {
    await place(store, 'first', { maxCalls: 1 });

    await place(store, 'second', { maxCalls: 1 });
    await place(store, 'first', {});
  });

  it('take nothing for a call that is not stored', async () => {
    const call = newCall({ appKey: 'again', admission: { ...LIMITS, maxCallsPerSecond: 0.001 } });
    await store.registry.createCall(newCall({ appKey: 'again', callId: call.callId }));
    await expect(store.registry.createCall(call)).rejects.toMatchObject({
      code: 'CALL_ID_IN_USE',
    });

    await place(store, 'again', { maxCallsPerSecond: 0.001 });
  });
});
