import { describe, expect, it, onTestFinished } from 'vitest';
import type { RelayOutcome } from '#domain';
import { silentLogger } from '#foundation';
import { VirtualTime } from '#testkit';
import { HookRelay } from './hook-relay.ts';

/** An outbox of so many events, each of which makes one delivery. */
async function open(events: number) {
  const time = new VirtualTime();
  const limits: number[] = [];
  const outbox = { left: events, stored: 0, hear: (): void => undefined };
  const relay = new HookRelay({
    store: {
      relay: (limit): Promise<RelayOutcome> => {
        limits.push(limit);
        const read = Math.min(limit, outbox.left);
        outbox.left -= read;
        return Promise.resolve({ events: read, deliveries: read, hasMore: read === limit });
      },
    },
    plan: () => [],
    announcements: {
      onEvents: (hear) => {
        outbox.hear = hear;
        return () => undefined;
      },
    },
    onStored: () => (outbox.stored += 1),
    ...{ timers: time, logger: silentLogger },
  });
  await relay.start();
  onTestFinished(() => relay.stop());
  const quiet = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };
  return { time, limits, outbox, quiet };
}

describe('the relay', () => {
  it('reads a backlog in batches that grow, and begins small again', async () => {
    const { limits, outbox, quiet } = await open(12_000);

    outbox.hear();
    await quiet();
    outbox.left = 10;
    outbox.hear();
    await quiet();

    expect(limits).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 250]);
    expect(outbox.stored).toBe(8);
  });

  it('looks again a moment after it was told, for what older transactions have held back', async () => {
    const { time, limits, outbox, quiet } = await open(0);
    outbox.hear();
    await quiet();
    outbox.left = 1;

    time.advance(50);
    await quiet();

    expect(limits).toEqual([250, 250]);
    expect(outbox).toMatchObject({ left: 0, stored: 1 });
  });
});
