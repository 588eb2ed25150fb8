import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import {
  answerOf,
  dialled,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

async function early(options: { publish: boolean; outputs?: number }): Promise<SessionWorld> {
  const { publish, outputs = 1 } = options;
  const media = publish ? { earlyMedia: 'publish' as const } : {};
  const world = sessionWorld({ outputs, media });
  await dialled(world);
  world.dialer.observer.earlyMediaOffered(answerOf(world));
  await settle();
  return world;
}

describe('early media that is ignored', () => {
  it('is a state of its own, in which nothing is published', async () => {
    const world = await early({ publish: false });

    world.dialer.observer.earlyMediaOffered(answerOf(world));
    world.dialer.observer.rang();
    await settle();

    expect(world.session.state).toBe('earlyMedia');
    expect(world.ledger.events).toEqual(['call.dialing', 'call.early_media']);
    expect(world.media.done).not.toContain('start');
    expect(world.outlets).toEqual([]);
  });

  it('goes on air with the answer', async () => {
    const world = await early({ publish: false });

    world.dialer.observer.answered(answerOf(world, { port: 40_002 }));
    await settle();

    expect(world.session.state).toBe('up');
    expect(world.media.done).toEqual(['start']);
    expect(world.media.audio?.remote?.port).toBe(40_002);
    expect(world.outlets).toHaveLength(1);
  });

  it('is passed over when it cannot be read, and when nothing would be sent', async () => {
    const world = sessionWorld();
    await dialled(world);
    const { observer } = world.dialer;

    observer.earlyMediaOffered('v=0\r\n');
    observer.earlyMediaOffered(answerOf(world).replace('a=sendonly', 'a=inactive'));
    observer.rang();
    await settle();

    expect(world.session.state).toBe('ringing');
  });
});

describe('early media that is published', () => {
  it('starts media and outputs once, at the first description', async () => {
    const world = await early({ publish: true });
    world.outlets[0]?.accept();
    await settle();

    world.dialer.observer.earlyMediaOffered(answerOf(world));
    await settle();

    expect(world.media.done.filter((what) => what === 'start')).toHaveLength(1);
    expect(world.outlets).toHaveLength(1);
    expect(world.ledger.events).toEqual([
      'call.dialing',
      'call.early_media',
      'output.connecting',
      'output.publishing',
    ]);
  });

  it('is heard although the callee takes nothing yet; in its answer that would be hold', async () => {
    const media = { direction: 'sendrecv', earlyMedia: 'publish' } as const;
    const world = sessionWorld({ media });
    await dialled(world);
    const oneWay = answerOf(world).replace('a=sendrecv', 'a=sendonly');
    expect(oneWay).toContain('a=sendonly');

    world.dialer.observer.earlyMediaOffered(oneWay);
    await settle();
    expect(world.media.audio).toMatchObject({ direction: 'recvonly', isHeld: false });
    world.dialer.observer.answered(oneWay);
    await settle();

    expect(world.media.audio?.isHeld).toBe(true);
    expect(world.session.state).toBe('held');
  });

  it('follows the last fork, and then the one that answers, in the same connection', async () => {
    const world = await early({ publish: true });
    world.outlets[0]?.accept();
    await settle();
    world.media.emit(1_000);

    world.dialer.observer.earlyMediaOffered(answerOf(world, { port: 41_000 }));
    const ofSecondFork = world.media.audio;
    world.dialer.observer.answered(answerOf(world, { port: 42_000, codecs: ['PCMA'] }));
    await settle();
    world.media.emit(1_023);

    expect(ofSecondFork?.remote?.port).toBe(41_000);
    expect(world.media.audio).toMatchObject({ codec: 'PCMA', remote: { port: 42_000 } });
    expect(world.media.done.filter((what) => what === 'start')).toHaveLength(1);
    expect(world.outlets).toHaveLength(1);
    expect(world.outlets[0]?.tags.map((tag) => tag.timestampMs)).toEqual([0, 23]);
    expect(world.session.state).toBe('up');
  });

  it('may be silent for as long as it rings; the media timeout counts from the answer', async () => {
    const world = await early({ publish: true });
    world.outlets[0]?.accept();

    await world.pass(50_000);
    expect(world.session.state).toBe('earlyMedia');
    world.dialer.observer.answered(answerOf(world));
    await settle();
    await world.pass(29_000);
    expect(world.session.state).toBe('up');
    await world.pass(2_000);

    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('does not count as answered: the longest duration begins with the answer', async () => {
    const world = await early({ publish: true });
    world.outlets[0]?.accept();
    await world.pass(50_000);
    world.dialer.observer.answered(answerOf(world));
    await settle();

    for (let second = 0; second < 99; second++) {
      world.media.lastPacketMicros = world.time.nowMicros();
      await world.pass(1_000);
    }
    expect(world.session.state).toBe('up');
    expect(world.outlets[0]?.closes).toBe(0);
    await world.pass(1_000);

    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('closes its outputs politely when the call is refused, with the verdict of the refusal', async () => {
    const world = await early({ publish: true, outputs: 2 });
    for (const outlet of world.outlets) outlet.accept();
    await settle();

    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_BUSY') });
    await settle();

    expect(verdictCode(world)).toBe('SIP_BUSY');
    expect(world.outlets.map(({ closes }) => closes)).toEqual([1, 1]);
    expect(world.ledger.events.slice(-4)).toEqual([
      'call.ending',
      'output.closed',
      'output.closed',
      'call.ended',
    ]);
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('is canceled, and not hung up, by a command', async () => {
    const world = await early({ publish: true });
    world.outlets[0]?.accept();
    await settle();

    world.session.stop();
    await settle();

    expect(verdictCode(world)).toBe('CALL_CANCELED');
    expect(world.outlets[0]?.closes).toBe(1);
  });

  it('ends with the call when the only output is refused for good', async () => {
    const world = await early({ publish: true });

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
    expect(world.dialer.hangUps).toBe(1);
  });
});
