import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '#adapters/services-local';
import { Secret } from '#foundation';
import { endChild, spawnPinned } from './pinned-process.ts';

const APP = fileURLToPath(new URL('../../apps/signaling/src/main.js', import.meta.url));
const HOST = '127.0.0.1';
const SECRET = 'bench';

/** The signalling server as it is shipped, in a process of its own. */
export class SignallingProcess {
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  /** @param profileFolder Where a CPU profile is written when the process ends, for `node --cpu-prof`. */
  static async start(profileFolder?: string): Promise<SignallingProcess> {
    const [port, sipPort] = [await findFreePort(), await findFreePort({ alsoUdp: true })];
    const profiling =
      profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileFolder];
    const child = spawnPinned('measured', process.execPath, [...profiling, APP], {
      CALLCAST_DRACHTIO_URL: `drachtio://:${SECRET}@${HOST}:${port}`,
      CALLCAST_SIP_PORT: String(sipPort),
      CALLCAST_LOG_LEVEL: 'error',
    });
    if (child.stdout === null) throw new Error('no output to read');
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('signaling.ready')) {
        child.stdout.resume();
        return new SignallingProcess(child, port);
      }
    }
    throw new Error('the signalling server did not start');
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the signalling server is gone');
    return this.#child.pid;
  }

  /** Where a client connects. */
  get url(): { readonly host: string; readonly port: number; readonly secret: Secret } {
    return { host: HOST, port: this.#port, secret: new Secret(SECRET) };
  }

  /** Ends it politely, so that a profile is written. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000))]);
    await endChild(this.#child);
  }
}
