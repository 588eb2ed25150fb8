import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { Fault } from '#domain';
import type { BackupMode, OpenedOutput, OutputId, OutputRecord } from '#domain';
import {
  answerOf,
  bringUp,
  dialled,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

const LATE = 'out_late' as OutputId;

/** An output that is added while the call lives, like the first one of the call. */
function lateOutput(world: SessionWorld, change: Partial<OutputRecord> = {}): OpenedOutput {
  const [first] = world.record.outputs;
  if (first === undefined) throw new Error('the call has an output');
  const record = { ...first, id: LATE, url: 'rtmp://127.0.0.1/late', ...change };
  return { record, streamKey: new Secret('late'), urlCredentials: null };
}

/** Makes the second output a backup of the first. */
const pair =
  (mode: BackupMode) =>
  (outputs: OutputRecord[]): void => {
    const [first, second] = outputs;
    if (first === undefined || second === undefined) throw new Error('there are two outputs');
    outputs[1] = { ...second, backup: { of: first.id, mode } };
  };

async function accept(world: SessionWorld, index: number): Promise<void> {
  world.outlets[index]?.accept();
  await settle();
}

async function lose(
  world: SessionWorld,
  index: number,
  fault = new Fault('RTMP_LOST'),
): Promise<void> {
  world.outlets[index]?.break(fault);
  await settle();
}

const idOf = (world: SessionWorld, index: number): OutputId => {
  const output = world.record.outputs[index];
  if (output === undefined) throw new Error(`no output ${index}`);
  return output.id;
};

/** Where connections were made to, in their order. */
const places = (world: SessionWorld): string[] =>
  world.outlets.map(({ order }) => order.target.url.replace('rtmp://127.0.0.1/', ''));
const timesOf = (world: SessionWorld, index: number): number[] =>
  world.outlets[index]?.tags.map(({ timestampMs }) => timestampMs) ?? [];
const retryOf = (world: SessionWorld): Promise<void> => world.session.retryOutput(idOf(world, 0));
const told = (world: SessionWorld, type: string) =>
  world.ledger.changes.flatMap(({ events }) => events.filter((event) => event.type === type));

describe('an output that is added to a live call', () => {
  it('is on air from its own zero, and the others notice nothing', async () => {
    const world = sessionWorld();
    await bringUp(world);
    await accept(world, 0);
    world.media.emit(1_000);

    world.session.addOutput(lateOutput(world));
    await settle();
    world.media.emit(1_023);
    await accept(world, 1);
    world.media.emit(1_046);
    world.media.emit(1_069);

    expect(world.outlets[1]?.order.target.streamKey.reveal()).toBe('late');
    expect(timesOf(world, 0)).toEqual([0, 23, 46, 69]);
    expect(timesOf(world, 1)).toEqual([0, 23]);
    expect(world.session.stats()?.outputs).toHaveLength(2);
  });

  it('waits for media while the call rings, and counts in what the call costs', async () => {
    const world = sessionWorld();
    await dialled(world);
    const before = world.session.costUnits;

    world.session.addOutput(lateOutput(world));
    await settle();
    const early = places(world);
    world.dialer.observer.answered(answerOf(world));
    await settle();

    expect(early).toEqual([]);
    expect(places(world)).toEqual(['live0', 'late']);
    expect(world.session.costUnits).toBeGreaterThan(before);
  });

  it('is there once, however often its owner is asked', async () => {
    const world = sessionWorld();
    await bringUp(world);

    world.session.addOutput(lateOutput(world));
    world.session.addOutput(lateOutput(world));
    await settle();

    expect(places(world)).toEqual(['live0', 'late']);
  });

  it('is refused once the call is ending', async () => {
    const world = sessionWorld();
    world.dialer.endsOnHangUp = false;
    await bringUp(world);
    world.session.stop();
    await settle();

    expect(() => world.session.addOutput(lateOutput(world))).toThrow(
      expect.objectContaining({ code: 'CALL_ALREADY_ENDED' }),
    );
  });
});

describe('an output that is removed from a live call', () => {
  it('leaves its server politely; the stream of the other goes on', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    await accept(world, 0);
    await accept(world, 1);
    world.media.emit(1_000);

    await world.session.removeOutput(idOf(world, 0));
    world.media.emit(1_023);

    expect(world.outlets[0]?.closes).toBe(1);
    expect(timesOf(world, 0)).toEqual([0]);
    expect(timesOf(world, 1)).toEqual([0, 23]);
    expect(told(world, 'output.closed')).toHaveLength(1);
    expect(world.session.state).toBe('up');
  });

  it('takes its backup along, which does not step in', async () => {
    const world = sessionWorld({
      outputs: 3,
      arrange: pair('standby'),
      media: { onTimeout: 'keep' },
    });
    await bringUp(world);

    await world.session.removeOutput(idOf(world, 0));
    await world.pass(30_000);

    expect(places(world).filter((place) => place === 'live1')).toEqual([]);
    expect(told(world, 'output.closed')).toHaveLength(2);
    expect(world.session.state).toBe('up');
  });

  it('is not removed before it has come: its addition may be tried again', async () => {
    const world = sessionWorld();
    await bringUp(world);

    await expect(world.session.removeOutput(LATE)).rejects.toThrow(/not come/);
  });

  it('stays to be removed by the next node when this one loses the call half-way', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    world.ledger.gate = new Promise(() => undefined);

    const removal = world.session.removeOutput(idOf(world, 0));
    world.session.fence();

    await expect(removal).rejects.toThrow('left this node');
  });

  it('leaves the call to the others, and the last of them that fails ends it', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    await world.session.removeOutput(idOf(world, 0));

    await lose(world, 1, new Fault('RTMP_REFUSED', { detail: 'wrong key' }));

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.isDone()).toBe(true);
  });
});

describe('an output that fails', () => {
  it('never touches another', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    await accept(world, 0);
    await accept(world, 1);
    world.media.emit(1_000);

    await lose(world, 0, new Fault('RTMP_REFUSED'));
    world.media.emit(1_023);

    expect(timesOf(world, 1)).toEqual([0, 23]);
    expect(world.session.state).toBe('up');
  });

  it('is given up after as many attempts as it may have, with the last fault of its server', async () => {
    const world = sessionWorld({
      outputs: 2,
      arrange: (outputs) => {
        const [first] = outputs;
        if (first !== undefined) outputs[0] = { ...first, retry: { maxAttempts: 2 } };
      },
    });
    await bringUp(world);

    await lose(world, 0, new Fault('RTMP_UNREACHABLE', { detail: 'refused' }));
    const [interrupted] = told(world, 'output.interrupted');
    await world.pass(2_000);
    await lose(world, 2, new Fault('RTMP_TIMEOUT', { detail: 'silent' }));
    await world.pass(60_000);

    expect(interrupted?.data['nextRetryAt']).toEqual(expect.any(String));
    expect(told(world, 'output.failed')[0]?.data['error']).toEqual({
      code: 'RTMP_TIMEOUT',
      detail: 'silent',
    });
    expect(places(world)).toEqual(['live0', 'live1', 'live0']);
  });
});

describe('an output that waits for its next attempt', () => {
  /** Its server was away so often that it is asked half a minute later. */
  const waiting = async (onWarning?: (event: string) => void): Promise<SessionWorld> => {
    const world = sessionWorld({
      ...(onWarning && { onWarning }),
      limits: { maxSeconds: 9_000 },
      media: { onTimeout: 'keep' },
    });
    await bringUp(world);
    for (let attempt = 0; attempt < 7; attempt++) {
      await lose(world, attempt, new Fault('RTMP_UNREACHABLE'));
      if (attempt < 6) await world.pass(37_000);
    }
    return world;
  };
  const refusal = expect.objectContaining({ code: 'OUTPUT_NOT_RETRYING' }) as Error;

  it('connects when it is asked to, once, and is patient again when that fails', async () => {
    const world = await waiting();

    await Promise.all([world.session.retryOutput(idOf(world, 0)), retryOf(world)]);
    const asked = places(world).length;
    await lose(world, 7, new Fault('RTMP_UNREACHABLE'));
    await world.pass(20_000);
    const patient = places(world).length;
    await world.pass(20_000);

    expect([asked, patient, places(world).length]).toEqual([8, 8, 9]);
    expect(told(world, 'output.connecting').at(-2)?.data).toMatchObject({ attempt: 8 });
  });

  it('connects once when its time comes while it is asked to', async () => {
    const lines: string[] = [];
    const world = await waiting((event) => lines.push(event));
    let write = (): void => undefined;
    world.ledger.gate = new Promise((resolve) => (write = resolve));

    const asked = retryOf(world);
    await world.pass(37_000);
    write();
    await asked;
    await settle();

    expect(places(world)).toHaveLength(8);
    expect(lines).toEqual([]);
  });

  it('is done with it when it is on air meanwhile, and refuses where it has ended or is not known', async () => {
    const world = sessionWorld({ outputs: 2 });
    await bringUp(world);
    await accept(world, 0);
    await lose(world, 1, new Fault('RTMP_REFUSED'));

    await expect(retryOf(world)).resolves.toBeUndefined();
    await expect(world.session.retryOutput(idOf(world, 1))).rejects.toThrow(refusal);
    await expect(world.session.retryOutput(LATE)).rejects.toThrow(refusal);
    expect(places(world)).toEqual(['live0', 'live1']);
  });
});

describe('a hot backup', () => {
  it('publishes beside its primary from the beginning', async () => {
    const world = sessionWorld({ outputs: 2, arrange: pair('hot') });
    await bringUp(world);

    expect(places(world)).toEqual(['live0', 'live1']);
  });
});

describe('a standby', () => {
  const standby = async (): Promise<SessionWorld> => {
    const world = sessionWorld({
      outputs: 2,
      arrange: pair('standby'),
      limits: { maxSeconds: 9_000 },
      // Nothing comes in: that shall not end the call.
      media: { onTimeout: 'keep' },
    });
    await bringUp(world);
    await accept(world, 0);
    return world;
  };

  it('waits while its primary is on air, and for one that is soon back', async () => {
    const world = await standby();
    await world.pass(60_000);
    await lose(world, 0);
    await world.pass(3_000);
    await accept(world, 1);
    await world.pass(60_000);

    expect(places(world)).toEqual(['live0', 'live0']);
  });

  it('steps in after 5 s, and rests when its primary was back for 10 s', async () => {
    const world = await standby();
    await lose(world, 0);
    await world.pass(6_000);
    const index = places(world).lastIndexOf('live1');
    await accept(world, index);
    world.media.emit(1_000);
    await world.pass(30_000);
    await accept(world, places(world).lastIndexOf('live0'));
    await world.pass(9_000);
    const before = world.outlets[index]?.closes;
    await world.pass(2_000);

    expect(timesOf(world, index)).toEqual([0]);
    expect(before).toBe(0);
    expect(world.outlets[index]?.closes).toBe(1);
    expect(told(world, 'output.rested')).toHaveLength(1);
    expect(places(world).filter((place) => place === 'live1')).toHaveLength(1);
  });

  it('steps in at once for a primary that has failed, and keeps the call alive', async () => {
    const world = await standby();

    await lose(world, 0, new Fault('RTMP_REFUSED'));
    await accept(world, 1);

    expect(places(world)).toEqual(['live0', 'live1']);
    expect(told(world, 'output.publishing')).toHaveLength(2);
    expect(world.session.state).toBe('up');
    await lose(world, 1, new Fault('RTMP_REFUSED'));
    expect(verdictCode(world)).toBe('RTMP_REFUSED');
  });

  it('forgets what was under way when it is told to rest', async () => {
    const world = await standby();
    await lose(world, 0);
    await world.pass(6_000);
    const index = places(world).lastIndexOf('live1');
    await lose(world, index, new Fault('RTMP_UNREACHABLE'));
    await accept(world, places(world).lastIndexOf('live0'));
    await world.pass(60_000);

    const state = world.ledger.changes
      .map(({ outputs }) => outputs.get(idOf(world, 1))?.state)
      .findLast((each) => each !== undefined);
    expect(state).toBe('idle');
    await world.session.handOver();
    expect(world.time.pendingCount).toBe(0);
  });
});

describe('a server that asks to be left', () => {
  const onAir = async (): Promise<SessionWorld> => {
    const world = sessionWorld();
    await bringUp(world);
    await accept(world, 0);
    world.media.emit(1_000);
    return world;
  };
  const ask = async (world: SessionWorld, url: string): Promise<void> => {
    world.outlets[0]?.order.onMoveAsked(url);
    await settle();
  };

  it('is left when the new place has accepted the stream, and not before', async () => {
    const world = await onAir();

    await ask(world, 'rtmp://127.0.0.2/live?token=secret');
    world.media.emit(1_023);
    const before = world.outlets[0]?.closes;
    await accept(world, 1);
    world.media.emit(1_046);

    expect(world.outlets[1]?.order.target.url).toBe('rtmp://127.0.0.2/live?token=secret');
    expect(before).toBe(0);
    expect(world.outlets[0]?.closes).toBe(1);
    expect(timesOf(world, 0)).toEqual([0, 23]);
    expect(timesOf(world, 1)).toEqual([0]);
    expect(told(world, 'output.moved')[0]?.data['to']).toBe('rtmp://127.0.0.2/live');
    expect(told(world, 'output.interrupted')).toEqual([]);
  });

  it('may ask again from its new place, and means that one', async () => {
    const world = await onAir();
    await ask(world, 'rtmp://127.0.0.2/live');
    await accept(world, 1);
    await world.pass(11_000);

    world.outlets[1]?.order.onMoveAsked('/other');
    await settle();

    expect(world.outlets[2]?.order.target.url).toBe('rtmp://127.0.0.2/other');
  });

  it('is kept when the new place refuses', async () => {
    const world = await onAir();

    await ask(world, 'rtmp://127.0.0.1/other');
    await lose(world, 1, new Fault('RTMP_KEY_IN_USE'));
    world.media.emit(1_023);

    expect(places(world)).toEqual(['live0', 'other']);
    expect(timesOf(world, 0)).toEqual([0, 23]);
    expect(told(world, 'output.interrupted')).toEqual([]);
  });

  it('may go before the new place is ready', async () => {
    const world = await onAir();

    await ask(world, 'rtmp://127.0.0.1/other');
    await lose(world, 0);
    await accept(world, 1);
    world.media.emit(1_023);

    expect(timesOf(world, 1)).toEqual([0]);
    expect(told(world, 'output.interrupted')).toEqual([]);
  });

  it('that goes is lost when the new place fails too', async () => {
    const world = await onAir();

    await ask(world, 'rtmp://127.0.0.1/other');
    await lose(world, 0);
    await lose(world, 1, new Fault('RTMP_UNREACHABLE'));
    await world.pass(2_000);

    expect(told(world, 'output.interrupted')[0]?.data['error']).toMatchObject({
      code: 'RTMP_LOST',
    });
    expect(places(world)).toEqual(['live0', 'other', 'live0']);
  });

  it('is lost from its new place like from any other', async () => {
    const world = await onAir();
    await ask(world, 'rtmp://127.0.0.1/other');
    await accept(world, 1);

    await lose(world, 1);
    await world.pass(2_000);

    expect(places(world)).toEqual(['live0', 'other', 'live0']);
  });

  it('again and again is followed every 10 s at most', async () => {
    const world = await onAir();
    const moves: number[] = [];
    for (let second = 0; second < 30; second++) {
      await ask(world, 'rtmp://127.0.0.1/other');
      if (world.outlets.length > 1) await lose(world, world.outlets.length - 1);
      moves.push(world.outlets.length - 1);
      await world.pass(1_000);
    }

    expect([moves[0], moves[9], moves[10], moves.at(-1)]).toEqual([1, 1, 2, 3]);
  });
});

describe('a server that is too slow', () => {
  it('is told of every 10 s at most, and its end is in the figures', async () => {
    const world = sessionWorld();
    await bringUp(world);
    await accept(world, 0);
    const [outlet] = world.outlets;
    if (outlet === undefined) throw new Error('there is an outlet');
    outlet.droppedTags = 0;
    const stream = async (seconds: number, drops: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        outlet.droppedTags += drops;
        outlet.queuedMs = drops === 0 ? 0 : 2_000;
        world.media.emit(1_000);
        await world.pass(1_000);
      }
    };

    await stream(3, 0);
    await stream(25, 4);
    const during = world.session.stats()?.outputs[0];
    await stream(11, 0);

    const events = told(world, 'output.congested').map(({ data }) => data);
    expect(events.map(({ droppedTags }) => droppedTags)).toEqual([4, 40, 40]);
    expect(events[0]).toMatchObject({ outputId: idOf(world, 0), queuedMs: 2_000 });
    expect(during).toMatchObject({ isCongested: true, queuedMs: 2_000, droppedTags: 100 });
    expect(world.session.stats()?.outputs[0]).toMatchObject({ isCongested: false, queuedMs: 0 });
  });
});
