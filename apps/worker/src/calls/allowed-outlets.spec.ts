import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import type { AppRecord, ClaimedCall, OutputId } from '#domain';
import { VirtualTime } from '#testkit';
import { allowedOutlets } from './allowed-outlets.ts';
import type { Lease } from './lease.ts';
import type { MediaSource, Outlet, OutletKind } from './ports.ts';

const LIVE = 'rtmp://live.example.com/live';
const ELSEWHERE = 'rtmps://elsewhere.example.net/live';

type Answer = readonly string[] | null | 'away' | 'silent';

/** The outlets of a call whose app has a list that changes, and what was dialled. */
function callOf(first: Answer) {
  const time = new VirtualTime();
  const dialled: string[] = [];
  const world = { answer: first };
  const apps = {
    findApp: async (appKey: string): Promise<AppRecord | null> => {
      const { answer } = world;
      await Promise.resolve();
      expect(appKey).toBe('radio');
      if (answer === 'away') throw new Fault('STORE_UNAVAILABLE');
      if (answer === 'silent') return await new Promise<never>(() => undefined);
      const allowed = { sipDomains: [], rtmpHosts: answer };
      return { appKey, allowed } as unknown as AppRecord;
    },
  };
  const kind: OutletKind = () => (order) => {
    dialled.push(order.target.url);
    return {
      ready: Promise.resolve(undefined),
      ended: new Promise(() => undefined),
      write: () => undefined,
      close: () => Promise.resolve(),
      destroy: () => undefined,
      stats: () => ({ bytesSent: 1, queuedBytes: 0, droppedTags: 0 }),
    };
  };
  const call = { record: { appKey: 'radio' } } as unknown as ClaimedCall;
  const open = allowedOutlets({ apps, timers: time }, kind)(call, {} as Lease);
  const dial = (url: string): Outlet =>
    open({
      target: { id: 'out_1' as OutputId, url, streamKey: new Secret(''), urlCredentials: null },
      media: {} as MediaSource,
      onMoveAsked: () => undefined,
    });
  return { dial, dialled, time, world };
}

describe('the hosts that an app may publish to', () => {
  it('are asked for at every connection: after a loss, and where a server sends us', async () => {
    const { dial, dialled, world } = callOf(['live.example.com']);

    await dial(LIVE).ready;
    const moved = dial(ELSEWHERE);
    world.answer = [];
    const again = dial(LIVE);

    expect(await moved.ended).toMatchObject({ code: 'TARGET_NOT_ALLOWED' });
    await expect(moved.ready).rejects.toMatchObject({ code: 'TARGET_NOT_ALLOWED' });
    expect(await again.ended).toMatchObject({ code: 'TARGET_NOT_ALLOWED' });
    expect(dialled).toEqual([LIVE]);
  });

  it('are all, where the app has no list', async () => {
    const { dial, dialled } = callOf(null);

    await dial(ELSEWHERE).ready;

    expect(dialled).toEqual([ELSEWHERE]);
  });

  it('are those of the last time while the store is away or says nothing', async () => {
    const { dial, dialled, world, time } = callOf(['live.example.com']);
    await dial(LIVE).ready;

    world.answer = 'away';
    await dial(LIVE).ready;
    expect(await dial(ELSEWHERE).ended).toMatchObject({ code: 'TARGET_NOT_ALLOWED' });
    world.answer = 'silent';
    const { ready } = dial(LIVE);
    time.advance(2_000);
    await ready;

    expect(dialled).toEqual([LIVE, LIVE, LIVE]);
  });

  it('are waited for where they were never known', async () => {
    const { dial, dialled } = callOf('away');

    expect(await dial(LIVE).ended).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(dialled).toEqual([]);
  });

  it('are no matter any more when the output is left meanwhile', async () => {
    const { dial, dialled } = callOf(['live.example.com']);

    const outlet = dial(LIVE);
    outlet.write({} as Parameters<Outlet['write']>[0]);
    expect(outlet.stats().bytesSent).toBe(0);
    outlet.destroy();

    expect(await outlet.ended).toBeUndefined();
    await expect(outlet.ready).rejects.toBeInstanceOf(Fault);
    expect(dialled).toEqual([]);
  });
});
