import { createSocket } from 'node:dgram';
import { VirtualTime } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  HOST,
  SECRET,
  startServer,
  startPeer,
  startDialer,
  dialerWorld,
  dial,
  answerTo,
} from './support/dialer-world.ts';

describe('a call that fails over the whole signalling', () => {
  it.each([
    ['486 Busy Here', 'SIP_BUSY'],
    ['404 Not Found', 'SIP_NOT_FOUND'],
    ['503 Service Unavailable', 'SIP_PROVIDER_DOWN'],
    ['488 Not Acceptable Here', 'SIP_INCOMPATIBLE'],
    ['603 Decline', 'SIP_DECLINED'],
    ['302 Moved Temporarily', 'SIP_REDIRECTED'],
  ])('with %s ends with %s', async (status, code) => {
    const world = await dialerWorld();
    const { ear } = dial(world);

    world.peer.reply(await world.peer.next('INVITE'), status);
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe(code);
    expect(ear.end).toMatchObject({ fault: { detail: expect.stringContaining(status) as string } });
  });

  it('because the port is closed, is unreachable', async () => {
    const world = await dialerWorld();
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));

    const { ear } = dial(world, { to: `sip:bob@${HOST}:${port}` });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
  });

  it('because TCP is refused, is unreachable', async () => {
    const world = await dialerWorld();

    const { ear } = dial(world, { to: `${world.peer.uri};transport=tcp` });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
  });

  it('because nobody knows the name, is unreachable', async () => {
    const world = await dialerWorld();

    const { ear } = dial(world, { to: 'sip:bob@nobody.invalid' });

    expect(await ear.outcome()).toBe('SIP_UNREACHABLE');
    expect(ear.heard).toEqual(['inviteSent', 'ended']);
  });

  it('rings for too long: CANCEL, 487', async () => {
    const world = await dialerWorld();
    const { ear } = dial(world, { ringTimeoutMs: 200 });
    const invite = await world.peer.next('INVITE');

    world.peer.reply(invite, '180 Ringing');
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    world.peer.reply(invite, '487 Request Terminated');
    await world.peer.next('ACK');

    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
  });

  it('rings for too long, and takes the CANCEL but ends nothing: over after 5 s', async () => {
    const server = await startServer();
    const time = new VirtualTime();
    const dialer = await startDialer(server, SECRET, { timers: time, heartbeatMs: 60_000 });
    const world = { server, dialer, peer: await startPeer() };
    const { ear } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    time.advance(20_000);
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    time.advance(4999);
    const before = ear.end;
    time.advance(1);

    expect(before).toBeUndefined();
    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
    world.peer.reply(invite, '487 Request Terminated');
    await world.peer.next('ACK');
  });

  it('is canceled by us while it rings', async () => {
    const world = await dialerWorld();
    const { ear, leg } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('CANCEL'), '200 OK');
    world.peer.reply(invite, '487 Request Terminated');
    await gone;

    expect(ear.end).toEqual({ kind: 'canceled' });
    expect(ear.ladder).toEqual(['out INVITE', 'in 180', 'out CANCEL', 'in 487']);
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up', async () => {
    const world = await dialerWorld();
    const { ear, leg } = dial(world);
    const invite = await world.peer.next('INVITE');
    world.peer.reply(invite, '180 Ringing');
    await ear.until('rang');

    const gone = leg.hangUp();
    const cancel = await world.peer.next('CANCEL');
    world.peer.reply(invite, '200 OK', { body: answerTo(invite) });
    world.peer.reply(cancel, '200 OK');
    await world.peer.next('ACK');
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect(ear.end).toEqual({ kind: 'hungUp' });
    expect(ear.heard).not.toContain('answered');
  });
});
