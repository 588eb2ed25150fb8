import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_SIP_TIMERS } from '#protocol/sip';
import type { SignallingServer } from '#adapters/sip-transport';
import { OFFER, SignallingWorld } from '../support/signalling-world.ts';
import type { SipPeer } from '../support/sip-peer.ts';
import type { Srf, SrfDialog } from '../support/srf-client.ts';
import { until } from '../support/until.ts';

const world = new SignallingWorld();
afterEach(() => world.close());

/** A minute of it: `FLOOD_SECONDS=60`. */
const SECONDS = Number(process.env['FLOOD_SECONDS'] ?? 4);
const RATE = 2000;
const CALLS_UP = 5;
const REQUESTS_PER_CALL = 300;
/** Calls between two looks at CPU and memory: about a second. */
const LOOK_EVERY = 6;
const FLOODER = fileURLToPath(new URL('../support/flooder.mjs', import.meta.url));
/** What may be left on the heap when everything is over, in bytes: compiled code, buffers of the sockets. */
const LEAK_BYTES = 12_000_000;
/** What a flood may hold while it lasts, in bytes. */
const FLOOD_BYTES = 60_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** What the process has used of a core since the last look, in seconds per second. */
class CpuMeter {
  #cpu = process.cpuUsage();
  #atMs = performance.now();

  read(): number {
    const used = process.cpuUsage(this.#cpu);
    const share = (used.user + used.system) / 1000 / (performance.now() - this.#atMs);
    this.#cpu = process.cpuUsage();
    this.#atMs = performance.now();
    return share;
  }
}

async function placeCall(srf: Srf, peer: SipPeer): Promise<SrfDialog> {
  const calling = srf.createUAC(peer.uri, { localSdp: OFFER });
  peer.respond(await peer.request('INVITE'), 200);
  const dialog = await calling;
  await peer.request('ACK');
  return dialog;
}

async function endCall(dialog: SrfDialog, peer: SipPeer): Promise<void> {
  const ending = dialog.destroy();
  peer.respond(await peer.request('BYE'), 200);
  await ending;
}

interface Watched {
  readonly newCalls: number;
  readonly peak: Readonly<Record<string, number>>;
  readonly cpu: readonly number[];
  readonly heap: readonly number[];
}

/** Places a call for every so many requests of the flood until it is over, and notes how much the server holds. */
async function callMeanwhile(
  server: SignallingServer,
  srf: Srf,
  isOver: () => boolean,
): Promise<Watched> {
  const peak: Record<string, number> = {};
  const cpu: number[] = [];
  const heap: number[] = [];
  const meter = new CpuMeter();
  let newCalls = 0;
  for (let due = handled(server); !isOver(); due += REQUESTS_PER_CALL) {
    await until(() => isOver() || handled(server) >= due, 'the flood goes on', 20_000);
    const peer = await world.peer();
    await endCall(await placeCall(srf, peer), peer);
    await peer.close();
    newCalls += 1;
    for (const [name, count] of Object.entries<number>({ ...server.stats() })) {
      peak[name] = Math.max(peak[name] ?? 0, count);
    }
    if (newCalls % LOOK_EVERY !== 0) continue;
    cpu.push(meter.read());
    heap.push(heapBytes());
  }
  return { newCalls, peak, cpu, heap };
}

/** How many requests of the flood the server is done with. */
const handled = (server: SignallingServer): number =>
  Object.values(server.dropped()).reduce((sum, count) => sum + count, 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The last third costs what the one before it did; and what was held is given back. */
async function expectFlat(
  server: SignallingServer,
  watched: Watched,
  before: number,
): Promise<void> {
  const third = Math.floor(watched.cpu.length / 3);
  const [earlier, later] = [watched.cpu.slice(third, 2 * third), watched.cpu.slice(-third)];
  expect(mean(later)).toBeLessThan(1.5 * mean(earlier));
  const [heapEarlier, heapLater] = [
    watched.heap.slice(third, 2 * third),
    watched.heap.slice(-third),
  ];
  expect(mean(heapLater)).toBeLessThan(1.3 * mean(heapEarlier));
  await until(() => server.stats().transactions === 0, 'the last transaction ends', 60_000);
  expect(heapBytes() - before).toBeLessThan(LEAK_BYTES);
}

/** A server that was stopped. */
const NOTHING = expect.objectContaining({
  clients: 0,
  dialogs: 0,
  transactions: 0,
  incomingRequests: 0,
  outgoingRequests: 0,
  strangers: 0,
  tcpConnections: 0,
}) as unknown;

describe('a flood', () => {
  it(
    `of ${RATE} requests a second for ${SECONDS} s harms no call and leaves nothing`,
    { timeout: 60_000 + SECONDS * 2000 },
    async () => {
      const server = await world.server({ timersConfig: DEFAULT_SIP_TIMERS });
      const srf = await world.client(server, (client) => {
        client.invite((_request, reply) => reply.send(603));
      });
      const peer = await world.peer();
      const up: SrfDialog[] = [];
      for (let i = 0; i < CALLS_UP; i += 1) up.push(await placeCall(srf, peer));
      const before = heapBytes();

      const words = [server.sipAddress.port, SECONDS, RATE].map(String);
      const flooder = fork(FLOODER, words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const told = once(flooder, 'message') as Promise<[{ sent: number }]>;
      let isOver = false;
      const over = once(flooder, 'exit').then(() => {
        isOver = true;
      });
      const watched = await callMeanwhile(server, srf, () => isOver);
      const [[{ sent }]] = await Promise.all([told, over]);
      const dropped = server.dropped();
      const count = (name: string): number => dropped[name] ?? 0;
      const megabytes = watched.heap.map((bytes) => Math.round((bytes - before) / 1e5) / 10);
      const cpuPct = Math.round(100 * mean(watched.cpu));
      console.log(JSON.stringify({ sent, dropped, newCalls: watched.newCalls, cpuPct, megabytes }));

      // The flood was real, and much of it arrived, however starved this machine is: scanners, strangers who ask too often, junk.
      expect(sent).toBeGreaterThan((RATE * SECONDS) / 2);
      expect(handled(server)).toBeGreaterThan(sent / 4);
      for (const name of ['scanners', 'rateLimited', 'turnedAway', 'startLine']) {
        expect(count(name)).toBeGreaterThan(sent / 100);
      }
      expect(count('tooManyConnections')).toBeGreaterThan(0);
      // New calls came up, and the old ones can still be ended.
      expect(watched.newCalls).toBeGreaterThan(SECONDS);
      for (const dialog of up) await endCall(dialog, peer);
      // What may be held: requests handed to clients in 64*T1, and the new calls.
      expect(watched.peak['transactions']).toBeLessThan(50 * 32 + 100 + 3 * watched.newCalls);
      expect(watched.peak['strangers']).toBeLessThan(50);
      expect(watched.peak['incomingRequests']).toBeLessThan(200);
      expect(watched.peak['tcpConnections']).toBeLessThan(64 * 3 + CALLS_UP);
      expect(Math.max(...watched.heap) - before).toBeLessThan(FLOOD_BYTES);
      if (SECONDS >= 30) await expectFlat(server, watched, before);
      await world.close();
      expect(server.stats()).toEqual(NOTHING);
    },
  );
});
