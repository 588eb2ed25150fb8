import {
  FakeAnnouncements,
  FakeEventFeed,
  FakeEventOutlet,
  FakeFigures,
  VirtualTime,
  callStats,
} from '#testkit';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { CallId, EventId, NodeId } from '#domain';
import { silentLogger } from '#foundation';
import { EventHub } from './event-hub.ts';
import type { ListenerWishes } from './event-hub.ts';

function setup() {
  const feed = new FakeEventFeed();
  const announcements = new FakeAnnouncements();
  const time = new VirtualTime();
  const metrics = new Registry();
  const figures = new FakeFigures();
  const hub = new EventHub(feed, announcements, time, silentLogger, metrics, figures);
  hub.onApplicationBootstrap();
  let seq = 0;
  const add = (appKey = 'default') =>
    feed.add({
      id: `evt_${++seq}` as EventId,
      callId: 'call_00000000000000000000000001' as CallId,
      appKey,
      seq,
      epoch: 0,
      type: 'call.ringing',
      data: {},
      at: new Date(0),
    });
  /** What a node tells of a call. */
  const tellStats = (callId: CallId, packets = 1, appKey = 'default') =>
    figures.send([
      {
        callId,
        appKey,
        epoch: 1,
        node: 'node_1' as NodeId,
        stats: callStats({ packets }),
      },
    ]);
  const join = async (wishes: ListenerWishes = {}) => {
    const outlet = new FakeEventOutlet();
    hub.join(outlet, await feed.tail(), wishes);
    const heard = () => [...outlet.text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
    return { outlet, heard };
  };
  return { feed, announcements, time, metrics, hub, add, join, tellStats };
}

/** Lets everything that waits for the fakes go on; they answer at once. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe('the event hub', () => {
  it('asks the feed nothing while nobody listens', async () => {
    const { feed, announcements, time, add } = setup();
    add();

    announcements.announceEvents();
    time.advance(60_000);
    await settle();

    expect(feed.reads).toBe(0);
  });

  it('tells what is announced at once', async () => {
    const { announcements, add, join } = setup();
    const { outlet, heard } = await join();
    await settle();

    add();
    announcements.announceEvents();
    await outlet.until(() => heard().length === 1);

    expect(heard()).toEqual(['c1']);
  });

  it('tells what is not announced within a second', async () => {
    const { announcements, time, add, join } = setup();
    const { heard } = await join();
    await settle();
    announcements.isLost = true;

    add();
    announcements.announceEvents();
    time.advance(999);
    await settle();
    expect(heard()).toEqual([]);
    time.advance(1);
    await settle();

    expect(heard()).toEqual(['c1']);
  });

  it('looks again soon after an announcement that came before its event', async () => {
    const { announcements, time, add, join } = setup();
    const { heard } = await join();
    await settle();

    announcements.announceEvents();
    await settle();
    add();
    time.advance(50);
    await settle();

    expect(heard()).toEqual(['c1']);
  });

  it('reads once for all who are up to date', async () => {
    const { feed, announcements, time, add, join } = setup();
    const listeners = await Promise.all(Array.from({ length: 50 }, join));
    time.advance(1_000);
    await settle();
    const before = feed.reads;

    add();
    announcements.announceEvents();
    await settle();

    expect(listeners.map(({ heard }) => heard())).toEqual(listeners.map(() => ['c1']));
    expect(feed.reads - before).toBeLessThanOrEqual(3);
  });

  it('shows every 15 s that the line is alive', async () => {
    const { time, join } = setup();
    const { outlet } = await join();
    await settle();

    time.advance(14_999);
    await settle();
    expect(outlet.text).toBe('');
    time.advance(1);

    expect(outlet.text).toBe(': heartbeat\n\n');
  });

  it('goes on when the feed fails for a while', async () => {
    const { feed, time, add, join } = setup();
    const { heard } = await join();
    await settle();
    time.advance(1_000);
    await settle();

    feed.failWith(new Error('away'));
    time.advance(1_000);
    await settle();
    feed.failWith(undefined);
    add();
    time.advance(1_000);
    await settle();

    expect(heard()).toEqual(['c1']);
  });

  it('has room for a thousand', async () => {
    const { hub, join } = setup();
    for (let n = 0; n < 999; n++) await join();

    expect(() => hub.checkRoom()).not.toThrow();
    await join();

    expect(() => hub.checkRoom()).toThrow('CAPACITY_FULL');
  });

  it('forgets who has left, and lets go of everybody when it stops', async () => {
    const { announcements, time, metrics, hub, join } = setup();
    const left = await join();
    const stays = await join();
    await settle();
    left.outlet.emit('close');
    expect(await metrics.metrics()).toMatch(/^callcast_event_clients 1$/m);

    hub.stop();
    hub.stop();

    expect(stays.outlet.fate).toBe('ended');
    stays.outlet.emit('close');
    expect(announcements.hearerCount).toBe(0);
    expect(time.pendingCount).toBe(0);
    expect(() => hub.checkRoom()).toThrow('CAPACITY_FULL');
  });
});

describe('figures on the event stream', () => {
  const ONE = 'call_00000000000000000000000001' as CallId;
  const OTHER = 'call_00000000000000000000000002' as CallId;
  const statsOf = (text: string): string[] =>
    [...text.matchAll(/^event: call\.stats\ndata: (.*)$/gm)].map(
      ([, data]) => (JSON.parse(data ?? '') as { callId: string }).callId,
    );

  it('are told to those who have asked, of one call or of all, and never have an id', async () => {
    const { join, tellStats } = setup();
    const plain = await join();
    const all = await join({ wantsStats: true });
    const one = await join({ wantsStats: true, callId: OTHER });
    await settle();

    tellStats(ONE);
    tellStats(OTHER);

    expect(plain.outlet.text).toBe('');
    expect(statsOf(all.outlet.text)).toEqual([ONE, OTHER]);
    expect(statsOf(one.outlet.text)).toEqual([OTHER]);
    expect(all.outlet.text).not.toMatch(/^id:/m);
  });

  it('and events of one app are told to nobody who listens to another', async () => {
    const { join, tellStats, add, announcements } = setup();
    const shop = await join({ wantsStats: true, appKey: 'shop' });
    const all = await join({ wantsStats: true });
    await settle();

    add('default');
    add('shop');
    announcements.announceEvents();
    await settle();
    tellStats(ONE, 1, 'default');
    tellStats(OTHER, 1, 'shop');

    expect(shop.heard()).toHaveLength(1);
    expect(shop.outlet.text).toContain('"seq":2');
    expect(statsOf(shop.outlet.text)).toEqual([OTHER]);
    expect(all.heard()).toHaveLength(2);
    expect(statsOf(all.outlet.text)).toEqual([ONE, OTHER]);
  });

  it('are left out for one who is slow, who still gets every event', async () => {
    const { join, tellStats, add, announcements } = setup();
    const { outlet, heard } = await join({ wantsStats: true });
    await settle();
    outlet.isStuck = true;

    for (let second = 0; second < 1_000; second++) tellStats(ONE, second);
    const toldWhileStuck = statsOf(outlet.text).length;
    add();
    announcements.announceEvents();
    await outlet.until(() => heard().length === 1);

    expect(toldWhileStuck).toBeGreaterThan(10);
    expect(toldWhileStuck).toBeLessThan(200);
    expect(outlet.fate).toBe('open');
  });

  it('are not told any more to one who has left', async () => {
    const { join, tellStats } = setup();
    const { outlet } = await join({ wantsStats: true });
    outlet.emit('close');

    tellStats(ONE);

    expect(outlet.text).toBe('');
  });
});
