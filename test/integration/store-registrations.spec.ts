import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PrismaStore } from '#adapters/store-prisma';
import { registrationName } from '#domain';
import type { FoundRegistration, RegistrationClaim, RegistrationName } from '#domain';
import { Secret } from '#foundation';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { ids, newSecretKey, startStore } from '../support/store-world.ts';

let database: TestDatabase;
let store: PrismaStore;

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  store = await startStore(database.url, newSecretKey());
});

afterAll(async () => {
  await store.stop();
  await database.drop();
});

let serial = 0;
const newName = (): RegistrationName =>
  registrationName('app', {
    ...{ user: `studio-${++serial}`, domain: 'sip.test', registrar: 'sip:sip.test' },
    auth: { username: 'login', password: new Secret('hunter2') },
  });

const GRANT = { expiresSeconds: 60, contact: 'sip:x@192.0.2.1:5060' };
const AOR = 'studio@sip.test';

const compete = (name: RegistrationName, node = ids.nodeId()): Promise<FoundRegistration> =>
  store.registrations.compete(name, node, AOR);

/** A registration that a new node owns. */
async function owned(name = newName()): Promise<RegistrationClaim & { contactUser: string }> {
  const node = ids.nodeId();
  const found = await compete(name, node);
  if (found.kind !== 'mine') throw new Error('nobody else wants it');
  return { name, node, epoch: found.epoch, contactUser: found.contactUser };
}

const rowsOf = async (contactUser: string): Promise<readonly Record<string, unknown>[]> =>
  (
    await database.sql.query<Record<string, unknown>>(
      'SELECT * FROM registrations WHERE contact_user = $1',
      [contactUser],
    )
  ).rows;

const endLease = (contactUser: string, agoMs: number) =>
  database.sql.query(
    `UPDATE registrations SET lease_until = clock_timestamp() - $2 * interval '1 ms' WHERE contact_user = $1`,
    [contactUser, agoMs],
  );

describe('a registration', () => {
  it('has one owner, however many nodes compete for it', async () => {
    const name = newName();

    const found = await Promise.all(Array.from({ length: 10 }, () => compete(name)));

    expect(found.filter(({ kind }) => kind === 'mine')).toHaveLength(1);
    expect(found.filter(({ kind }) => kind === 'others')).toHaveLength(9);
  });

  it('belongs to one account of one app', async () => {
    const account = {
      ...{ user: 'a', domain: 'Sip.Test', registrar: 'sip:sip.test' },
      auth: { username: 'login', password: new Secret('hunter2') },
    };
    const login = { ...account.auth, username: 'other' };
    const others = [
      registrationName('app-2', account),
      registrationName('app', { ...account, user: 'b' }),
      registrationName('app', { ...account, registrar: 'sip:sip.test:5070' }),
      registrationName('app', { ...account, outboundProxy: 'sip:proxy.test' }),
      registrationName('app', { ...account, auth: login }),
    ];

    await owned(registrationName('app', account));

    const auth = { ...account.auth, password: new Secret('another') };
    const same = registrationName('app', { ...account, domain: 'sip.test', auth });
    expect((await compete(same)).kind).toBe('others');
    for (const other of others) expect((await compete(other)).kind).toBe('mine');
  });

  it('is registered for all nodes from the grant until it ends', async () => {
    const claim = await owned();
    expect(await compete(claim.name)).toEqual({ kind: 'others', isRegistered: false });

    expect(await store.registrations.recordGrant(claim, GRANT)).toBe(true);
    expect(await compete(claim.name)).toEqual({ kind: 'others', isRegistered: true });

    await store.registrations.recordGrant(claim, { ...GRANT, expiresSeconds: -1 });
    expect(await compete(claim.name)).toEqual({ kind: 'others', isRegistered: false });
  });

  it('keeps no password and no login', async () => {
    const { contactUser } = await owned();

    const text = JSON.stringify(await rowsOf(contactUser));
    expect(text).toContain(AOR);
    expect(text).not.toMatch(/hunter2|login/);
  });

  it('is taken over when its lease has run out for a second, and the old owner is fenced off', async () => {
    const claim = await owned();
    await store.registrations.recordGrant(claim, GRANT);

    await endLease(claim.contactUser, 500);
    expect(await compete(claim.name)).toEqual({ kind: 'others', isRegistered: false });
    expect(await store.registrations.renew(claim.node, [claim.name])).toEqual(new Set());

    await endLease(claim.contactUser, 1500);
    const node = ids.nodeId();
    expect(await compete(claim.name, node)).toEqual({
      kind: 'mine',
      epoch: claim.epoch + 1,
      contactUser: claim.contactUser,
      contact: GRANT.contact,
    });

    expect(await store.registrations.recordGrant(claim, GRANT)).toBe(false);
    expect(await store.registrations.renew(claim.node, [claim.name])).toEqual(new Set());
    await store.registrations.vacate(claim);
    await store.registrations.remove(claim);
    expect(await store.registrations.reclaim(claim)).toBeNull();
    expect(await rowsOf(claim.contactUser)).toMatchObject([
      { node, epoch: claim.epoch + 1, granted_until: null },
    ]);
  });

  it('is renewed for those that the node holds', async () => {
    const [first, second] = [newName(), newName()];
    const node = ids.nodeId();
    for (const name of [first, second]) await compete(name, node);

    expect(await store.registrations.renew(node, [first])).toEqual(new Set([first]));
    expect(await store.registrations.renew(ids.nodeId(), [first])).toEqual(new Set());
  });

  it('is handed over: what one node leaves another takes at once', async () => {
    const claim = await owned();
    await store.registrations.recordGrant(claim, GRANT);

    await store.registrations.vacate(claim);

    expect((await compete(claim.name)).kind).toBe('mine');
    expect(await store.registrations.reclaim(claim)).toBeNull();
  });

  it('is taken back when nobody wanted it, and removed', async () => {
    const claim = await owned();
    await store.registrations.vacate(claim);

    const epoch = await store.registrations.reclaim(claim);

    expect(epoch).toBe(claim.epoch + 1);
    // While the binding is taken off, others wait.
    expect(await compete(claim.name)).toEqual({ kind: 'others', isRegistered: false });
    await store.registrations.remove({ ...claim, epoch: claim.epoch + 1 });
    expect(await rowsOf(claim.contactUser)).toEqual([]);
  });

  it('is forgotten an hour after its last owner', async () => {
    const [old, recent] = [await owned(), await owned()];
    await endLease(old.contactUser, 3_601_000);
    await endLease(recent.contactUser, 3_590_000);

    await owned();

    expect(await rowsOf(old.contactUser)).toEqual([]);
    expect(await rowsOf(recent.contactUser)).toHaveLength(1);
  });
});
