import { describe, expect, it } from 'vitest';
import type {
  CallId,
  DeliveryId,
  EventId,
  HookAnswer,
  HookFailure,
  HookId,
  HookStore,
  LaneBounds,
  LaneResult,
} from '#domain';
import { Secret, silentLogger } from '#foundation';
import { SeededRandom, VirtualTime } from '#testkit';
import { HookDeliverer } from './hook-deliverer.ts';

const SECRET = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const TAKEN: HookAnswer = {
  ...{ kind: 'answered', status: 204, headers: {}, body: new Uint8Array(), isCut: false },
  durationMs: 1,
};
const CUT: HookFailure = { kind: 'failed', reason: 'broken', detail: 'cut', durationMs: 1 };

/** So many lanes of each hook, of one delivery each, and endpoints that answer when the test says so. */
class World {
  readonly time = new VirtualTime();
  readonly settled: LaneResult[] = [];
  /** Requests under way, by the URL of their hook. */
  readonly open = new Map<string, ((answer: HookAnswer | HookFailure) => void)[]>();
  readonly quick = new Set<string>();
  isStoreAway = false;
  /** How often it was said that something may be due. */
  frees = 0;
  endJob: () => void = () => undefined;
  failingSince: Date | null = null;
  #serial = 0;
  readonly #left: Map<HookId, number>;
  readonly deliverer: HookDeliverer;

  constructor(lanes: Readonly<Record<string, number>>) {
    this.#left = new Map(Object.entries(lanes) as [HookId, number][]);
    this.deliverer = new HookDeliverer({
      ...{ clock: this.time, timers: this.time, random: new SeededRandom(1) },
      ...{ logger: silentLogger, onSettled: () => undefined },
      store: this.#store(),
      poster: { post: ({ url }) => this.#post(url) },
      jobs: {
        consume: (_, onGone) => {
          this.endJob = onGone;
        },
      },
      onFree: () => {
        this.frees += 1;
      },
      cut: () => {
        this.answerAll(CUT);
        return Promise.resolve();
      },
    });
  }

  get openCount(): number {
    return [...this.open.values()].reduce((sum, { length }) => sum + length, 0);
  }

  openOf(id: string): number {
    return this.open.get(`https://${id}.example.com/`)?.length ?? 0;
  }

  answerAll(answer: HookAnswer | HookFailure): void {
    const all = [...this.open.values()].flat();
    this.open.clear();
    for (const resolve of all) resolve(answer);
  }

  /** Lets what has been answered take its course. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  }

  #post(url: string): Promise<HookAnswer | HookFailure> {
    if (this.quick.has(url)) return Promise.resolve(TAKEN);
    return new Promise((resolve) => {
      this.open.set(url, [...(this.open.get(url) ?? []), resolve]);
    });
  }

  #store(): Pick<HookStore, 'claimLanes' | 'settleLanes' | 'noteHealth' | 'disableHook'> {
    return {
      claimLanes: (id, { lanes }: LaneBounds) => {
        const count = Math.min(lanes, this.#left.get(id) ?? 0);
        this.#left.set(id, (this.#left.get(id) ?? 0) - count);
        if (count === 0) return Promise.resolve(null);
        const { failingSince } = this;
        const url = `https://${id}.example.com/`;
        return Promise.resolve({
          hook: { id, appKey: 'app', url, dialect: 'standard', failingSince },
          secrets: [SECRET],
          lanes: Array.from({ length: count }, () => this.#lane()),
        });
      },
      settleLanes: (_, results) => {
        if (this.isStoreAway) return Promise.reject(new Error('away'));
        this.settled.push(...results);
        return Promise.resolve();
      },
      noteHealth: () => Promise.resolve(this.failingSince),
      disableHook: () => Promise.resolve(true),
    };
  }

  #lane() {
    this.#serial += 1;
    const delivery = {
      ...{ id: `dlv_${this.#serial}` as DeliveryId, eventId: `evt_${this.#serial}` as EventId },
      ...{ path: '', type: 'call.ended', body: new Uint8Array([123, 125]), attempts: 0 },
    };
    return { callId: `call_${this.#serial}` as CallId, fence: 1, deliveries: [delivery] };
  }
}

describe('the deliverer', () => {
  it('tells a hook everything, however many others say nothing (W3)', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `stuck${index}`);
    const lanes = Object.fromEntries(names.map((name) => [name, 100] as const));
    const world = new World({ ...lanes, lively: 300 });
    world.quick.add('https://lively.example.com/');

    for (const name of names) void world.deliverer.deliver(name as HookId);
    await world.quiet();
    const lively = world.deliverer.deliver('lively' as HookId);
    await world.quiet();
    await lively;

    expect(world.settled).toHaveLength(300);
    expect(Math.max(...names.map((name) => world.openOf(name)))).toBe(64);
    // 16 hooks take all that a process has, and the others may have four each all the same.
    expect(world.openCount).toBe(16 * 64 + 24 * 4);
  });

  it('has four requests at once for a hook from which nothing but failures comes', async () => {
    const world = new World({ failing: 100 });
    world.failingSince = new Date(world.time.wallMs());

    void world.deliverer.deliver('failing' as HookId);
    await world.quiet();

    expect(world.openOf('failing')).toBe(4);
  });

  it('writes results again when the store is back, and sends nothing twice', async () => {
    const world = new World({ lively: 3 });
    world.quick.add('https://lively.example.com/');
    world.isStoreAway = true;

    const done = world.deliverer.deliver('lively' as HookId);
    await world.quiet();
    world.time.advance(2_000);
    await world.quiet();
    const early = world.settled.length;
    world.isStoreAway = false;
    for (let tries = 0; tries < 4; tries += 1) {
      world.time.advance(250);
      await world.quiet();
    }
    await done;

    expect(early).toBe(0);
    expect(world.settled.map(({ settled }) => settled.length)).toEqual([1, 1, 1]);
  });

  it('has others look for what came up behind its last look, and not where there was nothing', async () => {
    const world = new World({ lively: 3 });
    world.quick.add('https://lively.example.com/');
    await world.deliverer.start();

    const lively = world.deliverer.deliver('lively' as HookId);
    await world.quiet();
    await lively;
    const early = world.frees;
    world.endJob();
    await world.deliverer.deliver('lively' as HookId);
    world.endJob();

    expect([early, world.frees]).toEqual([0, 1]);
  });

  it('stops when what is under way has been answered, and gives back what has not been sent', async () => {
    const world = new World({ slow: 100 });
    const running = world.deliverer.deliver('slow' as HookId);
    await world.quiet();
    const sent = world.openCount;

    const stopped = world.deliverer.stop();
    await world.quiet();
    world.answerAll(TAKEN);
    await world.quiet();
    await Promise.all([stopped, running]);

    expect(sent).toBe(64);
    expect(world.settled.filter(({ settled }) => settled.length === 1)).toHaveLength(64);
    expect(world.openCount).toBe(0);
  });

  it('cuts at a stop what is not answered in 5 s, which waits for another attempt then', async () => {
    const world = new World({ stuck: 2 });
    const running = world.deliverer.deliver('stuck' as HookId);
    await world.quiet();

    const stopped = world.deliverer.stop();
    await world.quiet();
    world.time.advance(5_000);
    await world.quiet();
    await Promise.all([stopped, running]);

    expect(world.settled.map(({ waits }) => waits?.id)).toEqual(['dlv_1', 'dlv_2']);
  });
});
