import { describe, expect, it } from 'vitest';
import type { ServerAbilities } from '#protocol/rtmp';
import { bringUp, sessionWorld, settle } from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';
import { takesOpus } from './takes-opus.ts';

const abilitiesOf = (...audio: [string, number][]): ServerAbilities => ({
  audioFourCcs: new Map(audio),
  videoFourCcs: new Map(),
  capsEx: 0,
});
const FORWARDS_OPUS = abilitiesOf(['Opus', 4]);

/** A call on air at one output. */
async function onAir({ takesOpus }: { takesOpus: boolean }): Promise<SessionWorld> {
  const world = sessionWorld();
  world.media.speakOpus();
  await bringUp(world);
  const [outlet] = world.outlets;
  if (outlet !== undefined && takesOpus) outlet.abilities = FORWARDS_OPUS;
  outlet?.accept();
  await settle();
  return world;
}

const eventsOf = ({ ledger }: SessionWorld, type: string) =>
  ledger.changes.flatMap(({ events }) => events).filter((event) => event.type === type);

describe('an output of a call that speaks Opus', () => {
  it('gets Opus and nothing else when its server takes it', async () => {
    const world = await onAir({ takesOpus: true });

    world.media.emit(1000);
    world.media.emitOpus(1000);
    world.media.emitOpus(1020);

    expect(world.outlets[0]?.tags.map(({ timestampMs }) => timestampMs)).toEqual([0, 20]);
    expect(world.session.stats()?.outputs).toMatchObject([{ audioCodec: 'opus' }]);
    expect(eventsOf(world, 'output.publishing')[0]?.data).toMatchObject({ audioCodec: 'opus' });
  });

  it('gets AAC when its server does not', async () => {
    const world = await onAir({ takesOpus: false });

    world.media.emit(1000);
    world.media.emitOpus(1000);

    expect(world.outlets[0]?.tags).toHaveLength(1);
    expect(world.session.stats()?.outputs).toMatchObject([{ audioCodec: 'aac' }]);
    expect(eventsOf(world, 'output.publishing')[0]?.data).toMatchObject({ audioCodec: 'aac' });
  });

  it('leaves politely and comes back with AAC when the callee changes its codec', async () => {
    const world = await onAir({ takesOpus: true });
    world.media.emitOpus(1000);

    world.media.leaveOpus();
    await settle();

    expect(world.outlets[0]).toMatchObject({ closes: 1, destroys: 0 });
    expect(eventsOf(world, 'output.interrupted')[0]?.data).toMatchObject({
      error: { code: 'MEDIA_CODEC_CHANGED' },
    });

    await world.pass(3000);
    const [, second] = world.outlets;
    if (second !== undefined) second.abilities = FORWARDS_OPUS;
    second?.accept();
    await settle();
    world.media.emit(4000);

    expect(second?.tags).toHaveLength(1);
    expect(world.session.stats()?.outputs).toMatchObject([{ audioCodec: 'aac', reconnects: 1 }]);
  });
});

describe('what a server says of Opus', () => {
  it.each([
    { name: 'nothing', said: undefined, takes: false },
    { name: 'that it knows other codecs', said: abilitiesOf(['fLaC', 7]), takes: false },
    { name: 'that it encodes it', said: abilitiesOf(['Opus', 2]), takes: false },
    { name: 'that it decodes it', said: abilitiesOf(['Opus', 1]), takes: true },
    { name: 'that it forwards it', said: abilitiesOf(['Opus', 4]), takes: true },
    { name: 'that it forwards everything', said: abilitiesOf(['*', 4], ['Opus', 0]), takes: true },
  ])('$name', ({ said, takes }) => {
    expect(takesOpus(said)).toBe(takes);
  });
});
