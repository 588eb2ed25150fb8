import { Secret } from '#foundation';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  HOST,
  startServer,
  Relay,
  startPeer,
  startDialer,
  dialerWorld,
  dial,
  answerTo,
  answered,
} from './support/dialer-world.ts';

describe('the control connection', () => {
  it('a wrong secret is refused', async () => {
    const server = await startServer();

    await expect(startDialer(server, new Secret('wrong'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('is cut under a call: the leg ends, and what it left is hung up after the reconnect', async () => {
    const server = await startServer();
    const relay = await Relay.to(server.controlAddress.port);
    onTestFinished(async () => await relay.close());
    const dialer = await startDialer({ controlAddress: { host: HOST, port: relay.port } });
    const peer = await startPeer();
    const world = { server, dialer, peer };
    const up = await answered(world);
    const ringing = dial(world);
    const invite = await peer.next('INVITE');
    peer.reply(invite, '180 Ringing');
    await ringing.ear.until('rang');

    relay.cut();
    const ends = [await up.ear.outcome(), await ringing.ear.outcome()];
    peer.reply(await peer.next('BYE'), '200 OK');
    peer.reply(await peer.next('CANCEL'), '200 OK');
    peer.reply(invite, '487 Request Terminated');
    const next = await answered(world);
    const gone = next.leg.hangUp();
    peer.reply(await peer.next('BYE'), '200 OK');
    await gone;

    expect(ends).toEqual(['SIP_SIGNALLING_LOST', 'SIP_SIGNALLING_LOST']);
    expect(next.ear.end).toEqual({ kind: 'hungUp' });
  });

  it('an orphan is ended by another dialer', async () => {
    const world = await dialerWorld();
    const { ear } = await answered(world);
    const other = await startDialer(world.server);

    const ended = other.endOrphan(ear.identity?.dialogId ?? '');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');

    expect(await ended).toBe('ended');
    expect(await other.endOrphan(ear.identity?.dialogId ?? '')).toBe('unknown');
  });

  it('nothing is left when all calls are over', async () => {
    const world = await dialerWorld();
    const { leg } = await answered(world);

    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(world.dialer.legCount).toBe(0);
  });
});

describe('what one server does and another does not', () => {
  it('an answer without Contact, which nothing can be sent to, ends the call', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '200 OK', { body: answerTo(invite), hasContact: false });

    expect(await ear.outcome()).toBe('SIP_INCOMPATIBLE');
    expect(world.dialer.legCount).toBe(0);
  });

  it('a second answer, of another fork, does not disturb the call', async () => {
    const world = await dialerWorld();
    const { ear, leg, invite } = await answered(world);
    const other = new Map(invite.headers).set('to', `${invite.headers.get('to') ?? ''};tag=other`);

    world.peer.reply({ ...invite, headers: other }, '200 OK', { body: answerTo(invite) });
    const gone = leg.hangUp();
    // Ours hangs the fork up as well, the real server takes it for a repetition.
    const nextBye = () => Promise.race([world.peer.next('BYE'), gone.then(() => undefined)]);
    for (let bye = await nextBye(); bye !== undefined; bye = await nextBye()) {
      world.peer.reply(bye, '200 OK');
    }
    await gone;

    expect(ear.heard).toEqual(['inviteSent', 'answered', 'ended']);
    expect(ear.end).toEqual({ kind: 'hungUp' });
  });

  it('strangers who ask whether the trunk lives, or call, get an answer', async () => {
    const world = await dialerWorld();
    const { invite, leg } = await answered(world);
    const stranger = await startPeer();
    const strange = new Map(invite.headers);
    for (const name of ['from', 'to']) {
      strange.set(name, (invite.headers.get(name) ?? '').replace(/;tag=.*/, ''));
    }
    strange.set('call-id', `stranger-${stranger.port}`);

    stranger.request({ ...invite, headers: strange }, 'OPTIONS');
    await stranger.next('200');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(world.dialer.legCount).toBe(0);
  });
});
