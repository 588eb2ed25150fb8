import { createHash } from 'node:crypto';
import { randomHex } from '#foundation';
import type { RandomSource } from '#foundation';
import type {
  FoundRegistration,
  NodeId,
  RegistrationBook,
  RegistrationClaim,
  RegistrationName,
} from '#domain';
import type { Database, Statement } from './database.ts';
import { LEASE_MS, TAKEOVER_WAIT_MS } from './lease.ts';

const CONTACT_USER_BYTES = 10;

const LEASE_END = `clock_timestamp() + ${LEASE_MS} * interval '1 ms'`;
const IS_FREE = `(registrations.node IS NULL
    OR registrations.lease_until < clock_timestamp() - ${TAKEOVER_WAIT_MS} * interval '1 ms')`;
/** A claim: id, node, epoch. */
const IS_MINE = 'id = $1 AND node = $2 AND epoch = $3';

/** Most looks find an owner: they lock nothing. */
const LOOK: Statement = {
  name: 'look-at-registration',
  text: `
  SELECT ${IS_FREE} AS is_free,
    node IS NOT NULL AND lease_until > clock_timestamp()
      AND coalesce(granted_until > clock_timestamp(), false) AS is_registered
  FROM registrations WHERE id = $1`,
};

/** What nobody has held for an hour has ended at the registrar, too: nodes died with it, and no call wants it. */
const TAKE: Statement = {
  name: 'take-registration',
  text: `
  WITH forgotten AS (
    DELETE FROM registrations WHERE id <> $1 AND lease_until < clock_timestamp() - interval '1 hour'
  )
  INSERT INTO registrations (id, aor, contact_user, node, lease_until, epoch)
  VALUES ($1, $2, $3, $4, ${LEASE_END}, 1)
  ON CONFLICT (id) DO UPDATE SET
    node = excluded.node, lease_until = ${LEASE_END}, epoch = registrations.epoch + 1, granted_until = NULL
  WHERE ${IS_FREE}
  RETURNING epoch, contact_user, contact`,
};

const RENEW: Statement = {
  name: 'renew-registrations',
  text: `
  UPDATE registrations SET lease_until = ${LEASE_END}
  WHERE node = $1 AND id = ANY($2) AND lease_until > clock_timestamp()
  RETURNING id`,
};

const RECORD_GRANT: Statement = {
  name: 'record-grant',
  text: `
  UPDATE registrations SET
    granted_until = clock_timestamp() + $4::float8 * interval '1 s', contact = $5
  WHERE ${IS_MINE} AND lease_until > clock_timestamp()
  RETURNING id`,
};

const VACATE: Statement = {
  name: 'vacate-registration',
  text: `UPDATE registrations SET node = NULL, granted_until = NULL WHERE ${IS_MINE}`,
};

const RECLAIM: Statement = {
  name: 'reclaim-registration',
  text: `
  UPDATE registrations SET node = $2, lease_until = ${LEASE_END}, epoch = epoch + 1
  WHERE id = $1 AND node IS NULL AND epoch = $3
  RETURNING epoch`,
};

const REMOVE: Statement = {
  name: 'remove-registration',
  text: `DELETE FROM registrations WHERE ${IS_MINE}`,
};

/** The names are long, and hold logins. */
const idOf = (name: RegistrationName): string => createHash('sha256').update(name).digest('hex');

const valuesOf = ({ name, node, epoch }: RegistrationClaim): readonly unknown[] => [
  idOf(name),
  node,
  epoch,
];

/** Who registers what. Any number of nodes may compete. */
export class PrismaRegistrationBook implements RegistrationBook {
  constructor(
    private readonly database: Database,
    private readonly random: RandomSource,
  ) {}

  async compete(name: RegistrationName, node: NodeId, aor: string): Promise<FoundRegistration> {
    const id = idOf(name);
    const [found] = await this.database.query<{ is_free: boolean; is_registered: boolean }>(LOOK, [
      id,
    ]);
    if (found?.is_free === false) return { kind: 'others', isRegistered: found.is_registered };
    const contactUser = randomHex(this.random, CONTACT_USER_BYTES);
    const [taken] = await this.database.query<{
      epoch: number;
      contact_user: string;
      contact: string | null;
    }>(TAKE, [id, aor, contactUser, node]);
    // Another node was faster.
    if (taken === undefined) return { kind: 'others', isRegistered: false };
    const { epoch, contact_user, contact } = taken;
    return { kind: 'mine', epoch, contactUser: contact_user, contact };
  }

  async renew(
    node: NodeId,
    held: readonly RegistrationName[],
  ): Promise<ReadonlySet<RegistrationName>> {
    const names = new Map(held.map((name) => [idOf(name), name]));
    const rows = await this.database.leases.query<{ id: string }>(RENEW, [node, [...names.keys()]]);
    return new Set(rows.flatMap(({ id }) => names.get(id) ?? []));
  }

  async recordGrant(
    claim: RegistrationClaim,
    grant: { readonly expiresSeconds: number; readonly contact: string | null },
  ): Promise<boolean> {
    const values = [...valuesOf(claim), grant.expiresSeconds, grant.contact];
    return (await this.database.query(RECORD_GRANT, values)).length > 0;
  }

  async vacate(claim: RegistrationClaim): Promise<void> {
    await this.database.query(VACATE, valuesOf(claim));
  }

  async reclaim(claim: RegistrationClaim): Promise<number | null> {
    const [row] = await this.database.query<{ epoch: number }>(RECLAIM, valuesOf(claim));
    return row?.epoch ?? null;
  }

  async remove(claim: RegistrationClaim): Promise<void> {
    await this.database.query(REMOVE, valuesOf(claim));
  }
}
