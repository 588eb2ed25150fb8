import { Secret } from '#foundation';
import { digestProblem } from '#testkit';
import type { FakeResponse, FakeTransaction } from '#testkit';
import { describe, expect, it } from 'vitest';
import {
  ANSWER,
  ASKS,
  EXPECTED,
  REQUEST,
  WITH_LOGIN,
  connected,
  dialled,
} from '../../../../test/support/dialer-world.ts';

describe('a redirect', () => {
  const moved = (...contacts: string[]): FakeResponse => ({
    status: '302 Moved Temporarily',
    isBare: true,
    headers: contacts.map((contact) => `Contact: ${contact}`),
  });
  const sequenceOf = ({ repeated }: FakeTransaction): number =>
    Number(/CSeq: (\d+)/i.exec(repeated.join())?.[1]);

  it('within the host goes on as the same call: Call-ID, tag, To, next CSeq', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>;q=0.1', '<sip:dave@127.0.0.1>'));
    const second = await world.server.next('INVITE');
    const next = world.server.take(second);
    world.server.respond(next, { status: '480 Temporarily Unavailable' });
    const third = await world.server.next('INVITE');
    const last = world.server.take(third);
    world.server.respond(last, { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect([second.uri, third.uri]).toEqual(['sip:dave@127.0.0.1', 'sip:carol@127.0.0.1:5998']);
    expect([next.dialogId, last.dialogId]).toEqual([invite.dialogId, invite.dialogId]);
    expect(sequenceOf(last)).toBe(sequenceOf(invite) + 2);
    expect(third.headers.get('to')).toBe(`<${REQUEST.to}>`);
    expect(observer.heard).toEqual(['inviteSent', 'answered']);
  });

  it('elsewhere ends the call and says where it wanted to lead', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);

    world.server.respond(invite, moved('<sip:bob@evil.test>'));
    await observer.until('ended');

    expect(observer.code).toBe('SIP_REDIRECTED');
    expect(observer.detail).toBe(
      '302 Moved Temporarily; not followed to sip:bob@evil.test: it lies outside the domains of the call',
    );
    expect(world.server.commands.filter(({ method }) => method === 'INVITE')).toHaveLength(1);
  });

  it('takes no credentials along; they are for who asks there, with the new address', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world, WITH_LOGIN);
    const challenge = {
      status: '407 Proxy Authentication Required',
      headers: [`Proxy-Authenticate: ${ASKS}`],
    };

    world.server.respond(invite, challenge);
    world.server.respond(
      world.server.take(await world.server.next('INVITE')),
      moved('<sip:carol@127.0.0.1:5998>'),
    );
    const unasked = await world.server.next('INVITE');
    world.server.respond(world.server.take(unasked), challenge);
    const asked = await world.server.next('INVITE');
    world.server.respond(world.server.take(asked), { status: '200 OK', body: ANSWER });
    await observer.until('answered');

    expect(unasked.headers.has('proxy-authorization')).toBe(false);
    const uri = 'sip:carol@127.0.0.1:5998';
    expect(
      digestProblem(asked.headers.get('proxy-authorization') ?? '', { ...EXPECTED, uri }),
    ).toBe(undefined);
  });

  it('gives no credentials to another realm', async () => {
    const world = await connected();
    const auth = { username: 'studio', password: new Secret('hunter2'), realms: ['sip.test'] };
    const { observer, invite } = await dialled(world, { ...REQUEST, auth });

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    world.server.respond(world.server.take(await world.server.next('INVITE')), {
      status: '401 Unauthorized',
      headers: ['WWW-Authenticate: Digest realm="other.test",nonce="n"'],
    });
    await observer.until('ended');

    expect(observer.code).toBe('SIP_AUTH_REFUSED');
    expect(observer.detail).toContain('the challenge could not be answered');
  });

  it('does not start the ring timeout anew', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);
    world.time.advance(700);

    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    const next = world.server.take(await world.server.next('INVITE'));
    world.server.respond(next, { status: '180 Ringing' });
    await observer.until('rang');
    world.time.advance(300);
    const cancel = await world.server.next('CANCEL');
    world.server.take(cancel);
    world.server.respond(next, { status: '487 Request Terminated' });
    await observer.until('ended');

    expect(cancel.txnId).toBe(next.txnId);
    expect(observer.code).toBe('SIP_NO_ANSWER');
  });

  it('that meets our CANCEL is not followed', async () => {
    const world = await connected();
    const { observer, leg, invite } = await dialled(world);

    const gone = leg.hangUp();
    await world.server.next('CANCEL');
    world.server.respond(invite, moved('<sip:carol@127.0.0.1:5998>'));
    await gone;

    expect(observer.end).toEqual({ kind: 'canceled' });
  });

  it('to an address that the server cannot reach goes on with the next one', async () => {
    const world = await connected();
    const { observer, invite } = await dialled(world);

    world.server.respond(
      invite,
      moved('<sip:a@127.0.0.1;transport=wss>', '<sip:b@127.0.0.1>, <sip:c@127.0.0.1>'),
    );
    world.server.refuse(await world.server.next('INVITE'), 'transport not available');
    const second = world.server.take(await world.server.next('INVITE'));
    world.server.respond(second, { status: '503 Service Unavailable', isLocal: true });
    const third = await world.server.next('INVITE');
    world.server.respond(world.server.take(third), { status: '603 Decline' });
    await observer.until('ended');

    expect(third.uri).toBe('sip:c@127.0.0.1');
    expect(observer.code).toBe('SIP_DECLINED');
  });
});
