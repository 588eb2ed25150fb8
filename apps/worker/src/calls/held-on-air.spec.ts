import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import {
  answerOf,
  bringUp,
  sessionWorld,
  settle,
  verdictCode,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld } from '../../../../test/support/session-world.ts';

type Options = Parameters<typeof sessionWorld>[0];

/** On air, with the promise to stay there. */
async function onAir(options: Options = {}): Promise<SessionWorld> {
  const world = sessionWorld({ onCallLoss: 'hold', ...options });
  await bringUp(world);
  for (const outlet of world.outlets) outlet.accept();
  await settle();
  return world;
}

const peerLeaves = async ({ dialer }: SessionWorld): Promise<void> => {
  dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
  await settle();
};

const legFails = async ({ dialer }: SessionWorld, code: Fault['code']): Promise<void> => {
  dialer.observer.ended({ kind: 'failed', fault: new Fault(code) });
  await settle();
};

const peerAnswers = async (world: SessionWorld, port = 41_000): Promise<void> => {
  world.dialer.observer.inviteSent({ dialogId: 'd2', sipCallId: 'i2', fromTag: 't2' });
  world.dialer.observer.answered(answerOf(world, { port }));
  await settle();
};

const lossesOf = ({ ledger }: SessionWorld) =>
  ledger.changes.flatMap(({ events }) => events.filter(({ type }) => type === 'call.leg_lost'));

describe('a call that is to be held on air', () => {
  it('is dialled again when the callee leaves, and goes on in the same outputs and media', async () => {
    const world = await onAir({ dtmf: '1234#' });
    world.media.emit(1_000);

    await peerLeaves(world);
    expect(world.session.state).toBe('claimed');
    expect(world.media.audio).toMatchObject({ isHeld: true, direction: 'inactive' });
    world.media.emit(2_000);
    await world.pass(2_000);
    expect(world.dialer.dials).toBe(2);
    await peerAnswers(world);
    world.media.emit(4_000);

    expect(world.media.audio).toMatchObject({ isHeld: false, remote: { port: 41_000 } });
    expect(world.session.state).toBe('up');
    expect(world.outlets).toHaveLength(1);
    expect(world.outlets[0]?.closes).toBe(0);
    expect(world.outlets[0]?.tags.map((tag) => tag.timestampMs)).toEqual([0, 1_000, 3_000]);
    expect(world.media.done).toEqual(['start', 'leave', 'change']);
    expect(world.media.pressed).toEqual(['1234#']);
    expect(world.ledger.events.slice(-3)).toEqual([
      'call.leg_lost',
      'call.dialing',
      'call.answered',
    ]);
    expect(lossesOf(world)[0]?.data).toMatchObject({ code: 'CALL_PEER_LEFT', attempt: 1 });
    expect(
      world.ledger.changes.find(({ events }) => events[0]?.type === 'call.leg_lost')?.call,
    ).toMatchObject({ state: 'claimed', leg: null });
  });

  it('presses its PIN again after each answer', async () => {
    const world = await onAir({ dtmf: '1234#' });
    world.media.endPress('pressed');

    await peerLeaves(world);
    await world.pass(2_000);
    await peerAnswers(world);

    expect(world.media.pressed).toEqual(['1234#', '1234#']);
  });

  it('is tried again and again, less and less often, until the time is over', async () => {
    const world = await onAir({ limits: { holdSeconds: 60, maxSeconds: 1_000 } });
    const begun = world.time.nowMicros();

    await peerLeaves(world);
    while (!world.isDone()) {
      const dials = world.dialer.dials;
      await world.pass(1_000);
      if (world.dialer.dials > dials) await legFails(world, 'SIP_BUSY');
    }

    expect((world.time.nowMicros() - begun) / 1_000_000).toBeLessThan(62);
    expect(world.dialer.dials).toBeGreaterThan(5);
    expect(world.dialer.dials).toBeLessThan(12);
    expect(lossesOf(world).map(({ data }) => data['attempt'])).toEqual(
      lossesOf(world).map((_, index) => index + 1),
    );
    expect(verdictCode(world)).toBe('CALL_PEER_LEFT');
    expect(world.ledger.events.filter((event) => event === 'call.ended')).toHaveLength(1);
    expect(world.outlets[0]?.closes).toBe(1);
    expect(world.time.pendingCount).toBe(0);
  });

  it('does not begin a new hold for a leg that did not stay', async () => {
    const world = await onAir({ limits: { holdSeconds: 30, maxSeconds: 1_000 } });

    await peerLeaves(world);
    for (let round = 0; round < 60 && !world.isDone(); round++) {
      const dials = world.dialer.dials;
      await world.pass(1_000);
      if (world.dialer.dials === dials) continue;
      await peerAnswers(world);
      await peerLeaves(world);
    }

    expect(world.isDone()).toBe(true);
    expect(verdictCode(world)).toBe('CALL_PEER_LEFT');
    expect(world.time.pendingCount).toBe(0);
  });

  it('begins a new hold for a leg that stayed', async () => {
    const world = await onAir({ limits: { holdSeconds: 5, maxSeconds: 1_000 } });
    await peerLeaves(world);
    await world.pass(2_000);
    await peerAnswers(world);
    await world.pass(11_000);

    await peerLeaves(world);

    expect(lossesOf(world).map(({ data }) => data['attempt'])).toEqual([1, 1]);
    expect(world.session.state).toBe('claimed');
  });

  it.each<Fault['code']>(['SIP_DECLINED', 'SIP_AUTH_REFUSED'])(
    'ends when another leg is refused with %s',
    async (code) => {
      const world = await onAir();
      await peerLeaves(world);
      await world.pass(2_000);

      await legFails(world, code);

      expect(verdictCode(world)).toBe(code);
      expect(world.isDone()).toBe(true);
    },
  );

  it('hangs up and dials again when no packets come', async () => {
    const world = await onAir();

    await world.pass(31_000);
    expect(world.dialer.hangUps).toBe(1);
    await world.pass(2_000);
    await peerAnswers(world);

    expect(lossesOf(world)[0]?.data).toMatchObject({ code: 'RTP_SILENT' });
    expect(world.session.state).toBe('up');
    await world.pass(31_000);
    expect(world.dialer.hangUps).toBe(2);
  });

  it('waits for signalling that is lost', async () => {
    const world = await onAir();

    await legFails(world, 'SIP_SIGNALLING_LOST');

    expect(world.session.state).toBe('claimed');
    await world.pass(2_000);
    expect(world.dialer.dials).toBe(2);
  });

  it('hears no ringing tone on the way back', async () => {
    const world = await onAir();
    await peerLeaves(world);
    await world.pass(2_000);
    world.dialer.observer.inviteSent({ dialogId: 'd2', sipCallId: 'i2', fromTag: 't2' });

    world.dialer.observer.earlyMediaOffered(answerOf(world, { port: 41_000 }));
    await settle();

    expect(world.session.state).toBe('earlyMedia');
    expect(world.media.audio?.isHeld).toBe(true);
  });

  it('no longer hears the leg that was lost', async () => {
    const world = await onAir();
    const old = world.dialer.observer;
    await world.pass(31_000);

    expect(old.reoffered(answerOf(world))).toBeUndefined();
    old.rang();
    old.ended({ kind: 'peerLeft', detail: 'late' });
    await settle();

    expect(lossesOf(world)).toHaveLength(1);
    expect(world.session.state).toBe('claimed');
  });

  it('is hung up by command meanwhile, and dials no more', async () => {
    const world = await onAir();
    await peerLeaves(world);

    world.session.stop();
    await settle();
    await world.pass(20_000);

    expect(verdictCode(world)).toBe('CALL_HUNG_UP');
    expect(world.dialer.dials).toBe(1);
    expect(world.time.pendingCount).toBe(0);
  });

  it('ends when its outputs have failed meanwhile', async () => {
    const world = await onAir();
    await peerLeaves(world);

    world.outlets[0]?.break(new Fault('RTMP_REFUSED'));
    await settle();

    expect(verdictCode(world)).toBe('RTMP_REFUSED');
  });

  it('ends at its longest duration, counted from the first answer', async () => {
    const world = await onAir({ limits: { maxSeconds: 40 } });
    await world.pass(20_000);
    world.media.lastPacketMicros = world.time.nowMicros();
    await peerLeaves(world);
    await world.pass(2_000);
    await peerAnswers(world);
    world.media.lastPacketMicros = world.time.nowMicros();

    await world.pass(17_000);
    expect(world.isDone()).toBe(false);
    await world.pass(2_000);

    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('is given to another node when this one is shut down meanwhile', async () => {
    const world = await onAir();
    await peerLeaves(world);

    await world.session.handOver();

    expect(world.session.state).toBe('queued');
    expect(world.time.pendingCount).toBe(0);
  });

  it('ends as any other when it is not answered the first time', async () => {
    const world = sessionWorld({ onCallLoss: 'hold' });
    world.session.start();
    await settle();

    await legFails(world, 'SIP_BUSY');

    expect(verdictCode(world)).toBe('SIP_BUSY');
  });
});
