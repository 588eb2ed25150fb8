import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Watchdog,
  endProcess,
  findFreePort,
  findProgram,
  identifyProcess,
} from '#adapters/services-local';
import type { ProcessIdentity } from '#adapters/services-local';
import { buildScenario } from './scenario.ts';
import type { CalleeBehaviour, CalleeMedia, ScenarioOptions } from './scenario.ts';

/** How the callee behaves and where it listens. */
export interface SippCalleeOptions {
  /** Loopback address for SIP and RTP. Default: 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1';
  /** SIP port. Default: a free one. */
  readonly port?: number;
  /** Default: answers at once and waits for BYE. */
  readonly behaviour?: CalleeBehaviour;
  readonly media?: CalleeMedia;
  readonly digest?: ScenarioOptions['digest'];
  /** Default: udp. */
  readonly transport?: 'udp' | 'tcp';
}

/** A running SIPp that takes calls. */
export interface SippCallee {
  readonly host: string;
  readonly port: number;
  /** Address to dial; a callee that challenges knows the default user only. */
  uri(user?: string): string;
  /** Every SIP message sent and received so far, as SIPp logged it. */
  messages(): string;
  /** What SIPp found wrong so far: unexpected messages, timeouts. */
  errors(): string;
  stop(): Promise<void>;
}

const DEFAULT_USER = 'callee';
const TRIES = 5;
const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 10_000;
const STOP_GRACE_MS = 2000;

interface Rig {
  readonly host: '127.0.0.1' | '::1';
  readonly folder: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/**
 * Starts SIPp as a callee on a loopback address. It dies with this process.
 * @throws Error when sipp is not installed or does not start.
 */
export async function startSippCallee(options: SippCalleeOptions = {}): Promise<SippCallee> {
  const program = findProgram('sipp');
  if (program === undefined) throw new Error('sipp is not installed: apt-get install sip-tester');
  for (let tries = 1; ; tries++) {
    const { host = '127.0.0.1' } = options;
    const port = options.port ?? (await findFreePort({ host, alsoUdp: true }));
    const folder = mkdtempSync(join(tmpdir(), 'callcast-sipp-'));
    const rig: Rig = { host, folder, port, transport: options.transport ?? 'udp' };
    writeFileSync(join(folder, 'callee.xml'), buildScenario(scenarioOf(options, rig)));
    const callee = await tryStart(program, rig);
    if (callee !== undefined) return callee;
    const log = readText(join(folder, 'errors.log'));
    rmSync(folder, { recursive: true, force: true });
    if (options.port !== undefined || tries === TRIES)
      throw new Error(`sipp did not start: ${log}`);
  }
}

function scenarioOf(options: SippCalleeOptions, rig: Rig): ScenarioOptions {
  const { behaviour = { type: 'answer' }, media, digest } = options;
  const uris = [`sip:${DEFAULT_USER}@${hostOf(rig)}:${rig.port}`, uriOf(rig, DEFAULT_USER)];
  return { behaviour, media, digest, uris: [...new Set(uris)] };
}

const hostOf = ({ host }: Rig): string => (host === '::1' ? '[::1]' : host);

function uriOf(rig: Rig, user: string): string {
  const { port, transport } = rig;
  return `sip:${user}@${hostOf(rig)}:${port}${transport === 'tcp' ? ';transport=tcp' : ''}`;
}

async function sippArguments({ host, folder, port, transport }: Rig): Promise<string[]> {
  const [mediaPort, controlPort] = [
    await findFreePort({ host, alsoUdp: true }),
    await findFreePort({ alsoUdp: true }),
  ];
  return [
    ...['-sf', join(folder, 'callee.xml'), '-t', transport === 'udp' ? 'u1' : 't1'],
    ...['-i', host, '-p', String(port), '-bind_local'],
    ...['-mi', host, '-mp', String(mediaPort)],
    ...['-ci', '127.0.0.1', '-cp', String(controlPort)],
    ...['-nostdin', '-trace_err', '-error_file', join(folder, 'errors.log')],
    ...['-trace_msg', '-message_file', join(folder, 'messages.log')],
  ];
}

async function tryStart(program: string, rig: Rig): Promise<SippCallee | undefined> {
  const child = spawn(program, await sippArguments(rig), {
    cwd: rig.folder,
    stdio: 'ignore',
    detached: true,
  });
  const failed = new Promise<undefined>((settle) => {
    const fail = (): void => {
      settle(undefined);
    };
    child.once('error', fail);
    child.once('exit', fail);
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) {
    await failed;
    return undefined;
  }
  const watchdog = new Watchdog();
  watchdog.watch(identity, 'KILL');
  child.unref();
  const isReady = await Promise.race([failed, untilListening(child, rig)]);
  if (isReady === true) return handle(rig, identity, watchdog);
  await endProcess(identity, 'SIGKILL', STOP_GRACE_MS);
  watchdog.release();
  return undefined;
}

async function untilListening(child: ChildProcess, rig: Rig): Promise<boolean> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (child.pid !== undefined && isBoundBy(child.pid, rig)) return true;
    await pause(READY_POLL_MS);
  }
  return false;
}

/**
 * Whether SIPp holds the port; somebody else may have been faster, and SIPp is about to end then.
 * /proc/net lists sockets by address in hexadecimal, each four bytes back to front, with the inode in the tenth column.
 */
function isBoundBy(pid: number, { host, port, transport }: Rig): boolean {
  const address = host === '::1' ? '00000000000000000000000001000000' : '0100007F';
  const local = `${address}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const held = socketsOf(pid);
  return readText(`/proc/net/${transport}${host === '::1' ? '6' : ''}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some((columns) => columns[1] === local && held.has(`socket:[${columns[9]}]`));
}

/** What the open files of a process are; empty when it is gone. */
function socketsOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Set(readdirSync(folder).map((name) => linkOf(join(folder, name))));
  } catch {
    return new Set();
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // Closed meanwhile.
  }
}

function handle(rig: Rig, identity: ProcessIdentity, watchdog: Watchdog): SippCallee {
  return {
    host: rig.host,
    port: rig.port,
    uri: (user = DEFAULT_USER) => uriOf(rig, user),
    messages: () => readText(join(rig.folder, 'messages.log')),
    errors: () => readText(join(rig.folder, 'errors.log')),
    stop: async () => {
      await endProcess(identity, 'SIGKILL', STOP_GRACE_MS);
      watchdog.release();
      rmSync(rig.folder, { recursive: true, force: true });
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // Nothing was logged.
  }
}
