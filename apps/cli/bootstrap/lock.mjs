import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { FailedStep } from './steps.mjs';

const WAIT_MS = 20 * 60 * 1000;
const POLL_MS = 200;

/** `PID START`: the start time (field 22 of /proc/PID/stat) tells a process from a later one of the same id. */
function identify(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(fields[0]) ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return identifyBySignal(pid);
  }
}

/** Where there is no /proc. */
function identifyBySignal(pid) {
  try {
    process.kill(pid, 0);
    return `${pid} 0`;
  } catch (error) {
    return error.code === 'EPERM' ? `${pid} 0` : undefined;
  }
}

function readOwner(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function isAlive(owner) {
  const pid = Number(owner.split(' ')[0]);
  return Number.isInteger(pid) && pid > 0 && identify(pid) === owner;
}

function tryLock(path, draft) {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = readOwner(path);
  if (owner !== undefined && isAlive(owner)) return false;
  removeStale(path, owner);
  return false; // The next try decides who is first.
}

/** Moves a dead owner's lock aside; puts it back when it turns out to be a new owner's. */
function removeStale(path, deadOwner) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return; // Another heir was faster.
    throw error;
  }
  if (readOwner(aside) !== deadOwner) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

async function waitForLock(path, draft) {
  const deadline = performance.now() + WAIT_MS;
  let hasTold = false;
  while (!tryLock(path, draft)) {
    const owner = readOwner(path);
    if (owner !== undefined && !hasTold) {
      console.error(`waiting for process ${owner.split(' ')[0]}, which prepares this folder ...`);
      hasTold = true;
    }
    if (performance.now() > deadline)
      throw new FailedStep(`${path} is still held by process ${owner}`);
    await pause(POLL_MS);
  }
}

/** Runs `work` while no other process prepares this copy of the repo. */
export async function withLock(root, work) {
  const folder = join(root, '.callcast');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'bootstrap.lock');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${identify(process.pid)}\n`);
  try {
    await waitForLock(path, draft);
  } finally {
    rmSync(draft, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
