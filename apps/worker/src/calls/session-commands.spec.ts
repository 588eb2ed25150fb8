import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import type { CallChange, NodeId } from '#domain';
import { buildAnswer, buildOffer } from '#protocol/sdp';
import {
  CALLEE,
  answerOf,
  bringUp,
  dialled,
  sessionWorld,
  settle,
} from '../../../../test/support/session-world.ts';
import type { SessionWorld, SessionWorldOptions } from '../../../../test/support/session-world.ts';

async function up(options: SessionWorldOptions = {}): Promise<SessionWorld> {
  const world = sessionWorld(options);
  await bringUp(world);
  return world;
}

const directionOf = (sdp: string | undefined): string | undefined =>
  /^a=(sendrecv|recvonly|sendonly|inactive)\r$/m.exec(sdp ?? '')?.[1];
const versionOf = (sdp: string | undefined): number =>
  Number(/^o=- \d+ (\d+) /m.exec(sdp ?? '')?.[1]);
const peerOffer = (direction: string): string =>
  buildOffer({ ...CALLEE, version: 2 }).replace('a=sendrecv', `a=${direction}`);

/** What a call tells of who holds it, in order. */
const holdsTold = ({ ledger }: SessionWorld): unknown[] =>
  ledger.changes
    .flatMap(({ events }: CallChange) => events)
    .filter(({ type }) => type === 'call.held' || type === 'call.resumed')
    .map(({ type, data }) => [type, data['heldBy']]);

describe('a mute', () => {
  it('is stored, told once, and ends', async () => {
    const world = await up();

    for (const isMuted of [true, true, false, false]) await world.session.mute(isMuted);

    const told = world.ledger.changes.filter(({ call }) => call.muted !== undefined);
    expect(told.map(({ call, events }) => [call.muted, events[0]?.type])).toEqual([
      [true, 'call.muted'],
      [false, 'call.unmuted'],
    ]);
    expect(world.media.isMuted).toBe(false);
  });

  it('begins before the call is answered, and goes on from the node before', async () => {
    const early = sessionWorld({});
    await dialled(early);
    await early.session.mute(true);
    const taken = await up({ muted: true });

    expect(early.media.isMuted).toBe(true);
    expect(taken.media.isMuted).toBe(true);
    expect(taken.ledger.events).not.toContain('call.muted');
  });

  it('is no silence to complain of, and no packet is waited for in vain', async () => {
    const world = await up();
    await world.session.mute(true);

    for (let second = 0; second < 40; second++) {
      world.media.lastPacketMicros = world.time.nowMicros();
      await world.pass(1_000);
    }

    expect(world.ledger.events.filter((type) => type.startsWith('media.'))).toEqual([]);
    expect(world.session.state).toBe('up');
  });

  it('that cannot be written does nothing', async () => {
    const world = await up();
    world.ledger.script.push(false);

    await expect(world.session.mute(true)).rejects.toThrow(Fault);

    expect(world.media.isMuted).toBe(false);
  });
});

describe('a hold of ours', () => {
  it.each([
    ['recvonly', 'inactive'],
    ['sendrecv', 'sendonly'],
  ] as const)('of a %s call is offered as %s, and ends as it began', async (ours, offered) => {
    const world = await up({ media: { direction: ours } });

    await world.session.hold(true);
    const whileHeld = { state: world.session.state, isHeld: world.media.audio?.isHeld };
    await world.session.hold(false);

    expect(world.dialer.offers.map(directionOf)).toEqual([offered, ours]);
    expect(world.dialer.offers.map(versionOf)).toEqual([2, 3]);
    expect(whileHeld).toEqual({ state: 'held', isHeld: true });
    expect(world.session.state).toBe('up');
    expect(world.media.audio?.isHeld).toBe(false);
    expect(holdsTold(world)).toEqual([
      ['call.held', 'us'],
      ['call.resumed', null],
    ]);
  });

  it('asked for twice is asked for once', async () => {
    const world = await up();

    await world.session.hold(true);
    await world.session.hold(true);

    expect(world.dialer.offers).toHaveLength(1);
  });

  it('that the peer refuses leaves everything as it is', async () => {
    const world = await up();
    const fault = new Fault('HOLD_REFUSED', { detail: 're-INVITE: 488' });
    world.dialer.answerOffer = () => Promise.reject(fault);

    await expect(world.session.hold(true)).rejects.toBe(fault);

    expect(world.session.state).toBe('up');
    const answered = world.dialer.observer.reoffered(peerOffer('sendrecv'));
    expect(directionOf(answered)).toBe('recvonly');
    expect(holdsTold(world)).toEqual([]);
  });

  it('answers what the peer offers meanwhile with what holds, and tells whether both hold', async () => {
    const world = await up();
    await world.session.hold(true);

    const answers = [peerOffer('sendrecv'), peerOffer('inactive'), peerOffer('sendrecv')].map(
      (offer) => world.dialer.observer.reoffered(offer),
    );
    const asked = world.dialer.observer.offerAsked();
    await settle();

    expect([...answers, asked].map(directionOf)).toEqual(
      Array.from({ length: 4 }, () => 'inactive'),
    );
    expect(holdsTold(world).map((told) => (told as unknown[])[1])).toEqual(['us', 'both', 'us']);
    expect(world.media.audio?.isHeld).toBe(true);
  });

  it('that ends while the peer still holds leaves the call held by them', async () => {
    const world = await up();
    await world.session.hold(true);
    world.dialer.observer.reoffered(peerOffer('inactive'));
    world.dialer.answerOffer = (offer) =>
      Promise.resolve(buildAnswer(offer, { ...CALLEE, direction: 'inactive' }).sdp);

    await world.session.hold(false);

    expect(world.session.state).toBe('held');
    expect(holdsTold(world).at(-1)).toEqual(['call.held', 'them']);
  });

  it('goes on with the next node: nothing of the new leg is heard before it is held', async () => {
    const world = sessionWorld({ heldBy: 'us', wasAnswered: true });
    let agree = (): void => undefined;
    world.dialer.answerOffer = (offer) =>
      new Promise((resolve) => (agree = () => resolve(buildAnswer(offer, CALLEE).sdp)));
    await bringUp(world);
    const before = { isMuted: world.media.isMuted, state: world.session.state };

    agree();
    await settle();

    expect(before).toEqual({ isMuted: true, state: 'up' });
    expect(world.session.state).toBe('held');
  });

  it('that the next leg refuses is over, and the call is heard', async () => {
    const world = sessionWorld({ heldBy: 'both', wasAnswered: true });
    world.dialer.answerOffer = () => Promise.reject(new Fault('HOLD_REFUSED'));
    await bringUp(world);
    await settle();

    expect(world.media.isMuted).toBe(false);
    expect(world.ledger.changes.at(-1)?.call).toEqual({ heldBy: null });
  });

  it('cannot be had before the answer', async () => {
    const world = sessionWorld({});
    await dialled(world);

    await expect(world.session.hold(true)).rejects.toThrow(/not answered/);
  });
});

describe('a transfer', () => {
  const OTHER = 'node_2' as NodeId;

  it('hangs up here and leaves the call to the other node', async () => {
    const world = await up();

    const leaving = world.session.transfer(OTHER);
    await settle();
    await leaving;

    const last = world.ledger.changes.at(-1);
    expect(last?.call).toMatchObject({ state: 'queued', leg: null, preferredNode: OTHER });
    expect(last?.events).toMatchObject([
      { type: 'call.transferred', data: { from: world.record.node, to: OTHER } },
    ]);
    expect(world.dialer.hangUps).toBe(1);
    expect(world.outlets.every(({ closes }) => closes === 1)).toBe(true);
    expect(world.isDone()).toBe(true);
  });

  it('of a call that is not answered is refused', async () => {
    const world = sessionWorld({});
    await dialled(world);

    await expect(world.session.transfer(OTHER)).rejects.toThrow(/not answered/);
    world.dialer.observer.answered(answerOf(world));
  });
});
