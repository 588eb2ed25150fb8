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

/** Places one call after the other until the flood is over, and notes how much the server holds. */
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
  let lookedMs = performance.now();
  while (!isOver()) {
    const peer = await world.peer();
    await endCall(await placeCall(srf, peer), peer);
    await peer.close();
    newCalls += 1;
    for (const [name, count] of Object.entries(server.stats())) {
      peak[name] = Math.max(peak[name] ?? 0, count);
    }
    if (performance.now() - lookedMs < 1000) continue;
    lookedMs = performance.now();
    cpu.push(meter.read());
    heap.push(heapBytes());
  }
  return { newCalls, peak, cpu, heap };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

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
      console.log(JSON.stringify({ sent, dropped, ...watched }));

      // The flood was real and most of it arrived.
      expect(sent).toBeGreaterThan((RATE * SECONDS) / 2);
      const count = (name: string): number => dropped[name] ?? 0;
      expect(count('scanners')).toBeGreaterThan(sent / 8);
      expect(count('rateLimited') + count('turnedAway')).toBeGreaterThan(sent / 8);
      expect(count('tooManyConnections')).toBe(0);
      // Calls went on, and new ones came up.
      expect(watched.newCalls).toBeGreaterThan(SECONDS);
      for (const dialog of up) await endCall(dialog, peer);
      // Tables: what clients may be handed in 64*T1, and what is refused by nobody else.
      expect(watched.peak['transactions']).toBeLessThan(50 * 32 + 100 + 200);
      expect(watched.peak['strangers']).toBeLessThan(100);
      expect(watched.peak['incomingRequests']).toBeLessThan(200);
      expect(Math.max(...watched.heap) - before).toBeLessThan(FLOOD_BYTES);
      if (SECONDS >= 30) {
        // Flat: the last third costs what the one before it did.
        const third = Math.floor(watched.cpu.length / 3);
        const last = mean(watched.cpu.slice(-third));
        expect(last).toBeLessThan(1.5 * mean(watched.cpu.slice(third, 2 * third)));
        await until(() => server.stats().transactions === 0, 'the last transaction ends', 40_000);
      } else server.stats();
      expect(heapBytes() - before).toBeLessThan(SECONDS >= 30 ? LEAK_BYTES : FLOOD_BYTES);
    },
  );
});
