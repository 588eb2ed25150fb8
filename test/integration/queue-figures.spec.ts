import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFiguresReceiver, openFiguresSender } from '#adapters/queue-bullmq';
import { FIGURES_CHANNEL } from '#contracts';
import type { CallId, LiveFigures, NodeId } from '#domain';
import { silentLogger } from '#foundation';
import { callStats } from '#testkit';
import { RedisProcess } from '../support/redis-process.ts';

const redis = new RedisProcess();
const figuresOf = (packets: number): LiveFigures[] => [
  {
    callId: 'call_00000000000000000000000001' as CallId,
    appKey: 'default',
    epoch: 1,
    node: 'node_1' as NodeId,
    stats: callStats({ packets }),
  },
];

let sender: ReturnType<typeof openFiguresSender>;
let receiver: ReturnType<typeof openFiguresReceiver>;

beforeAll(async () => {
  await redis.start();
});

afterAll(async () => {
  await redis.remove();
});

beforeEach(async () => {
  sender = openFiguresSender({ redisUrl: redis.url, logger: silentLogger });
  receiver = openFiguresReceiver({ redisUrl: redis.url, logger: silentLogger });
  await Promise.all([sender.start(), receiver.start()]);
});

afterEach(async () => {
  await Promise.all([sender.stop(), receiver.stop()]);
});

/** The next figures that are heard. */
const heard = (): Promise<readonly LiveFigures[]> =>
  new Promise((resolve) => {
    const leave = receiver.onFigures((figures) => {
      leave();
      resolve(figures);
    });
  });

describe('figures over Redis', () => {
  it('are heard by other processes as they were told', async () => {
    const next = heard();

    sender.send(figuresOf(7));

    expect(await next).toEqual(figuresOf(7));
  });

  it('of many calls are heard all', async () => {
    const one = figuresOf(1)[0];
    if (one === undefined) throw new Error('there is one');
    const told = Array.from({ length: 1_000 }, (_, index) => ({ ...one, epoch: index }));
    const epochs = new Set<number>();
    const all = new Promise<void>((resolve) => {
      receiver.onFigures((figures) => {
        for (const { epoch } of figures) epochs.add(epoch);
        if (epochs.size === told.length) resolve();
      });
    });

    sender.send(told);
    await all;

    expect(epochs.size).toBe(1_000);
  });

  it('wait for nobody: while one second is under way the next is dropped', async () => {
    const packets: number[] = [];
    receiver.onFigures((figures) => packets.push(figures[0]?.stats.audio.packets ?? -1));
    const next = heard();

    sender.send(figuresOf(1));
    const isReadyMeanwhile = sender.isReady;
    sender.send(figuresOf(2));
    await next;
    while (!sender.isReady) await new Promise<void>((resolve) => setImmediate(resolve));
    const last = heard();
    sender.send(figuresOf(3));
    await last;

    expect(isReadyMeanwhile).toBe(false);
    expect(packets).toEqual([1, 3]);
  });

  it('are passed over when they cannot be read', async () => {
    const bystander = new Redis(redis.url);
    const next = heard();

    await bystander.publish(FIGURES_CHANNEL, '{"node":');
    await bystander.publish(FIGURES_CHANNEL, '{"node":"n","calls":[{"id":"x"}]}');
    sender.send(figuresOf(9));

    expect(await next).toEqual(figuresOf(9));
    bystander.disconnect();
  });

  it('are dropped while Redis is away, and told again when it is back', async () => {
    await redis.kill();
    while (sender.isReady) await new Promise<void>((resolve) => setImmediate(resolve));
    sender.send(figuresOf(1));
    const packets: number[] = [];
    receiver.onFigures((figures) => packets.push(figures[0]?.stats.audio.packets ?? -1));
    const next = heard();
    let isHeard = false;
    const done = next.then(() => (isHeard = true));

    await redis.start();
    const tell = (): void => {
      if (isHeard) return;
      sender.send(figuresOf(2));
      setImmediate(tell);
    };
    tell();
    await done;

    expect(packets[0]).toBe(2);
  });
});
