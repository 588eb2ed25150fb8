import { describe, expect, it } from 'vitest';
import {
  HOST,
  startPeer,
  dialerWorld,
  dial,
  answerTo,
  problemOf,
  HUNTER2,
} from './support/dialer-world.ts';

describe('a redirected call', () => {
  const moved = (...targets: string[]) => ({
    headers: targets.map((target) => `Contact: ${target}`),
    hasContact: false,
  });

  it('goes to the next address of its host as the same call, and is answered there', async () => {
    const world = await dialerWorld();
    const other = await startPeer();
    const { ear } = dial(world, { auth: HUNTER2 });
    const first = await world.peer.next('INVITE');

    world.peer.reply(first, '180 Ringing');
    world.peer.reply(
      first,
      '302 Moved Temporarily',
      moved('<sip:bob@elsewhere.test>;q=1', `<${other.uri.replace('bob', 'carol')}>;q=0.5`),
    );
    await world.peer.next('ACK');
    const invite = await other.next('INVITE');
    other.reply(invite, '200 OK', { body: answerTo(invite) });
    const ack = await other.next('ACK');
    await ear.until('answered');
    other.request(invite, 'BYE');

    expect(await ear.outcome()).toBe('peerLeft');
    expect(invite.uri).toBe(`sip:carol@${HOST}:${other.port}`);
    expect(invite.headers.get('to')).toBe(`<${world.peer.uri}>`);
    for (const name of ['call-id', 'from']) {
      expect(invite.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(parseInt(invite.headers.get('cseq') ?? '', 10)).toBe(
      parseInt(first.headers.get('cseq') ?? '', 10) + 1,
    );
    expect(parseInt(ack.headers.get('cseq') ?? '', 10)).toBe(
      parseInt(invite.headers.get('cseq') ?? '', 10),
    );
    expect(invite.headers.has('authorization')).toBe(false);
  });

  it('goes through the outbound proxy again, and its login is for the new address', async () => {
    const world = await dialerWorld();
    const change = { to: 'sip:bob@nowhere.invalid', outboundProxy: world.peer.uri, auth: HUNTER2 };
    const { ear, leg } = dial(world, change);
    const challenge = { headers: ['Proxy-Authenticate: Digest realm="sip.test", nonce="n1"'] };

    const first = await world.peer.next('INVITE');
    world.peer.reply(
      first,
      '302 Moved Temporarily',
      moved('<sip:bob@elsewhere.test>', '<sip:bob@east.nowhere.invalid>'),
    );
    const second = await world.peer.next('INVITE');
    world.peer.reply(second, '407 Challenge', challenge);
    const third = await world.peer.next('INVITE');
    world.peer.reply(third, '200 OK', { body: answerTo(third) });
    await ear.until('answered');
    const gone = leg.hangUp();
    world.peer.reply(await world.peer.next('BYE'), '200 OK');
    await gone;

    expect([first.uri, second.uri, third.uri]).toEqual([
      'sip:bob@nowhere.invalid',
      'sip:bob@east.nowhere.invalid',
      'sip:bob@east.nowhere.invalid',
    ]);
    expect(second.headers.has('proxy-authorization')).toBe(false);
    expect(problemOf(third, {})).toBeUndefined();
  });

  it('is canceled where it rings now', async () => {
    const world = await dialerWorld();
    const other = await startPeer();
    const { ear } = dial(world, { ringTimeoutMs: 500 });

    world.peer.reply(
      await world.peer.next('INVITE'),
      '302 Moved Temporarily',
      moved(`<${other.uri}>`),
    );
    const invite = await other.next('INVITE');
    other.reply(invite, '180 Ringing');
    other.reply(await other.next('CANCEL'), '200 OK');
    other.reply(invite, '487 Request Terminated');

    expect(await ear.outcome()).toBe('SIP_NO_ANSWER');
  });
});
