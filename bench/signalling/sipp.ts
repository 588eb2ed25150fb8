import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort, findProgram } from '#adapters/services-local';
import { endChild, spawnPinned } from './pinned-process.ts';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 5000;
/** Calls that SIPp has open at a time, and how many it may begin per second: no limit in effect. */
const AT_A_TIME = 50;
const MAX_RATE = 50_000;

/** A running SIPp that answers every call. */
export interface SippServer {
  readonly port: number;
  stop(): Promise<void>;
}

function sipp(): string {
  const program = findProgram('sipp');
  if (program === undefined) throw new Error('sipp is not installed: apt-get install sip-tester');
  return program;
}

/** Ports of media and control are given, so that instances do not meet. */
async function wordsFor(port: number): Promise<readonly string[]> {
  const [media, control] = [
    await findFreePort({ alsoUdp: true }),
    await findFreePort({ alsoUdp: true }),
  ];
  return [
    ...['-i', HOST, '-p', String(port), '-mi', HOST, '-mp', String(media)],
    ...['-ci', HOST, '-cp', String(control), '-nostdin'],
  ];
}

/** Starts `sipp -sn uas` beside the measured core. */
export async function startSippServer(): Promise<SippServer> {
  const port = await findFreePort({ alsoUdp: true });
  const child = spawnPinned('others', sipp(), ['-sn', 'uas', ...(await wordsFor(port))]);
  child.stdout?.resume();
  await untilBound(child, port);
  return { port, stop: async () => await endChild(child) };
}

/** The kernel lists sockets by address in hexadecimal: 127.0.0.1 is 0100007F. */
async function untilBound(child: ChildProcess, port: number): Promise<void> {
  const local = `: 0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!readFileSync('/proc/net/udp', 'latin1').includes(local)) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error('sipp did not start');
    }
    await pause(10);
  }
}

/** How many calls per second SIPp sets up and tears down against another SIPp, on the measured core. */
export async function runSippCaller(port: number, calls: number): Promise<number> {
  const words = await wordsFor(await findFreePort({ alsoUdp: true }));
  const limits = ['-m', String(calls), '-l', String(AT_A_TIME), '-r', String(MAX_RATE)];
  const startedMs = performance.now();
  const args = ['-sn', 'uac', ...words, ...limits, '-d', '0', `${HOST}:${port}`];
  const child = spawnPinned('measured', sipp(), args);
  child.stdout?.resume();
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`sipp ended with ${code}`);
  return calls / ((performance.now() - startedMs) / 1000);
}
