import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { RtpPortPool } from '#adapters/udp-node';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import type { Delivery } from '#testkit';
import { sessionDescription } from '../rig/ffmpeg-contender.ts';

const HOST = '127.0.0.1';
/** Away from the range of our own calls and from the ports that the kernel gives out. */
const PORT_RANGE = '14000-19999';
const START_TIMEOUT_MS = 30_000;
/** After the last packet. */
const REST_MS = 1500;
const EXIT_TIMEOUT_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The stream that ffmpeg makes of what arrives, in real time, as an FLV file: the usual way. */
export async function writeFfmpegStream(
  deliveries: readonly Delivery[],
  path: string,
): Promise<void> {
  const port = await freePort();
  writeFileSync(`${path}.sdp`, sessionDescription(port));
  const child = spawn('ffmpeg', argumentsFor(path), { stdio: ['pipe', 'ignore', 'ignore'] });
  const exit = once(child, 'exit');
  try {
    await untilBound(port);
    await send(deliveries, port);
    await pause(REST_MS);
    child.stdin.write('q');
    await Promise.race([exit, pause(EXIT_TIMEOUT_MS)]);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
    await exit;
  }
}

function argumentsFor(path: string): string[] {
  const quiet = ['-hide_banner', '-loglevel', 'error', '-y'];
  const input = ['-protocol_whitelist', 'file,udp,rtp', '-i', `${path}.sdp`];
  const coder = ['-c:a', 'aac', '-aac_coder', 'fast', '-b:a', '64k'];
  return [...quiet, ...input, ...coder, '-ar', '44100', '-ac', '1', '-f', 'flv', path];
}

async function freePort(): Promise<number> {
  const ports = new RtpPortPool({
    host: HOST,
    range: PORT_RANGE,
    random: systemRandom,
    clock: systemClock,
    timers: systemTimers,
  });
  const { port } = await ports.bindPair();
  await ports.close();
  return port;
}

/** Until the kernel lists a socket on the port: ffmpeg itself does not say that it listens. */
async function untilBound(port: number): Promise<void> {
  const entry = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!readFileSync('/proc/net/udp', 'latin1').includes(entry)) {
    if (performance.now() > deadline) throw new Error('ffmpeg does not listen');
    await pause(50);
  }
}

async function send(deliveries: readonly Delivery[], port: number): Promise<void> {
  const socket = createSocket('udp4');
  const startedAt = performance.now();
  try {
    for (const { atMs, bytes } of deliveries) {
      const waitMs = startedAt + atMs - performance.now();
      if (waitMs > 0) await pause(waitMs);
      socket.send(bytes, port, HOST);
    }
    await pause(REST_MS);
  } finally {
    socket.close();
  }
}
