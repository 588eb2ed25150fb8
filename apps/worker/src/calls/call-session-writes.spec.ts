import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { buildAnswer } from '#protocol/sdp';
import { CALLEE, bringUp, sessionWorld, settle } from '../../../../test/support/session-world.ts';

describe('what a call session writes', () => {
  it('falls silent at once when another node owns the call', async () => {
    const world = sessionWorld();
    await bringUp(world);
    world.outlets[0]?.accept();
    await settle();
    const written = world.ledger.changes.length;

    world.ledger.script.push(false);
    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    await settle();
    world.session.stop();
    await settle();

    expect(world.ledger.changes).toHaveLength(written);
    expect(world.outlets[0]?.destroys).toBe(1);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('writes again what the database could not take, while the lease lasts', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    world.ledger.script.push(new Error('away'), new Error('away'));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    await world.pass(3_000);

    expect(world.ledger.events).toEqual(['call.dialing']);
  });

  it('goes on when the database has written a step and lost the answer', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    world.ledger.script.push(new Error('connection lost'), false);
    world.ledger.storedVersion = 4;
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    await world.pass(1_000);
    world.dialer.observer.rang();
    await settle();

    expect(world.isDone()).toBe(false);
    expect(world.session.state).toBe('ringing');
    expect(world.ledger.changes.at(-1)?.version).toBe(4);
  });

  it('is fenced when the database stays away longer than the lease', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();

    world.ledger.script.push(...Array.from({ length: 100 }, () => new Error('away')));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    for (let step = 0; step < 60; step++) {
      world.time.advance(100);
      await settle();
    }

    expect(world.isDone()).toBe(true);
    expect(world.dialer.hangUps).toBe(1);
  });

  it('does not dial when the lease is lost while its ports are bound', async () => {
    const world = sessionWorld({ holdsPorts: true });
    world.session.start();
    await settle();

    world.session.fence();
    world.bind();
    await settle();

    expect(world.dialer.dials).toBe(0);
    expect(world.media.done.at(-1)).toBe('stop');
    expect(world.time.pendingCount).toBe(0);
  });

  it('starts nothing when it is fenced while the answer is written', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();
    let open = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (open = resolve));
    world.dialer.observer.answered(buildAnswer(world.dialer.request.sdpOffer, CALLEE).sdp);
    await settle();

    world.session.fence();
    open();
    await settle();

    expect(world.media.done).toEqual(['stop']);
    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('is given up when a step can never be written', async () => {
    const world = sessionWorld();
    await bringUp(world);

    world.ledger.script.push(...Array.from({ length: 100 }, () => new Error('invalid json')));
    world.dialer.observer.ended({ kind: 'peerLeft', detail: 'BYE' });
    for (let round = 0; round < 20; round++) await world.pass(200);

    expect(world.isDone()).toBe(true);
    expect(world.time.pendingCount).toBe(0);
  });

  it('writes nothing more once it has given the call back', async () => {
    const world = sessionWorld();
    world.dialer.endsOnHangUp = false;
    await bringUp(world);
    await world.session.handOver();
    const written = world.ledger.changes.length;

    world.dialer.observer.ended({ kind: 'failed', fault: new Fault('SIP_SIGNALLING_LOST') });
    world.session.stop();
    await settle();

    expect(world.ledger.changes).toHaveLength(written);
  });

  it('passes over a deadline of the state that a slow step has just left', async () => {
    const world = sessionWorld();
    world.session.start();
    await settle();
    let open = (): void => undefined;
    world.ledger.gate = new Promise<void>((resolve) => (open = resolve));
    world.dialer.observer.inviteSent({ dialogId: 'd', sipCallId: 'i', fromTag: 't' });
    await settle();

    await world.pass(16_000);
    open();
    await settle();

    expect(world.session.state).toBe('dialing');
    expect(world.ledger.events).toEqual(['call.dialing']);
  });
});
