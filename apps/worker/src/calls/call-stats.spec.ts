import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { bringUp, sessionWorld, settle } from '../../../../test/support/session-world.ts';

describe('the figures of a call session', () => {
  it('are those of its packets and of every output', async () => {
    const world = sessionWorld();
    const before = world.session.stats();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    for (let count = 0; count < 3; count++) world.media.emit(1_000 + count * 23);

    const stats = world.session.stats();

    expect(before).toBeUndefined();
    expect(stats?.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(stats?.audio.packets).toBe(50);
    expect(stats?.outputs).toMatchObject([
      { reconnects: 0, bytes: 300, tags: 3, droppedTags: 1, queuedBytes: 7 },
    ]);
  });

  it('add up over the connections of an output', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(1_000);
    world.outlets[0]?.break(new Fault('RTMP_LOST'));
    await settle();
    await world.pass(3_000);
    world.outlets[1]?.accept();
    await settle();
    world.media.emit(4_000);

    expect(world.session.stats()?.outputs).toMatchObject([
      { reconnects: 1, bytes: 200, tags: 2, droppedTags: 2, queuedBytes: 7 },
    ]);
  });

  it('are stored with the end of the call, as they stood when everything had stopped', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();

    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();

    const stored = world.ledger.changes.filter(({ call }) => call.stats !== undefined);
    expect(stored.map(({ call }) => [call.state, call.stats?.audio.packets])).toEqual([
      ['ended', 100],
    ]);
  });

  it('are left out when they are broken, and the call ends all the same', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.media.stats = () => {
      throw new Error('the figures are broken');
    };

    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();

    expect(world.ledger.changes.at(-1)?.call).toMatchObject({ state: 'ended' });
    expect(world.ledger.changes.at(-1)?.call.stats).toBeUndefined();
    expect(world.isDone()).toBe(true);
  });

  it('are not stored for a call that had no media', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    world.session.stop();
    await settle();

    expect(world.ledger.changes.at(-1)?.call).toMatchObject({ state: 'ended' });
    expect(world.ledger.changes.at(-1)?.call.stats).toBeUndefined();
  });
});
