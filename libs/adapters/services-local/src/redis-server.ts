import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { makePassword } from './password.ts';
import type { ServerOptions } from './postgres-server.ts';
import { findProgram } from './program-path.ts';
import { ServerProcess, ServerStartError, endStaleServer } from './server-process.ts';
import { makePrivate } from './service-folder.ts';

/** A running private Redis. */
export interface RunningRedis {
  readonly server: ServerProcess;
  readonly url: string;
}

const PORT_TRIES = 5;
const PROBE_TIMEOUT_MS = 1000;

/** Starts redis-server (or valkey-server) with its data under `folder`/redis. */
export async function startRedis(options: ServerOptions): Promise<RunningRedis> {
  const program = findProgram('redis-server') ?? findProgram('valkey-server');
  if (program === undefined)
    throw new Error('Redis is not installed: apt-get install redis-server, or set REDIS_URL');
  const home = join(options.folder, 'redis');
  const recordPath = join(options.folder, 'redis.pid');
  await endStaleServer({ recordPath, folder: home, stopSignal: 'TERM' });
  if (options.isFresh) rmSync(home, { recursive: true, force: true });
  makePrivate(home, options.account);
  for (let tries = 1; ; tries++) {
    const port = await findFreePort();
    // New for every try: the one before may have gone to another program, which took the port.
    const password = makePassword();
    try {
      const server = await startServer(options, { program, home, recordPath, port, password });
      return { server, url: `redis://:${password}@127.0.0.1:${port}` };
    } catch (error) {
      const isRetried = error instanceof ServerStartError && error.log.includes('already in use');
      if (!isRetried || tries === PORT_TRIES) throw error;
    }
  }
}

function startServer(
  options: ServerOptions,
  at: { program: string; home: string; recordPath: string; port: number; password: string },
): Promise<ServerProcess> {
  return ServerProcess.start({
    program: at.program,
    // `-`: more settings come through the input; arguments are readable for every user.
    args: ['-', ...settings(at.port, at.home, options.isDurable)],
    input: `requirepass ${at.password}\n`,
    folder: at.home,
    recordPath: at.recordPath,
    logPath: join(options.folder, 'redis.log'),
    account: options.account,
    stopSignal: 'TERM',
    watchdog: options.watchdog,
    isReady: (pid) => answersAs(at, pid),
    onRestart: options.onRestart,
    onCrash: options.onCrash,
  });
}

/** BullMQ loses jobs when Redis evicts keys: hence noeviction. */
function settings(port: number, home: string, isDurable: boolean): string[] {
  const values = {
    port: String(port),
    bind: '127.0.0.1',
    dir: home,
    save: '',
    appendonly: isDurable ? 'yes' : 'no',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}

/** True when the server on the port is the process `pid` and has loaded its data. */
function answersAs(at: { port: number; password: string }, pid: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port: at.port });
    let answer = '';
    const finish = (isReady: boolean): void => {
      socket.destroy();
      settle(isReady);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('connect', () => socket.write(`AUTH ${at.password}\r\nINFO\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.includes('loading:')) return;
      finish(answer.includes(`process_id:${pid}\r\n`) && answer.includes('loading:0\r\n'));
    });
    socket.on('close', () => finish(false));
  });
}
