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
  /** It ended although nobody stopped it, and runs again, under another process id. */
  readonly onRestart: () => void;
  /** It ended although nobody stopped it, and cannot be started again. */
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
const RESTART_TRIES = 5;
const RESTART_PAUSE_MS = 300;
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

interface RunningServer {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
}

/** One running server program, stopped by its own id; started again, on the same port and data, when it crashes. */
export class ServerProcess {
  readonly #spec: ServerSpec;
  #running: RunningServer;
  #restarting: Promise<void> = Promise.resolve();
  #isStopping = false;

  private constructor(spec: ServerSpec, running: RunningServer) {
    this.#spec = spec;
    this.#running = running;
    this.#follow(running);
  }

  /** @throws ServerStartError when the program ends, or is not ready in time. */
  static async start(spec: ServerSpec): Promise<ServerProcess> {
    return new ServerProcess(spec, await launch(spec));
  }

  get identity(): ProcessIdentity {
    return this.#running.identity;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#restarting;
    await endProcess(this.identity, `SIG${this.#spec.stopSignal}`, STOP_GRACE_MS);
    this.#spec.watchdog.forget(this.identity);
    rmSync(this.#spec.recordPath, { force: true });
    this.#running.child.removeAllListeners();
  }

  #follow({ child }: RunningServer): void {
    const onExit = (): void => {
      if (!this.#isStopping) this.#restarting = this.#restart();
    };
    if (child.exitCode === null && child.signalCode === null) child.once('exit', onExit);
    else onExit();
  }

  /** Not at once: the children of a dead PostgreSQL take a moment to end. */
  async #restart(): Promise<void> {
    this.#spec.watchdog.forget(this.identity);
    for (let tries = 0; tries < RESTART_TRIES && !this.#isStopping; tries++) {
      await pause(RESTART_PAUSE_MS);
      try {
        this.#running = await launch(this.#spec);
      } catch {
        continue; // Its log tells why; the next try may do.
      }
      this.#spec.onRestart();
      this.#follow(this.#running);
      return;
    }
    if (!this.#isStopping) this.#spec.onCrash();
  }
}

async function launch(spec: ServerSpec): Promise<RunningServer> {
  const child = await spawnServer(spec);
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw new ServerStartError(`${spec.program} ended`, tail(spec));
  writeIdentity(spec.recordPath, identity);
  spec.watchdog.watch(identity, spec.stopSignal);
  await untilReady(spec, identity);
  return { child, identity };
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
