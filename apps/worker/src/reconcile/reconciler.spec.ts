import { describe, expect, it } from 'vitest';
import { silentLogger } from '#foundation';
import { IdFactory } from '#domain';
import type { AbandonedCall, DialJob } from '#domain';
import { SeededRandom, VirtualTime } from '#testkit';
import { Reconciler } from './reconciler.ts';

const ids = new IdFactory(() => 1, new SeededRandom(1));

const settle = async (): Promise<void> => {
  for (let round = 0; round < 20; round++) await Promise.resolve();
};

function setup() {
  const time = new VirtualTime();
  const seen = { queued: [] as DialJob[], orphans: [] as string[], announcements: 0, sweeps: 0 };
  const abandoned: AbandonedCall[] = [];
  const waiting: DialJob[] = [];
  const due: DialJob[] = [];
  const old = { keys: 0 };
  let release: () => void = () => undefined;
  const gate = { isClosed: false };
  const link = { isUp: true };
  const redis = { isAway: false };
  const reconciler = new Reconciler({
    sweeper: {
      findQueued: () => Promise.resolve(waiting),
      takeDue: () => Promise.resolve(due.splice(0)),
      takeAbandoned: async () => {
        seen.sweeps++;
        if (gate.isClosed) await new Promise<void>((resolve) => (release = resolve));
        return abandoned.splice(0);
      },
      expireQueued: () => Promise.resolve(0),
      expireCommands: () => Promise.resolve(0),
    },
    keys: {
      sweep: (limit) => {
        const count = Math.min(limit, old.keys);
        old.keys -= count;
        return Promise.resolve(count);
      },
    },
    queue: {
      enqueueDial: (job) => {
        if (redis.isAway) return Promise.reject(new Error('away'));
        seen.queued.push(job);
        return Promise.resolve();
      },
    },
    announcer: {
      announceEvents: () => {
        seen.announcements++;
      },
      announceCommand: () => undefined,
    },
    dialer: {
      isConnected: true,
      dial: () => {
        throw new Error('the reconciler places no calls');
      },
      endOrphan: (dialogId) => {
        seen.orphans.push(dialogId);
        return Promise.resolve(link.isUp ? 'ended' : 'unreachable');
      },
    },
    timers: time,
    logger: silentLogger,
  });
  return {
    time,
    seen,
    abandoned,
    waiting,
    due,
    old,
    gate,
    link,
    redis,
    open: () => release(),
    reconciler,
  };
}

describe('the reconciler', () => {
  it('brings an abandoned call back and hangs up the dialog it has left', async () => {
    const { reconciler, abandoned, time, seen } = setup();
    const id = ids.callId();
    const orphan = { dialogId: 'd;from-tag=t', sipCallId: 'd', fromTag: 't' };
    await reconciler.start();

    abandoned.push({ id, epoch: 3, state: 'queued', orphan });
    time.advance(600);
    await settle();

    expect(seen.queued).toEqual([{ callId: id, epoch: 3 }]);
    expect(seen.orphans).toEqual(['d;from-tag=t']);
    expect(seen.announcements).toBe(1);
  });

  it('hangs up the orphan although the queue cannot be reached', async () => {
    const { reconciler, abandoned, redis, time, seen } = setup();
    const orphan = { dialogId: 'd;from-tag=t', sipCallId: 'd', fromTag: 't' };
    await reconciler.start();
    redis.isAway = true;

    abandoned.push({ id: ids.callId(), epoch: 3, state: 'queued', orphan });
    time.advance(600);
    await settle();

    expect(seen.orphans).toEqual(['d;from-tag=t']);
  });

  it('keeps an orphan in mind while the signalling server is away, for a minute', async () => {
    const { reconciler, abandoned, time, seen, link } = setup();
    const orphan = { dialogId: 'd;from-tag=t', sipCallId: 'd', fromTag: 't' };
    await reconciler.start();
    link.isUp = false;

    abandoned.push({ id: ids.callId(), epoch: 3, state: 'ended', orphan });
    for (let second = 0; second < 10; second++) {
      time.advance(1_000);
      await settle();
    }
    const whileAway = seen.orphans.length;
    link.isUp = true;
    for (let second = 0; second < 10; second++) {
      time.advance(1_000);
      await settle();
    }

    expect(whileAway).toBeGreaterThan(2);
    expect(seen.orphans).toHaveLength(whileAway + 1);
  });

  it('gives an orphan up when a minute of tries has not reached it', async () => {
    const { reconciler, abandoned, time, seen, link } = setup();
    const orphan = { dialogId: 'd;from-tag=t', sipCallId: 'd', fromTag: 't' };
    await reconciler.start();
    link.isUp = false;

    abandoned.push({ id: ids.callId(), epoch: 3, state: 'ended', orphan });
    for (let second = 0; second < 300; second++) {
      time.advance(1_000);
      await settle();
    }

    expect(seen.orphans).toHaveLength(30);
  });

  it('does not dial again what has ended', async () => {
    const { reconciler, abandoned, time, seen } = setup();
    await reconciler.start();

    abandoned.push({ id: ids.callId(), epoch: 3, state: 'ended', orphan: null });
    time.advance(600);
    await settle();

    expect(seen.queued).toEqual([]);
  });

  it('enqueues what has lost its job', async () => {
    const { reconciler, waiting, time, seen } = setup();
    await reconciler.start();

    waiting.push({ callId: ids.callId(), epoch: 0, priority: 7 });
    time.advance(1_100);
    await settle();

    expect(seen.queued).toEqual(waiting);
  });

  it('enqueues what has become due', async () => {
    const { reconciler, due, time, seen } = setup();
    await reconciler.start();

    const job = { callId: ids.callId(), epoch: 0, priority: 2 };
    due.push(job);
    time.advance(1_100);
    await settle();

    expect(seen.queued).toEqual([job]);
  });

  it('never sweeps twice at the same time', async () => {
    const { reconciler, gate, open, time, seen } = setup();
    await reconciler.start();
    gate.isClosed = true;

    time.advance(5_000);
    await settle();
    expect(seen.sweeps).toBe(1);
    gate.isClosed = false;
    open();
    await settle();
    time.advance(600);
    await settle();

    expect(seen.sweeps).toBe(2);
  });

  it('removes all old Idempotency-Keys within a minute', async () => {
    const { reconciler, old, time } = setup();
    await reconciler.start();

    old.keys = 12_345;
    time.advance(60_000);
    await settle();

    expect(old.keys).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const { reconciler, time } = setup();
    await reconciler.start();

    await reconciler.stop();

    expect(time.pendingCount).toBe(0);
  });
});
