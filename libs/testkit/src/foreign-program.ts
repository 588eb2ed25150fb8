import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Watchdog, endProcess, identifyProcess } from '#adapters/services-local';

const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 10_000;
const STOP_GRACE_MS = 3000;

/** What to run and how to see that it is up. */
export interface ForeignProgramOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Its working folder, which goes away with it; both its outputs are written to a file there. */
  readonly folder: string;
  /** Asked again and again until true. */
  readonly isReady: (log: string) => boolean | Promise<boolean>;
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running program that is not ours. It dies with this process. */
export interface ForeignProgram {
  readonly pid: number;
  /** What it has written so far. */
  log(): string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** A program ended, or did not come up in time; the message is what it wrote. */
class ForeignProgramError extends Error {
  override readonly name = 'ForeignProgramError';
}

/** Starts a program and waits until it is ready. @throws ForeignProgramError; its folder is gone then. */
export async function startForeignProgram(options: ForeignProgramOptions): Promise<ForeignProgram> {
  const { program, args, folder, isReady, environment = {} } = options;
  const logPath = join(folder, 'output.log');
  const output = openSync(logPath, 'a');
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', output, output],
    detached: true,
    env: { ...process.env, ...environment },
  });
  closeSync(output);
  child.once('error', () => undefined); // It has no pid then.
  const log = (): string => readFileSync(logPath, 'utf8');
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  const watchdog = new Watchdog();
  const stop = async (): Promise<void> => {
    if (identity !== undefined) await endProcess(identity, 'SIGTERM', STOP_GRACE_MS);
    watchdog.release();
    rmSync(folder, { recursive: true, force: true });
  };
  if (identity !== undefined) {
    watchdog.watch(identity, 'TERM');
    child.unref();
    if (await isUp(child, () => isReady(log()))) return { pid: identity.pid, log, stop };
  }
  const written = log();
  await stop();
  throw new ForeignProgramError(`${program} did not start: ${written}`);
}

async function isUp(
  child: ChildProcess,
  isReady: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await isReady()) return true;
    await pause(READY_POLL_MS);
  }
  return false;
}

/** Tries again when a port that was free a moment ago was taken by somebody else. */
export async function retryOtherPorts<T>(start: () => Promise<T>): Promise<T> {
  const mostTries = 5;
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof ForeignProgramError) || tries === mostTries) throw error;
    }
  }
}
