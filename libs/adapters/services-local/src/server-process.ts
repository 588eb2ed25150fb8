import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readIdentity, writeIdentity } from './folder-lock.ts';
import { endProcess, identifyProcess, isAlive, worksIn } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { PROGRAM_FOLDERS } from './program-path.ts';
import type { ServiceAccount } from './service-account.ts';
import type { Watchdog } from './watchdog.ts';

/** How one server program is run. */
export interface ServerSpec {
  readonly program: string;
  readonly args: readonly string[];
  /** What the program reads from its standard input, to the end. Default: nothing. */
  readonly input?: string;
  /** Working folder; a process found there later is known to be ours. */
  readonly folder: string;
  /** The identity of the running server, for the next run to find after a crash. */
  readonly recordPath: string;
  readonly logPath: string;
  readonly account: ServiceAccount | undefined;
  readonly stopSignal: 'INT' | 'TERM';
  readonly watchdog: Watchdog;
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly onCrash: () => void;
}

/** A server ended before it was ready; `log` is the end of what it wrote. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';

  constructor(
    message: string,
    readonly log: string,
  ) {
    super(`${message}\n${log}`);
  }
}

const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 20;
const STOP_GRACE_MS = 10_000;
const LOG_TAIL_CHARS = 2000;

/** Nothing of our environment goes to the servers: it holds keys and settings meant for others. */
export const SERVER_ENVIRONMENT = {
  PATH: PROGRAM_FOLDERS.join(':'),
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
};

/** The spawn options that make a program run as `account`. */
export function runAs(account: ServiceAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** One running server program, stopped by its own id. */
export class ServerProcess {
  readonly #spec: ServerSpec;
  readonly #child: ChildProcess;
  readonly identity: ProcessIdentity;
  #isStopping = false;

  private constructor(spec: ServerSpec, child: ChildProcess, identity: ProcessIdentity) {
    this.#spec = spec;
    this.#child = child;
    this.identity = identity;
    child.once('exit', () => this.#onExit());
  }

  /** @throws ServerStartError when the program ends, or is not ready in time. */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    const child = await spawnServer(spec);
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity === undefined) throw new ServerStartError(`${spec.program} ended`, tail(spec));
    writeIdentity(spec.recordPath, identity);
    spec.watchdog.watch(identity, spec.stopSignal);
    await untilReady(spec, identity);
    return new ServerProcess(spec, child, identity);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await endProcess(this.identity, `SIG${this.#spec.stopSignal}`, STOP_GRACE_MS);
    this.#spec.watchdog.forget(this.identity);
    rmSync(this.#spec.recordPath, { force: true });
    this.#child.removeAllListeners();
  }

  #onExit(): void {
    if (!this.#isStopping) this.#spec.onCrash();
  }
}

async function spawnServer(spec: ServerSpec): Promise<ChildProcess> {
  const log = openSync(spec.logPath, 'w', 0o600);
  try {
    // Detached: Ctrl-C in the terminal must not stop the servers before those who use them.
    const child = spawn(spec.program, spec.args, {
      ...runAs(spec.account),
      cwd: spec.folder,
      env: SERVER_ENVIRONMENT,
      stdio: ['pipe', log, log],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // A program that ends early does not read it; the wait for readiness tells.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(spec.input);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilReady(spec: ServerSpec, identity: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await spec.isReady(identity.pid))) {
    const isLate = performance.now() > deadline;
    if (isLate) await endProcess(identity, 'SIGKILL', STOP_GRACE_MS);
    if (isLate || !isAlive(identity)) {
      spec.watchdog.forget(identity);
      throw new ServerStartError(`${spec.program} did not start`, tail(spec));
    }
    await pause(READY_POLL_MS);
  }
}

function tail(spec: ServerSpec): string {
  return readFileSync(spec.logPath, 'utf8').slice(-LOG_TAIL_CHARS);
}

/** Ends the server that a crashed run left behind, if it still runs and is the one recorded. */
export async function endStaleServer(record: {
  readonly recordPath: string;
  readonly folder: string;
  readonly stopSignal: 'INT' | 'TERM';
}): Promise<boolean> {
  const identity = readIdentity(record.recordPath);
  const isOurs = identity !== undefined && isAlive(identity) && worksIn(identity, record.folder);
  if (isOurs) await endProcess(identity, `SIG${record.stopSignal}`, STOP_GRACE_MS);
  rmSync(record.recordPath, { force: true });
  return isOurs;
}
