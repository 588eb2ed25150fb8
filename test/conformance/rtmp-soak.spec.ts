import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SeededRandom, heldBytes } from '#testkit';
import type { PeerBehaviour, PeerPlace, RtmpPeer } from '#testkit';
import { outputWorld } from '../support/output-world.ts';
import type { OutputWorld } from '../support/output-world.ts';

/** Minutes in real time, after hours of virtual time; without it virtual minutes only, which take seconds. */
const REAL_MINUTES = Number(process.env['RTMP_SOAK_MINUTES'] ?? 0);

/** How long, and how steep the memory may seem: the heap is in no two moments the same, and few minutes show little else. */
interface Run {
  readonly pace: 'virtual' | 'real';
  readonly minutes: number;
  readonly maxBytesPerMinute: number;
}

const RUNS: readonly Run[] =
  REAL_MINUTES === 0
    ? [{ pace: 'virtual', minutes: 20, maxBytesPerMinute: 262_144 }]
    : [
        { pace: 'virtual', minutes: 300, maxBytesPerMinute: 16_384 },
        { pace: 'real', minutes: REAL_MINUTES, maxBytesPerMinute: 131_072 },
      ];
const SEED = Number(process.env['SEED'] ?? 20_262);
const SERVERS = 4;
const STEP_MS = 250;
const MINUTE_MS = 60_000;
/** Trouble in all places, then peace in which every output has to come back. */
const TROUBLE_MS = 60_000;
/** A frozen server is missed after 10 s, a ghost held for 20 s, and the longest delay is 36 s. */
const BACK_WITHIN_MS = 90_000;
/** One kind of trouble; returns what ends it. */
type Trouble = (peer: RtmpPeer) => Promise<() => Promise<void> | void>;

const hangUp = (how: 'fin' | 'reset'): Trouble => {
  return (peer) => {
    peer.hangUp(how);
    return Promise.resolve(() => undefined);
  };
};

/** Behaves so from the next connection on, which comes at once. */
const behaving = (change: PeerBehaviour): Trouble => {
  return (peer) => {
    Object.assign(peer.behaviour, change);
    peer.hangUp('reset');
    return Promise.resolve(() => {
      for (const name of Object.keys(change)) Reflect.deleteProperty(peer.behaviour, name);
      peer.hangUp('reset');
    });
  };
};

const TROUBLES: Readonly<Record<string, Trouble>> = {
  restart: async (peer) => {
    await peer.stop();
    return () => peer.comeBack();
  },
  reset: hangUp('reset'),
  fin: hangUp('fin'),
  freeze: (peer) => {
    peer.freeze(true);
    return Promise.resolve(() => peer.freeze(false));
  },
  slow: behaving({ readsBytesPerSecond: 1000 }),
  ghost: behaving({ ghostMs: 20_000 }),
  stallAtAccept: behaving({ stallAt: 'accept' }),
  stallAtConnect: behaving({ stallAt: 'connect' }),
  stallAtPublish: behaving({ stallAt: 'publish' }),
  badName: behaving({ refusePublish: { code: 'NetStream.Publish.BadName' } }),
  failing: behaving({ refusePublish: { code: 'NetStream.Failed' } }),
  garbage: behaving({ answerConnectWith: Buffer.from('02000000000004010000000000000000', 'hex') }),
  move: (peer) => {
    for (const server of peer.openOnes) server.askToReconnect();
    return Promise.resolve(() => undefined);
  },
};

interface Sample {
  readonly minute: number;
  readonly bytes: number;
}

/** Least squares, in bytes per minute. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [
    mean(samples.map(({ minute }) => minute)),
    mean(samples.map(({ bytes }) => bytes)),
  ];
  const over = samples.reduce((sum, one) => sum + (one.minute - x) * (one.bytes - y), 0);
  return over / samples.reduce((sum, one) => sum + (one.minute - x) ** 2, 0);
}

class Soak {
  readonly samples: Sample[] = [];
  readonly #world: OutputWorld;
  readonly #tags: readonly { count: number }[];
  readonly #random = new SeededRandom(SEED);
  readonly #ends = new Map<RtmpPeer, { atMs: number; end: () => Promise<void> | void }>();
  readonly #startedAt = performance.now();
  readonly #startedMs: number;
  readonly met = new Map<string, number>();
  slowestReturnMs = 0;

  readonly #pace: Run['pace'];

  constructor(world: OutputWorld, tags: readonly { count: number }[], pace: Run['pace']) {
    this.#pace = pace;
    this.#world = world;
    this.#tags = tags;
    this.#startedMs = world.nowMs();
  }

  get minute(): number {
    return (this.#world.nowMs() - this.#startedMs) / MINUTE_MS;
  }

  async round(): Promise<void> {
    const untilMs = this.#world.nowMs() + TROUBLE_MS;
    while (this.#world.nowMs() < untilMs) {
      for (const peer of this.#world.peers) await this.#trouble(peer);
      await this.#pass();
    }
    for (const [peer, { end }] of this.#ends) {
      this.#ends.delete(peer);
      await end();
    }
    await this.#untilBack();
    this.samples.push({ minute: this.minute, bytes: heldBytes() });
    this.#world.forget();
  }

  async #trouble(peer: RtmpPeer): Promise<void> {
    const nowMs = this.#world.nowMs();
    const current = this.#ends.get(peer);
    if (current !== undefined) {
      if (nowMs < current.atMs) return;
      this.#ends.delete(peer);
      await current.end();
      return;
    }
    // Each server is well for 5 s on the average, then in trouble for up to 20 s.
    if (this.#random.below(5000) > STEP_MS) return;
    const names = Object.keys(TROUBLES);
    const name = names[this.#random.below(names.length)] ?? 'reset';
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
    const end = await TROUBLES[name]?.(peer);
    if (end !== undefined) this.#ends.set(peer, { atMs: nowMs + this.#random.below(20_000), end });
  }

  /** Every server hears new sound. */
  async #untilBack(): Promise<void> {
    const startMs = this.#world.nowMs();
    const before = this.#tags.map(({ count }) => count);
    const isBack = (): boolean => this.#tags.every(({ count }, i) => count > (before[i] ?? 0) + 20);
    while (!isBack()) {
      const tookMs = this.#world.nowMs() - startMs;
      if (tookMs > BACK_WITHIN_MS) throw new Error(`not back in minute ${this.minute}`);
      await this.#pass();
    }
    this.slowestReturnMs = Math.max(this.slowestReturnMs, this.#world.nowMs() - startMs);
  }

  async #pass(): Promise<void> {
    await this.#world.pass(STEP_MS, STEP_MS);
    if (this.#pace === 'virtual') return;
    const aheadMs = this.#world.nowMs() - this.#startedMs - (performance.now() - this.#startedAt);
    if (aheadMs > 0) await pause(aheadMs);
  }
}

it.each(RUNS)(
  'outputs come back from every trouble, one at a time, and hold no memory: $minutes $pace minutes',
  async ({ pace, minutes, maxBytesPerMinute }) => {
    const tags = Array.from({ length: SERVERS }, () => ({ count: 0 }));
    const places = tags.map((heard): PeerPlace => ({
      remembers: false,
      onTag: () => void (heard.count += 1),
    }));
    const world = await outputWorld({ behaviours: places.map(() => ({})), places });
    const soak = new Soak(world, tags, pace);
    while (soak.minute < minutes) await soak.round();

    // What is loaded and compiled in the first rounds is no leak.
    const bytesPerMinute = slope(soak.samples.slice(Math.ceil(soak.samples.length / 3)));
    const { grants, refusals } = world.peers.reduce(
      (sum, { keys }) => ({
        grants: sum.grants + keys.grants,
        refusals: sum.refusals + keys.refusals,
      }),
      { grants: 0, refusals: 0 },
    );
    process.stdout.write(
      `soak: seed ${SEED}, ${soak.minute.toFixed(1)} minutes, ${grants} publishes, ${refusals} refused, ` +
        `slowest return ${soak.slowestReturnMs} ms, memory ${Math.round(bytesPerMinute)} bytes per minute\n` +
        `soak: ${JSON.stringify(Object.fromEntries(soak.met))}\n`,
    );
    expect(world.peers.map(({ keys }) => keys.overlaps)).toEqual(places.map(() => 0));
    expect(world.count('output.failed')).toBe(0);
    expect({ dials: world.dialer.dials, hangUps: world.dialer.hangUps }).toEqual({
      dials: 1,
      hangUps: 0,
    });
    expect(bytesPerMinute).toBeLessThan(maxBytesPerMinute);
  },
  (REAL_MINUTES + 10) * MINUTE_MS,
);
