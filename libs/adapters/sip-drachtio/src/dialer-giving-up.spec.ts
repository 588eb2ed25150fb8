import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  REQUEST,
  Recorder,
  answered,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('giving up', () => {
  it('nobody answers in time: CANCEL, and the 487 ends it', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.server.respond(invite, { status: '180 Ringing' });
    await observer.until('rang');

    world.time.advance(1000);
    const cancel = await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await observer.until('ended');

    expect(cancel.txnId).toBe(invite.txnId);
    expect(observer.code).toBe('SIP_NO_ANSWER');
  });

  it('after the ring timeout a busy signal says more than the timeout', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.time.advance(1000);
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '486 Busy Here' });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_BUSY');
  });

  it.each([
    ['rang', 'SIP_NO_ANSWER'],
    ['gave no sign of life', 'SIP_UNREACHABLE'],
  ])('no 487 comes from a peer that %s: over after 5 s with %s', async (what, code) => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    if (what === 'rang') {
      world.server.respond(invite, { status: '180 Ringing' });
      await observer.until('rang');
    }

    world.time.advance(1000);
    world.time.advance(5000);
    await observer.until('ended');

    expect(observer.code).toBe(code);
    world.time.advance(40_000); // The transaction is remembered that long for a late 200.
    expect(world.time.pendingCount).toBe(1);
  });

  it('a 200 long after the end is acknowledged and hung up without a word', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.time.advance(6000);
    await observer.until('ended');

    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await world.server.next('ACK');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });

    expect(bye.dialogId).toBe(invite.dialogId);
    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    await world.dialer.stop();
  });

  it('we cancel while it rings', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp('taken off');
    const cancel = await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await gone;

    expect(cancel.headers.get('reason')).toContain('taken off');
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    await world.server.next('ACK');
    const bye = await world.server.next('BYE');
    world.server.respond(world.server.take(bye), { status: '200 OK' });
    await gone;

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('the dialog of a crossing 200 may be gone already, ended by the server itself', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '200 OK', body: ANSWER });
    world.server.refuse(await world.server.next('BYE'), 'unable to find dialog for dialog id');
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('hanging up before the server has sent the INVITE cancels as soon as it has', async () => {
    const world = await connected();
    const observer = new Recorder();
    const leg = world.dialer.dial(REQUEST, observer);
    const command = await world.server.next('INVITE');

    const gone = leg.hangUp();
    const invite = world.server.take(command);
    await world.server.next('CANCEL');
    world.server.respond(invite, { status: '487 Request Terminated' });
    await gone;

    expect(observer.heard).toEqual(['inviteSent', 'ended']);
    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('hanging up at once sends nothing at all', async () => {
    const world = await connected();
    const observer = new Recorder();

    await world.dialer.dial(REQUEST, observer).hangUp();

    expect(observer.end).toEqual({ kind: 'canceled' });
    expect(world.server.commands).toEqual([]);
  });

  it('a BYE that nobody answers is over after 5 s', async () => {
    const world = await connected();
    const { observer, leg } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.time.advance(5000);
    await gone;

    expect(observer.end).toEqual({ kind: 'hungUp' });
  });

  it('both sides hang up at once', async () => {
    const world = await connected();
    const { observer, leg, invite } = await answered(world);

    const gone = leg.hangUp();
    await world.server.next('BYE');
    world.server.request(invite, 'BYE');
    await gone;

    expect(observer.heard.filter((what) => what === 'ended')).toHaveLength(1);
    world.time.advance(5000);
  });
});
