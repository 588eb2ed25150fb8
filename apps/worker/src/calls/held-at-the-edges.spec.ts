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

const SECOND_LEG = { dialogId: 'd2', sipCallId: 'i2', fromTag: 't2' };
/** How long a signalling server may take to send an INVITE. */
const ECHO_MS = 5_000;

const hold = ({ limits, ...options }: NonNullable<Options> = {}): NonNullable<Options> => ({
  onCallLoss: 'hold',
  limits: { maxSeconds: 10_000, ...limits },
  ...options,
});

async function onAir(options?: Options): Promise<SessionWorld> {
  const world = sessionWorld(hold(options));
  await bringUp(world);
  for (const outlet of world.outlets) outlet.accept();
  await settle();
  return world;
}

const leaves = ({ dialer }: SessionWorld): void =>
  dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });

const fails = ({ dialer }: SessionWorld, code: Fault['code']): void =>
  dialer.observer.ended({ kind: 'failed', fault: new Fault(code) });

function answers(world: SessionWorld): void {
  world.dialer.observer.inviteSent(SECOND_LEG);
  world.dialer.observer.answered(answerOf(world, { port: 41_000 }));
}

/** Lets so many seconds pass, and has something happen to each leg that is dialled meanwhile. */
async function forSeconds(world: SessionWorld, seconds: number, onLeg: () => void): Promise<void> {
  for (let second = 0; second < seconds && !world.isDone(); second++) {
    const { dials } = world.dialer;
    await world.pass(1_000);
    if (world.dialer.dials === dials) continue;
    onLeg();
    await settle();
  }
}

/** Without telephone events, so that keys go by INFO. */
const answerWithoutEvents = (world: SessionWorld): string =>
  answerOf(world).replace(/^a=(rtpmap|fmtp):\d+ (telephone-event.*|0-1\d)\r\n/gm, '');

describe('a call that is held on air', () => {
  it('is given up in time when each leg is answered and left before the answer is written', async () => {
    const world = await onAir({ limits: { holdSeconds: 30 } });
    await world.pass(12_000);
    leaves(world);
    await settle();

    await forSeconds(world, 40, () => {
      answers(world);
      leaves(world);
    });

    expect(world.isDone()).toBe(true);
    expect(verdictCode(world)).toBe('CALL_PEER_LEFT');
  });

  it('hears nothing of a leg, and presses it no PIN, that was over before its answer was written', async () => {
    const world = sessionWorld(hold({ dtmf: '12' }));
    world.session.start();
    await settle();

    answers(world);
    leaves(world);
    await settle();

    expect(world.media.done).toEqual(['start']);
    expect(world.media.audio).toMatchObject({ isHeld: true, direction: 'inactive' });
    expect(world.media.audio?.remote).toBeUndefined();
    expect(world.media.pressed).toEqual([]);
  });

  it('is given up in time when legs are answered and never heard', async () => {
    const world = await onAir({ limits: { holdSeconds: 60 } });

    await forSeconds(world, 140, () => answers(world));

    expect(world.isDone()).toBe(true);
    expect(verdictCode(world)).toBe('RTP_SILENT');
  });

  it('goes on when its answer is being written while the hold time ends', async () => {
    const world = await onAir({ limits: { holdSeconds: 3 } });
    leaves(world);
    await settle();
    await world.pass(2_000);
    world.dialer.observer.inviteSent(SECOND_LEG);
    await settle();
    let write = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (write = resolve));

    world.dialer.observer.answered(answerOf(world, { port: 41_000 }));
    await world.pass(2_000);
    write();
    await settle();

    expect(world.session.state).toBe('up');
  });

  it('goes on when it is answered while the end of the hold waits to be written', async () => {
    const world = await onAir({ limits: { holdSeconds: 3 } });
    leaves(world);
    await settle();
    await world.pass(2_000);
    let write = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (write = resolve));

    world.dialer.observer.inviteSent(SECOND_LEG);
    await world.pass(2_000);
    world.dialer.observer.answered(answerOf(world, { port: 41_000 }));
    write();
    await settle();

    expect(world.session.state).toBe('up');
  });

  it('waits for a signalling server that takes no INVITE', async () => {
    const world = await onAir();
    leaves(world);
    await settle();

    await forSeconds(world, 200, () => {
      const { observer } = world.dialer;
      const fault = new Fault('SIP_SIGNALLING_LOST');
      world.time.after(ECHO_MS, () => observer.ended({ kind: 'failed', fault }));
    });

    expect(world.isDone()).toBe(false);
  });

  it('tells its longest duration from a broken call, by timers that come a little early', async () => {
    const world = await onAir({ limits: { maxSeconds: 40 } });
    const after = world.time.after.bind(world.time);
    world.time.after = (delayMs, run) => after(Math.trunc(delayMs), run);
    await world.pass(20_000);
    world.time.advance(0.4);
    leaves(world);
    await settle();
    await forSeconds(world, 19, () => fails(world, 'SIP_BUSY'));

    for (let step = 0; step < 10_000 && !world.isDone(); step++) {
      world.time.advance(0.1);
      await settle();
    }

    expect(world.time.nowMicros()).toBeLessThan(40_000_000);
    expect(verdictCode(world)).toBe('CALL_MAX_DURATION');
  });

  it('lets a callee ring as long as it may, although nothing is heard of its early media', async () => {
    const world = await onAir({ media: { earlyMedia: 'publish' } });
    world.media.lastPacketMicros = world.time.nowMicros();
    leaves(world);
    await settle();
    await world.pass(2_000);
    world.dialer.observer.inviteSent(SECOND_LEG);
    world.dialer.observer.earlyMediaOffered(answerOf(world, { port: 41_000 }));
    await settle();

    await world.pass(40_000);

    expect(world.session.state).toBe('earlyMedia');
    expect(world.dialer.hangUps).toBe(0);
  });

  it('presses what is left of the keys of a lost leg into no other one', async () => {
    const world = sessionWorld(hold({ dtmf: 'wwwwwwwwww12' }));
    world.session.start();
    await settle();
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    world.dialer.observer.answered(answerWithoutEvents(world));
    await settle();
    await world.pass(1_000);
    leaves(world);
    await settle();
    await world.pass(2_000);
    world.dialer.observer.inviteSent(SECOND_LEG);
    world.dialer.observer.answered(answerWithoutEvents(world));
    await settle();

    await world.pass(25_000);

    expect(world.dialer.dials).toBe(2);
    expect(world.dialer.informed).toEqual(['1', '2']);
  });

  it('is held by the node that took it over, too', async () => {
    const world = sessionWorld(hold({ wasAnswered: true }));
    world.session.start();
    await settle();

    fails(world, 'SIP_UNREACHABLE');
    await settle();
    await world.pass(2_000);
    answers(world);
    await settle();

    expect(world.dialer.dials).toBe(2);
    expect(world.session.state).toBe('up');
    expect(world.media.audio?.isHeld).toBe(false);
    expect(world.outlets).toHaveLength(1);
  });

  it('is given to another node when the signalling server is lost before anything is on air', async () => {
    const world = sessionWorld(hold({ wasAnswered: true }));
    world.session.start();
    await settle();

    fails(world, 'SIP_SIGNALLING_LOST');
    await settle();

    expect(world.session.state).toBe('queued');
  });
});
