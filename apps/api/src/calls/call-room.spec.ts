import { describe, expect, it } from 'vitest';
import type { NodeRecord, QueueState } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import { CallRoom } from './call-room.ts';

function setup({ maxQueued = 3 } = {}) {
  const world = { refusal: null as NodeRecord['refusal'], waiting: 0, looks: 0, isAway: false };
  const time = new VirtualTime();
  const state = (): QueueState => ({
    store: 'postgres',
    queue: 'calls',
    waiting: world.waiting,
    delayed: 100,
    active: 100,
    failed: 0,
    oldestSeconds: 0,
  });
  const room = new CallRoom(
    { maxQueued },
    {
      listNodes: () => {
        world.looks += 1;
        const node = { refusal: world.refusal } as NodeRecord;
        return world.isAway ? Promise.reject(new Error('away')) : Promise.resolve([node]);
      },
    },
    [{ survey: () => Promise.resolve([state()]) }],
    time,
    silentLogger,
  );
  return { room, world, time };
}

const full = { code: 'CAPACITY_FULL', retryAfterSeconds: 5 };

describe('room for one more call', () => {
  it('is there while a node takes calls, however many wait', async () => {
    const { room, world } = setup();
    world.waiting = 1_000;

    await expect(room.take()).resolves.toBeUndefined();
  });

  it('ends when no node takes calls and as many wait as may, and is there again a second after that', async () => {
    const { room, world, time } = setup();
    Object.assign(world, { refusal: 'full', waiting: 1 });

    await room.take();
    await room.take();
    await expect(room.take()).rejects.toMatchObject(full);
    world.waiting = 2;
    time.advance(1_000);
    await room.take();
    await expect(room.take()).rejects.toMatchObject(full);
    world.refusal = null;
    time.advance(1_000);
    await expect(room.take()).resolves.toBeUndefined();
  });

  it('is looked for once a second, however many ask', async () => {
    const { room, world, time } = setup();

    await Promise.all(Array.from({ length: 50 }, () => room.take()));
    time.advance(999);
    await room.take();

    expect(world.looks).toBe(1);
  });

  it('is there when it cannot be looked for', async () => {
    const { room, world } = setup();
    Object.assign(world, { refusal: 'full', waiting: 9, isAway: true });

    await expect(room.take()).resolves.toBeUndefined();
  });

  it('has no end where none is set', async () => {
    const { room, world } = setup({ maxQueued: 0 });
    Object.assign(world, { refusal: 'full', waiting: 9 });

    await expect(room.take()).resolves.toBeUndefined();
    expect(world.looks).toBe(0);
  });
});
