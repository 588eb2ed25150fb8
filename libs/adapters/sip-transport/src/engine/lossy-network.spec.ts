import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import type { Logger, RandomSource } from '#foundation';
import { buildSipMessage, DEFAULT_SIP_TIMERS, parseSipMessage } from '#protocol/sip';
import {
  LossyNetwork,
  planUri,
  ScriptedClient,
  ScriptedRoutes,
  SeededRandom,
  VirtualTime,
} from '#testkit';
import type { CallPlan, CallScript, NetworkQuality } from '#testkit';
import { stampReceived } from '../transport/via-stamp.ts';
import { Engine } from './engine.ts';

const CALLS = 1000;
/** Calls begin within this time, in milliseconds. */
const BEGIN_WITHIN_MS = 60_000;
/** Everything is over by then: the longest call, its patience, and 64*T1 a few times. */
const LIMIT_MS = 20 * 60_000;
const TIMEOUT_MS = 120_000;
const PORT = 5060;
const CALLER = '192.0.2.1';
const CALLEE = '192.0.2.2';
const SCRIPTS: readonly CallScript[] = [
  'callerEnds',
  'calleeEnds',
  'bothEnd',
  'refused',
  'cancelled',
  'race',
];

/** More of them for a long run: `LOSSY_SEEDS=20`. */
const SEED_COUNT = Number(process.env['LOSSY_SEEDS'] ?? 3);
const SEEDS = Array.from({ length: SEED_COUNT }, (_, i) => 20_261 + i);
const QUALITIES: readonly NetworkQuality[] = [
  { loss: 0.1, duplication: 0.05, minDelayMs: 5, maxDelayMs: 60 },
  { loss: 0.2, duplication: 0.1, minDelayMs: 5, maxDelayMs: 400 },
  { loss: 0.3, duplication: 0.3, minDelayMs: 1, maxDelayMs: 900 },
];

/** One signalling server on the network, without sockets, and its client. */
function joinNode(
  network: LossyNetwork,
  world: { readonly time: VirtualTime; readonly random: RandomSource; readonly logger: Logger },
  address: string,
) {
  const { time, random, logger } = world;
  const engine = new Engine({
    transports: {
      hostPort: () => `${address}:${PORT}`,
      isHostPort: (host) => host === address,
      localOf: () => ({ host: address, port: PORT }),
      sentBy: () => address,
      send: (message, path) => network.send(buildSipMessage(message), address, path.address),
      release: () => undefined,
    },
    routes: new ScriptedRoutes(),
    config: DEFAULT_SIP_TIMERS,
    clientGraceMs: 10_000,
    optionsIntervalMs: 15_000,
    strangers: { perSource: { perSecond: 10_000, burst: 10_000 } },
    logger,
    clock: time,
    timers: time,
    random,
  });
  const client = new ScriptedClient({
    execute: (link, message) => engine.execute(link, message),
    timers: time,
    random,
  });
  engine.addClient(client);
  network.join(address, (bytes, from) => {
    const path = { transport: 'udp', address: from, port: PORT } as const;
    const at = { localAddress: address, localPort: PORT };
    const message = parseSipMessage(bytes, 'datagram');
    const isRequest = message.kind === 'request';
    const stamped = isRequest ? stampReceived(message, { ...path, ...at }) : message;
    engine.receive(stamped, { path, ...at });
  });
  return { engine, client };
}

function planOf(random: RandomSource): CallPlan {
  return {
    script: SCRIPTS[random.below(SCRIPTS.length)] ?? 'refused',
    ringMs: random.below(6000),
    // Some outlast two session refreshes of 45 s.
    upMs: random.below(10) === 0 ? 150_000 : random.below(20_000),
    isReliable: random.below(3) === 0,
    renegotiations: random.below(3),
  };
}

/** Plays all calls to their end. */
function play(seed: number, quality: NetworkQuality) {
  const random = new SeededRandom(seed);
  const time = new VirtualTime();
  const bugs: unknown[] = [];
  const logger = {
    ...silentLogger,
    error: (event: string, more?: object) => void bugs.push({ event, ...more }),
  };
  const network = new LossyNetwork(random, time, quality);
  const caller = joinNode(network, { time, random, logger }, CALLER);
  const callee = joinNode(network, { time, random, logger }, CALLEE);
  for (let i = 0; i < CALLS; i += 1) {
    const uri = planUri(planOf(random), CALLEE);
    const timer = random.below(3) === 0 ? ['Session-Expires: 90', 'Min-SE: 90'] : [];
    time.after(random.below(BEGIN_WITHIN_MS), () => caller.client.call(uri, timer));
  }
  time.advance(LIMIT_MS);
  return { time, network, caller, callee, bugs };
}

const EMPTY = {
  clients: 1,
  lostClients: 0,
  dialogs: 0,
  outgoingRequests: 0,
  incomingRequests: 0,
  heldRequests: 0,
  farewells: 0,
  transactions: 0,
  givenUpInvites: 0,
  strangers: 0,
};

describe.each(SEEDS)(`${CALLS} calls over a network that loses datagrams (seed %i)`, (seed) => {
  const quality = QUALITIES[seed % QUALITIES.length] ?? QUALITIES[0];

  it(
    `end once on each side and leave nothing: ${JSON.stringify(quality)}`,
    { timeout: TIMEOUT_MS },
    () => {
      if (quality === undefined) throw new Error('no quality');
      const { time, network, caller, callee, bugs } = play(seed, quality);
      const sides = [caller, callee];

      expect(bugs).toEqual([]);
      for (const { client } of sides) {
        expect(
          client.calls.filter(({ ends }) => ends.length !== 1).map(({ ends }) => ends),
        ).toEqual([]);
      }
      expect(sides.map(({ engine }) => engine.stats)).toEqual([EMPTY, EMPTY]);
      expect(time.pendingCount).toBe(0);
      // The network was bad and the calls were real.
      expect(caller.client.calls).toHaveLength(CALLS);
      expect(network.counts.lost).toBeGreaterThan(network.counts.sent * quality.loss * 0.9);
      for (const { client } of sides) {
        expect(client.calls.filter(({ wasUp }) => wasUp).length).toBeGreaterThan(CALLS / 4);
        expect(client.calls.filter((call) => call.renegotiationCount > 0).length).toBeGreaterThan(
          10,
        );
      }
    },
  );
});
