import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  endProcess,
  findFreePort,
  findProgram,
  identifyProcess,
  Watchdog,
} from '#adapters/services-local';
import type { ProcessIdentity } from '#adapters/services-local';
import { buildNginxConfig } from './nginx-config.ts';

/** What to start. */
export interface NginxRtmpOptions {
  /** Folder for configuration, logs and recordings; made if need be. */
  readonly workDir: string;
  /** Records every stream to an FLV file of its own. */
  readonly record: boolean;
  /** Applications. Default: `live` only. */
  readonly apps?: readonly string[];
}

/** A running nginx with the RTMP module, on 127.0.0.1. It dies with this process. */
export interface NginxRtmp {
  readonly port: number;
  /** `http://127.0.0.1:PORT/stat` shows what is published and played, as XML. */
  readonly httpStatPort: number;
  readonly pid: number;
  /** Address to publish to and to play from. */
  rtmpUrl(app: string, key: string): string;
  /** Paths of the FLV files so far, oldest first; a file is whole when its publisher has left. */
  recordings(): string[];
  /** What nginx has logged. */
  log(): string;
  /** Stops it and starts it again on the same ports; `downMs` lies between. Default: 0. */
  restart(downMs?: number): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const MODULE_FILE = 'ngx_rtmp_module.so';
const MODULE_FOLDERS = [
  '/usr/lib/nginx/modules',
  '/usr/lib64/nginx/modules',
  '/usr/share/nginx/modules',
];
const TRIES = 5;
const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 10_000;
const STOP_GRACE_MS = 3000;

/**
 * Starts nginx-rtmp on free ports of 127.0.0.1.
 *
 * @throws Error when nginx or its RTMP module is not installed, or it does not start.
 */
export async function startNginxRtmp(options: NginxRtmpOptions): Promise<NginxRtmp> {
  const program = findProgram('nginx');
  const modulePath = MODULE_FOLDERS.map((folder) => join(folder, MODULE_FILE)).find(existsSync);
  if (program === undefined || modulePath === undefined) {
    throw new Error('nginx-rtmp is not installed: apt-get install nginx libnginx-mod-rtmp');
  }
  const folder = absolute(options.workDir);
  mkdirSync(join(folder, 'recordings'), { recursive: true });
  for (let tries = 1; ; tries++) {
    const [port, statPort] = [await findFreePort(), await findFreePort()];
    const { record: isRecording, apps = ['live'] } = options;
    const config = { folder, modulePath, rtmpPort: port, statPort, isRecording, apps };
    writeFileSync(join(folder, 'nginx.conf'), buildNginxConfig(config));
    const server = new NginxServer({ program, folder, port, statPort });
    if (await server.start()) return server;
    if (tries === TRIES) throw new Error(`nginx did not start: ${server.log()}`);
  }
}

interface Rig {
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly statPort: number;
}

class NginxServer implements NginxRtmp {
  readonly #rig: Rig;
  #identity: ProcessIdentity | undefined;
  #watchdog = new Watchdog();

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  get port(): number {
    return this.#rig.port;
  }

  get httpStatPort(): number {
    return this.#rig.statPort;
  }

  get pid(): number {
    if (this.#identity === undefined) throw new Error('nginx is not running');
    return this.#identity.pid;
  }

  rtmpUrl(app: string, key: string): string {
    return `rtmp://${HOST}:${this.#rig.port}/${app}/${key}`;
  }

  recordings(): string[] {
    const folder = join(this.#rig.folder, 'recordings');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.flv'))
      .map((name) => join(folder, name))
      .sort((one, other) => statSync(one).birthtimeMs - statSync(other).birthtimeMs);
  }

  log(): string {
    return readText(join(this.#rig.folder, 'error.log'));
  }

  /** False when it did not come up: another program may have taken a port. */
  async start(): Promise<boolean> {
    const { program, folder } = this.#rig;
    const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
    const child = spawn(program, args, { cwd: folder, stdio: 'ignore', detached: true });
    child.once('error', () => undefined);
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity === undefined) return false;
    this.#watchdog.watch(identity, 'KILL');
    child.unref();
    this.#identity = identity;
    if (await untilListening(child, folder)) return true;
    await this.stop();
    return false;
  }

  async restart(downMs = 0): Promise<void> {
    await this.stop();
    if (downMs > 0) await pause(downMs);
    if (!(await this.start())) throw new Error(`nginx did not come back: ${this.log()}`);
  }

  async stop(): Promise<void> {
    if (this.#identity !== undefined) await endProcess(this.#identity, 'SIGTERM', STOP_GRACE_MS);
    this.#identity = undefined;
    this.#watchdog.release();
    this.#watchdog = new Watchdog();
  }
}

/** nginx writes its pid file when its sockets listen. */
async function untilListening(child: ChildProcess, folder: string): Promise<boolean> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (readText(join(folder, 'nginx.pid')).trim() === String(child.pid)) return true;
    await pause(READY_POLL_MS);
  }
  return false;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Nothing was written so far.
  }
}
