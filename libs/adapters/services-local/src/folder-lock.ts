import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identifyProcess, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** The folder belongs to another living process. */
export class FolderBusyError extends Error {
  override readonly name = 'FolderBusyError';

  constructor(
    readonly folder: string,
    readonly ownerPid: number,
  ) {
    super(`${folder} is in use by process ${ownerPid}`);
  }
}

/** A held lock. */
export interface FolderLock {
  release(): void;
}

function self(): ProcessIdentity {
  return identifyProcess(process.pid) ?? { pid: process.pid, startTicks: '0' };
}

/** The process written into a lock or record file; undefined when there is none to be read. */
export function readIdentity(path: string): ProcessIdentity | undefined {
  try {
    const [pid, startTicks] = readFileSync(path, 'utf8').trim().split(' ');
    if (pid === undefined || startTicks === undefined || !/^\d+$/.test(pid)) return undefined;
    return { pid: Number(pid), startTicks };
  } catch {
    return undefined;
  }
}

/** Writes an identity in the form that readIdentity reads. */
export function writeIdentity(path: string, identity: ProcessIdentity): void {
  writeFileSync(path, `${identity.pid} ${identity.startTicks}\n`);
}

/** Creates `path` with our identity in one step; false when it exists. */
function linkNew(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Makes this process the owner of a folder, until release or its death.
 * A lock left by a dead process is taken over; who takes over holds a second lock meanwhile, so that
 * two heirs never both win.
 * @throws FolderBusyError when a living process holds it.
 */
export function lockFolder(folder: string): FolderLock {
  const path = `${folder}/owner`;
  const heir = `${path}.heir`;
  const draft = `${path}.${process.pid}`;
  writeIdentity(draft, self());
  try {
    if (!linkNew(draft, path)) inherit({ folder, path, heir, draft });
  } finally {
    rmSync(draft, { force: true });
  }
  return { release: () => rmSync(path, { force: true }) };
}

function inherit(lock: { folder: string; path: string; heir: string; draft: string }): void {
  refuseLiving(lock.folder, lock.path);
  const otherHeir = readIdentity(lock.heir);
  if (otherHeir !== undefined && !isAlive(otherHeir)) rmSync(lock.heir, { force: true });
  if (!linkNew(lock.draft, lock.heir))
    throw new FolderBusyError(lock.folder, readIdentity(lock.heir)?.pid ?? 0);
  try {
    refuseLiving(lock.folder, lock.path);
    renameSync(lock.draft, lock.path);
  } finally {
    rmSync(lock.heir, { force: true });
  }
}

function refuseLiving(folder: string, path: string): void {
  const owner = readIdentity(path);
  if (owner !== undefined && isAlive(owner)) throw new FolderBusyError(folder, owner.pid);
}
