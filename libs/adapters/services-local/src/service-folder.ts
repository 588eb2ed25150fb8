import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { canEnter } from './service-account.ts';
import type { ServiceAccount } from './service-account.ts';

/** Where the servers keep their files. */
export interface ServiceFolder {
  readonly path: string;
  /** True when the wanted folder cannot be entered by the account and a private one stands in. */
  readonly isStandIn: boolean;
}

/** Passable for the servers' account, listable for nobody but us. */
const PASSABLE = 0o711;

/** Makes `wanted`, or a private folder of the same meaning where the account can go. */
export function prepareFolder(wanted: string, account: ServiceAccount | undefined): ServiceFolder {
  mkdirSync(wanted, { recursive: true, mode: PASSABLE });
  const path = realpathSync(resolve(wanted));
  if (canEnter(path, account)) return { path, isStandIn: false };
  return { path: prepareStandIn(path, account), isStandIn: true };
}

/** The name is the hash of the wanted path, so that the next run of this copy finds its data again. */
function prepareStandIn(wanted: string, account: ServiceAccount | undefined): string {
  const key = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  const path = join(realpathSync(tmpdir()), `callcast-${key}`);
  mkdirSync(path, { recursive: true, mode: PASSABLE });
  const found = lstatSync(path);
  // The place is open to every user of the machine: one could have put a folder of its own there.
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${path} belongs to another user; remove it`);
  chmodSync(path, PASSABLE);
  if (!canEnter(path, account))
    throw new Error(`user ${account?.name ?? ''} can enter neither ${wanted} nor ${path}`);
  return path;
}

/** A folder for one server alone, owned by its account. */
export function makePrivate(path: string, account: ServiceAccount | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}
