import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The unprivileged user that servers run as when we are root: PostgreSQL refuses to run as root. */
export interface ServiceAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** The accounts of a passwd(5) text, by name. */
function parseAccounts(passwd: string): ReadonlyMap<string, ServiceAccount> {
  const accounts = new Map<string, ServiceAccount>();
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) continue;
    accounts.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}

/** Undefined when this process is not root: then servers run as its own user. */
export function chooseAccount(): ServiceAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = parseAccounts(readFileSync('/etc/passwd', 'utf8'));
  for (const name of CANDIDATES) {
    const account = accounts.get(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new Error(
    `Running as root needs an unprivileged user for the servers: ${CANDIDATES.join(' or ')}`,
  );
}

/** True when the account can enter the folder, that is pass every folder above it. */
export function canEnter(folder: string, account: ServiceAccount | undefined): boolean {
  const identity = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const result = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...identity,
    cwd: '/',
    stdio: 'ignore',
  });
  return result.status === 0;
}
