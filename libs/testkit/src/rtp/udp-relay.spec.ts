import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SeededRandom } from '../seeded-random.ts';
import type { NetworkTrouble } from './network-trouble.ts';
import { UdpRelay } from './udp-relay.ts';

const HOST = '127.0.0.1';
const SEED = 77;
const COUNT = 200;
const LAST = 255;
const RESEND_MS = 20;

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return socket;
}

/** Sends numbered packets through a relay, and the last again and again until it arrives. */
async function run(network: Omit<NetworkTrouble, 'random'>) {
  const [sender, receiver] = [await openSocket(), await openSocket()];
  const relay = await UdpRelay.open({ random: new SeededRandom(SEED), ...network });
  onTestFinished(() => relay.close());
  relay.connect(receiver.address().port);
  const heard: number[] = [];
  const from = new Set<number>();
  const hasEnded = new Promise<false>((resolve) => {
    receiver.on('message', (bytes, { port }) => {
      from.add(port);
      if (bytes[0] === LAST) resolve(false);
      else heard.push(bytes[0] ?? -1);
    });
  });
  for (let number = 0; number < COUNT; number++)
    sender.send(Uint8Array.of(number), relay.port, HOST);
  do sender.send(Uint8Array.of(LAST), relay.port, HOST);
  while (await Promise.race([hasEnded, pause(RESEND_MS, true)]));
  return { sender, receiver, relay, heard, from };
}

describe('a relay between two sockets', () => {
  it('loses and reorders what it says it does, and sends from the port it is known by', async () => {
    const { relay, heard, from } = await run({ lossShare: 0.1, reorderShare: 0.1 });

    const fates = relay.ledger().fates.slice(0, COUNT);
    const lost = fates.flatMap(({ arrivedAtMs }, number) =>
      arrivedAtMs.length === 0 ? [number] : [],
    );
    const missing = Array.from({ length: COUNT }, (_, number) => number).filter(
      (number) => !heard.includes(number),
    );
    expect(missing, `seed ${SEED}`).toEqual(lost);
    expect(lost.length).toBeGreaterThan(5);
    expect(heard).not.toEqual([...heard].sort((left, right) => left - right));
    expect([...from]).toEqual([relay.port]);
  });

  it('delays, and brings what is sent back unharmed', async () => {
    const { sender, receiver, relay, heard } = await run({ jitterMs: 30, lossShare: 0.5 });

    const answer = once(sender, 'message') as Promise<[Buffer]>;
    receiver.send('back', relay.port, HOST);
    const [bytes] = await answer;

    expect(bytes.toString()).toBe('back');
    expect(heard.length).toBeLessThan(COUNT * 0.7);
    const delays = relay
      .ledger()
      .fates.flatMap((fate) => fate.arrivedAtMs.map((atMs) => atMs - fate.sentAtMs));
    expect(Math.max(...delays)).toBeGreaterThan(20);
  });
});
